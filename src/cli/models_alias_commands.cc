// models alias, models promote, models rollback: which version an alias means.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/registry_options.h"

namespace skymill {
namespace {

struct AliasOptions {
  std::string model;
  std::string to;
  bool remove = false;
  RegistryOptions registry;
  CommonOptions common;
};

/// "name@alias", which is to be moved.
Result<ModelReference> alias_of(const std::string& text) {
  if (!is_model_reference(text)) {
    return usage_error({Code::kInvalidArgument, cat("'", text, "' names no alias"),
                        cat("write NAME@ALIAS, for example ", text, "@champion")});
  }
  ModelReference reference = SKYMILL_TRY(usage(ModelReference::parse(text)));
  SKYMILL_TRY(usage(check_alias(reference.at)));
  return reference;
}

/// Commits a move of `alias` and says where it points now.
Result<void> move(const AliasOptions& options, const ModelReference& alias, const MakeChanges& make,
                  Console& console) {
  const Registry registry = SKYMILL_TRY(options.registry.open());
  auto moved = registry.commit(alias.name, make);
  // Where it is already is where it was to be: jobs may be run again.
  if (!moved && moved.error().code == Code::kAlreadyExists) moved = registry.read(alias.name);
  const ModelHistory history = SKYMILL_TRY(std::move(moved));
  const uint64_t now = history.target(alias.at);
  if (console.json) {
    Json out = Json::object();
    out.set("name", alias.name).set("alias", alias.at);
    out.set("version", now == 0 ? Json() : Json(now));
    console.print_json(out);
  } else {
    console.note(now == 0 ? cat(alias.text(), " is gone") : cat(alias.text(), " is version ", now));
  }
  return {};
}

Result<void> set_alias(const AliasOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const ModelReference alias = SKYMILL_TRY(alias_of(options.model));
  if (options.remove == !options.to.empty()) {
    return usage_error({Code::kInvalidArgument, "name a version, or --remove the alias",
                        "for example: skymill models alias gender@champion 3"});
  }
  const MakeChanges make =
      options.remove ? remove_alias(alias.at) : move_alias(alias.at, options.to);
  return move(options, alias, make, console);
}

Result<void> promote(const AliasOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const ModelReference from = SKYMILL_TRY(usage(ModelReference::parse(options.model)));
  const ModelReference alias = SKYMILL_TRY(alias_of(cat(from.name, "@", options.to)));
  return move(options, alias, move_alias(alias.at, from.at), console);
}

Result<void> rollback(const AliasOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const ModelReference alias = SKYMILL_TRY(alias_of(options.model));
  return move(options, alias, roll_back_alias(alias.at), console);
}

RunCommand define_alias(CLI::App& app) {
  auto options = std::make_shared<AliasOptions>();
  app.add_option("model", options->model, "NAME@ALIAS")->required();
  app.add_option("version", options->to, "a number, another alias, or latest");
  app.add_flag("--remove", options->remove, "the alias goes; its versions stay");
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return set_alias(*options, console); };
}

RunCommand define_promote(CLI::App& app) {
  auto options = std::make_shared<AliasOptions>();
  app.add_option("model", options->model, "NAME@ALIAS or NAME@VERSION")->required();
  app.add_option("alias", options->to, "the alias that shall mean the same version")->required();
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return promote(*options, console); };
}

RunCommand define_rollback(CLI::App& app) {
  auto options = std::make_shared<AliasOptions>();
  app.add_option("model", options->model, "NAME@ALIAS")->required();
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return rollback(*options, console); };
}

}  // namespace

CommandInfo models_alias_command() {
  return {"models alias", "lets an alias mean a version", "skymill models alias gender@champion 3",
          define_alias};
}

CommandInfo models_promote_command() {
  return {"models promote", "lets an alias mean what another one means",
          "skymill models promote gender@challenger champion", define_promote};
}

CommandInfo models_rollback_command() {
  return {"models rollback", "lets an alias mean what it meant before",
          "skymill models rollback gender@champion", define_rollback};
}

}  // namespace skymill
