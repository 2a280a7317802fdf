// models export, models import: between a registry and model files.
#include <CLI/CLI.hpp>

#include "base/sha256.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/registry_options.h"
#include "model/model_file.h"
#include "registry/model_signature.h"
#include "store/stores.h"

namespace skymill {
namespace {

struct FileOptions {
  std::string model;
  std::string file;
  std::string alias;
  RegistryOptions registry;
  CommonOptions common;
};

Result<void> export_model(const FileOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const ModelReference reference = SKYMILL_TRY(usage(ModelReference::parse(options.model)));
  const Registry registry = SKYMILL_TRY(options.registry.open());
  const ModelVersion version = SKYMILL_TRY(registry.find(reference));
  const std::string bytes = SKYMILL_TRY(registry.read_blob(version.model));
  std::string bundle;
  if (version.is_signed()) bundle = SKYMILL_TRY(registry.read_blob(version.signatures.back()));
  const ObjectLocation location = SKYMILL_TRY(locate(options.file));
  const std::string beside = location.key + kSignatureSuffix;
  SKYMILL_TRY(write_object(*location.store, location.key, bytes).at_source(options.file));
  // One of another model that lay there would refuse this one.
  SKYMILL_TRY(bundle.empty() ? location.store->remove(beside)
                             : write_object(*location.store, beside, bundle));
  if (console.json) {
    Json out = Json::object();
    out.set("name", reference.name).set("version", version.number);
    out.set("file", options.file).set("sha256", version.model.sha256);
    console.print_json(out);
  } else {
    console.note(cat("wrote version ", version.number, " of ", reference.name, " to ", options.file,
                     version.is_signed() ? ", and its signature beside it" : ""));
  }
  return {};
}

/// The signature that lies beside a model file; empty when there is none.
Result<std::string> bundle_beside(const std::string& file) {
  if (is_model_reference(file)) return std::string();
  const ObjectLocation location = SKYMILL_TRY(locate(file));
  auto bundle = read_object(*location.store, location.key + kSignatureSuffix, kMaxBundleBytes);
  if (!bundle && bundle.error().code == Code::kNotFound) return std::string();
  return bundle;
}

Result<void> import_model(const FileOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  SKYMILL_TRY(usage(check_model_name(options.model)));
  const std::string bytes = SKYMILL_TRY(read_model_bytes(options.file, options.registry));
  const auto model = SKYMILL_TRY(read_model(bytes).at_source(shown_uri(options.file)));
  const std::string bundle = SKYMILL_TRY(bundle_beside(options.file));
  const Registry registry = SKYMILL_TRY(options.registry.open());
  const ModelHistory history = SKYMILL_TRY(registry.publish({.name = options.model,
                                                             .model = bytes,
                                                             .about = about_model(*model),
                                                             .signature = bundle,
                                                             .alias = options.alias}));
  const uint64_t version = history.versions().size();
  if (console.json) {
    Json out = Json::object();
    out.set("name", options.model).set("version", version);
    out.set("sha256", sha256_hex(bytes)).set("registry", registry.where());
    console.print_json(out);
  } else {
    console.note(cat("registered ", shown_uri(options.file), " as ", options.model, "@", version,
                     " in ", registry.where()));
  }
  return {};
}

RunCommand define_export(CLI::App& app) {
  auto options = std::make_shared<FileOptions>();
  app.add_option("model", options->model, "NAME@VERSION or NAME@ALIAS")->required();
  app.add_option("file", options->file, "a model file to write, in any store")->required();
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return export_model(*options, console); };
}

RunCommand define_import(CLI::App& app) {
  auto options = std::make_shared<FileOptions>();
  app.add_option("file", options->file, "a model file, in any store")->required();
  app.add_option("name", options->model, "the model it is a version of")->required();
  app.add_option("--alias", options->alias, "to mean this version from now on");
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return import_model(*options, console); };
}

}  // namespace

CommandInfo models_export_command() {
  return {"models export", "a version as a model file",
          "skymill models export gender@champion gender.skymill", define_export};
}

CommandInfo models_import_command() {
  return {"models import", "a model file as a new version",
          "skymill models import gender.skymill gender --alias champion", define_import};
}

}  // namespace skymill
