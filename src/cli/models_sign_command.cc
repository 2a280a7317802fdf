// models sign: says with a key that a version is meant to be used.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/registry_options.h"
#include "registry/model_signature.h"
#include "store/stores.h"

namespace skymill {
namespace {

struct SignOptions {
  std::string model;
  std::string key_file;
  RegistryOptions registry;
  CommonOptions common;
};

Result<Secret> read_private_key(const std::string& uri) {
  const ObjectLocation location = SKYMILL_TRY(locate(uri));
  return Secret(SKYMILL_TRY(read_object(*location.store, location.key, kMaxKeyBytes)));
}

Result<void> sign(const SignOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const ModelReference reference = SKYMILL_TRY(usage(ModelReference::parse(options.model)));
  if (!is_model_reference(options.model)) {
    return usage_error({Code::kInvalidArgument, cat("'", options.model, "' names no version"),
                        cat("say which one is meant: ", options.model, "@1, or an alias")});
  }
  const Secret key = SKYMILL_TRY(read_private_key(options.key_file));
  const Registry registry = SKYMILL_TRY(options.registry.open());
  const ModelVersion version = SKYMILL_TRY(registry.find(reference));
  SKYMILL_TRY(registry.load(version));  // nobody signs what cannot be used
  const std::string name = cat(reference.name, "@", version.number);
  auto bundle = sign_model(name, version.model.sha256, key).at_source(shown_uri(options.key_file));
  const Blob blob = SKYMILL_TRY(registry.write_blob(SKYMILL_TRY(std::move(bundle))));
  SKYMILL_TRY(registry.commit(reference.name, add_signature(version.number, blob)));
  if (console.json) {
    Json out = Json::object();
    out.set("name", reference.name).set("version", version.number);
    out.set("signature_sha256", blob.sha256);
    console.print_json(out);
  } else {
    console.note(cat("signed ", name));
  }
  return {};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<SignOptions>();
  app.add_option("model", options->model, "NAME@VERSION or NAME@ALIAS")->required();
  app.add_option("--key", options->key_file, "the private key, P-256, as a PEM file")->required();
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return sign(*options, console); };
}

}  // namespace

CommandInfo models_sign_command() {
  return {"models sign", "a signature that --require-signed asks for",
          "skymill models sign gender@champion --key release.pem", define};
}

}  // namespace skymill
