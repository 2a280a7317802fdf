// models verify, models gc: a registry's health.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/registry_options.h"
#include "registry/garbage.h"
#include "registry/verify_registry.h"

namespace skymill {
namespace {

struct CareOptions {
  std::string name;
  bool remove = false;
  RegistryOptions registry;
  CommonOptions common;
};

Json problems_json(const RegistryReport& report) {
  Json out = Json::array();
  for (const RegistryReport::Problem& problem : report.problems) {
    Json item = Json::object();
    item.set("object", problem.where).set("problem", problem.what);
    out.push(std::move(item));
  }
  return out;
}

Result<void> verify(const CareOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const Registry registry = SKYMILL_TRY(options.registry.open());
  const RegistryReport report = SKYMILL_TRY(
      verify_registry(registry, options.name, SKYMILL_TRY(options.registry.trusted_key())));
  if (console.json) {
    Json out = Json::object();
    out.set("models", report.models).set("entries", report.entries).set("blobs", report.blobs);
    out.set("bytes", report.bytes).set("problems", problems_json(report));
    console.print_json(out);
  } else {
    for (const RegistryReport::Problem& problem : report.problems) {
      console.print(cat(problem.where, ": ", problem.what, "\n"));
    }
    console.note(cat(grouped(report.models), " models, ", grouped(report.entries), " entries, ",
                     grouped(report.blobs), " blobs of ", format_bytes(report.bytes), " read"));
  }
  if (report.problems.empty()) return {};
  return Error{Code::kCorruptData,
               cat("the registry has ", grouped(report.problems.size()), " problems"),
               "restore the objects from a backup, or from the store's earlier versions of them",
               {.source = registry.where()}};
}

Result<void> gc(const CareOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const Registry registry = SKYMILL_TRY(options.registry.open());
  const GarbageReport report = SKYMILL_TRY(collect_garbage(registry, !options.remove));
  if (console.json) {
    Json blobs = Json::array();
    for (const ObjectInfo& blob : report.blobs) blobs.push(registry.store().where(blob.key));
    Json out = Json::object();
    out.set("blobs", std::move(blobs)).set("bytes", report.bytes);
    out.set("removed", options.remove).set("too_young", report.young);
    console.print_json(out);
    return {};
  }
  for (const ObjectInfo& blob : report.blobs) {
    console.print(registry.store().where(blob.key) + "\n");
  }
  console.note(cat(options.remove ? "removed " : "would remove ", grouped(report.blobs.size()),
                   " blobs of ", format_bytes(report.bytes),
                   options.remove ? "" : "; --delete does it"));
  return {};
}

RunCommand define_verify(CLI::App& app) {
  auto options = std::make_shared<CareOptions>();
  app.add_option("name", options->name, "a model (default: all)");
  options->registry.add_trust_to(app);
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return verify(*options, console); };
}

RunCommand define_gc(CLI::App& app) {
  auto options = std::make_shared<CareOptions>();
  app.add_flag("--delete", options->remove, "remove them; without it, they are only listed");
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return gc(*options, console); };
}

}  // namespace

CommandInfo models_verify_command() {
  return {"models verify", "whether everything registered is there and whole",
          "skymill models verify --registry s3://my-bucket/", define_verify};
}

CommandInfo models_gc_command() {
  return {"models gc", "blobs that no version has, older than three days",
          "skymill models gc --delete", define_gc};
}

}  // namespace skymill
