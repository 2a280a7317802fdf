#include "cli/registry_options.h"

#include <pwd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>

#include "base/text.h"
#include "cli/command.h"
#include "model/model_file.h"
#include "registry/model_signature.h"
#include "store/stores.h"

namespace skymill {
namespace {

/// user@host, as the entries of a log name their author.
std::string author() {
  std::array<char, 256> host = {};
  gethostname(host.data(), host.size() - 1);
  const passwd* user = getpwuid(geteuid());
  return cat(user == nullptr ? std::to_string(geteuid()) : user->pw_name, "@", host.data());
}

}  // namespace

void RegistryOptions::add_to(CLI::App& app) {
  app.add_option("--registry", uri,
                 "a folder of any store (default: $SKYMILL_REGISTRY, else ./registry)");
}

void RegistryOptions::add_trust_to(CLI::App& app) {
  app.add_option("--require-signed", key_file, "refuse a model that this public key did not sign");
}

Result<std::string> RegistryOptions::trusted_key() const {
  if (!key_file) return std::string();
  if (!key_file->empty()) return read_public_key(*key_file);
  return usage_error({Code::kInvalidArgument,
                      "--require-signed names no file",
                      "name the file of the public key",
                      {.field = "require-signed"}});
}

Result<Registry> RegistryOptions::open() const {
  const char* variable = std::getenv("SKYMILL_REGISTRY");
  const std::string usual = variable == nullptr || *variable == '\0' ? "registry" : variable;
  return Registry::open(uri.empty() ? usual : uri, author());
}

Result<std::string> read_model_bytes(const std::string& model, const RegistryOptions& registry) {
  const std::string key = SKYMILL_TRY(registry.trusted_key());
  if (is_model_reference(model)) {
    const ModelReference reference = SKYMILL_TRY(ModelReference::parse(model));
    const Registry opened = SKYMILL_TRY(registry.open());
    const ModelVersion version = SKYMILL_TRY(opened.find(reference));
    if (!key.empty()) SKYMILL_TRY(opened.check_signature(version, key));
    return opened.read_blob(version.model);
  }
  const ObjectLocation location = SKYMILL_TRY(locate(model));
  std::string bytes = SKYMILL_TRY(read_object(*location.store, location.key, kMaxModelBytes));
  if (!key.empty()) SKYMILL_TRY(check_file_signature(location, bytes, key));
  return bytes;
}

Result<std::shared_ptr<const Model>> open_model(const std::string& model,
                                                const RegistryOptions& registry) {
  const bool mapped = !registry.key_file && !is_model_reference(model);
  if (const Uri parsed = SKYMILL_TRY(Uri::parse(model)); mapped && parsed.scheme == "file") {
    return load_model(parsed.path);
  }
  return read_model(SKYMILL_TRY(read_model_bytes(model, registry))).at_source(shown_uri(model));
}

Json about_model(const Model& model) {
  Json about = Json::object();
  for (const char* key : {"trainer", "parameters", "seed"}) {
    if (const Json* value = model.provenance.find(key); value != nullptr) about.set(key, *value);
  }
  about.set("task", task_name(model.rows.task)).set("label", model.rows.label);
  constexpr size_t kMostNamed = 100;
  Json features = Json::array();
  for (const Feature& feature : model.rows.features) {
    if (features.items().size() < kMostNamed) features.push(feature.name.substr(0, kMostNamed));
  }
  about.set("features", std::move(features));
  about.set("features_in_all", model.rows.features.size());
  return about;
}

}  // namespace skymill
