// models: the group; models ls, models show, models diff: what a registry holds.
#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "base/time_text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/registry_options.h"

namespace skymill {
namespace {

struct ShowOptions {
  std::string model;
  std::string other;
  bool log = false;
  RegistryOptions registry;
  CommonOptions common;
};

Json aliases_json(const ModelHistory& history) {
  Json out = Json::object();
  for (const auto& [alias, path] : history.aliases()) out.set(alias, path.back());
  return out;
}

/// The aliases of a version, or all with their versions.
std::string aliases_text(const ModelHistory& history, uint64_t version = 0) {
  std::vector<std::string> names;
  for (const auto& [alias, path] : history.aliases()) {
    if (version == 0) names.push_back(cat(alias, " ", path.back()));
    if (version == path.back()) names.push_back(alias);
  }
  return join(names, ", ");
}

Json version_json(const ModelVersion& version) {
  Json out = Json::object();
  out.set("version", version.number).set("sha256", version.model.sha256);
  out.set("bytes", version.model.bytes).set("time", iso_time(version.time));
  out.set("author", version.author).set("signed", version.is_signed());
  out.set("about", version.about);
  return out;
}

std::string about_text(const ModelVersion& version, std::string_view key) {
  const Json* value = version.about.find(key);
  if (value == nullptr) return "";
  return value->is_string() ? value->as_string() : value->dump();
}

std::string metrics_of(const ModelVersion& version) {
  const Json* metrics = version.about.find("metrics");
  if (metrics == nullptr || !metrics->is_object()) return "";
  constexpr size_t kShown = 3;
  std::vector<std::string> texts;
  for (const auto& [name, value] : metrics->members()) {
    if (value.is_number()) texts.push_back(cat(name, " ", format_short(value.as_number(), 4)));
    if (texts.size() == kShown) break;
  }
  return join(texts, ", ");
}

Result<void> ls(const ShowOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const Registry registry = SKYMILL_TRY(options.registry.open());
  Json out = Json::array();
  std::optional<Error> damaged;
  std::vector<std::vector<std::string>> rows = {{"model", "versions", "aliases", "last change"}};
  for (const std::string& name : SKYMILL_TRY(registry.names())) {
    const auto history = registry.read(name);
    if (!history && history.error().code == Code::kNotFound) continue;  // begun, never published
    if (!history) {
      if (history.error().code != Code::kCorruptData) return history.error();
      damaged = history.error();
      rows.push_back({name, "", "damaged", ""});
      continue;
    }
    if (history->versions().empty()) continue;
    const ModelVersion& last = history->versions().back();
    rows.push_back({name, grouped(last.number), aliases_text(*history), iso_time(last.time)});
    Json item = Json::object();
    item.set("name", name).set("versions", last.number).set("aliases", aliases_json(*history));
    item.set("time", iso_time(last.time));
    out.push(std::move(item));
  }
  if (console.json) {
    console.print_json(out);
  } else if (rows.size() > 1) {
    console.print(grid_text(rows, {false, true, false, false}));
  } else {
    console.note(cat("no models in ", registry.where()));
  }
  if (damaged) return *damaged;
  return {};
}

std::string change_text(const Change& change) {
  const auto version = [](uint64_t number) {
    return number == 0 ? std::string("nothing") : cat("version ", number);
  };
  if (const auto* added = std::get_if<VersionAdded>(&change)) return version(added->version);
  if (const auto* moved = std::get_if<AliasMoved>(&change)) {
    return cat(moved->alias, moved->rollback ? " back" : "", " from ", version(moved->from), " to ",
               version(moved->to));
  }
  return cat("signature of version ", std::get<SignatureAdded>(change).version);
}

Result<std::vector<LogEntry>> last_entries(const Registry& registry, const ModelHistory& history) {
  constexpr uint64_t kMost = 1000;
  const uint64_t first = history.entries() > kMost ? history.entries() - kMost + 1 : 1;
  return registry.entries(history.name(), first, history.entries());
}

Result<void> show_log(const Registry& registry, const ModelHistory& history, Console& console) {
  std::vector<std::vector<std::string>> rows = {{"time", "author", "changes"}};
  Json out = Json::array();
  for (const LogEntry& entry : SKYMILL_TRY(last_entries(registry, history))) {
    out.push(entry.to_json());
    std::vector<std::string> changes;
    for (const Change& change : entry.changes) changes.push_back(change_text(change));
    rows.push_back({iso_time(entry.time), entry.author, join(changes, "; ")});
  }
  if (console.json) {
    console.print_json(out);
  } else {
    console.print(grid_text(rows, {false, false, false}));
  }
  return {};
}

void show_model(const ModelHistory& history, Console& console) {
  if (console.json) {
    Json versions = Json::array();
    for (const ModelVersion& version : history.versions()) versions.push(version_json(version));
    Json out = Json::object();
    out.set("name", history.name()).set("aliases", aliases_json(history));
    out.set("versions", std::move(versions));
    console.print_json(out);
    return;
  }
  std::vector<std::vector<std::string>> rows = {
      {"version", "aliases", "trainer", "metrics", "size", "time", "author", "signed"}};
  for (const ModelVersion& version : history.versions()) {
    rows.push_back({grouped(version.number), aliases_text(history, version.number),
                    about_text(version, "trainer"), metrics_of(version),
                    format_bytes(version.model.bytes), iso_time(version.time), version.author,
                    version.is_signed() ? "yes" : "no"});
  }
  console.print(grid_text(rows, {true, false, false, false, true, false, false, false}));
}

/// Every value of a version under its path: "about.metrics.auc" → "0.91".
void flatten(const Json& json, const std::string& path, std::map<std::string, std::string>& out) {
  if (!json.is_object()) {
    out[path] = json.is_string() ? json.as_string() : json.dump();
    return;
  }
  for (const auto& [key, value] : json.members()) {
    flatten(value, path.empty() ? key : cat(path, ".", key), out);
  }
}

std::map<std::string, std::string> flat(const ModelVersion& version) {
  std::map<std::string, std::string> out;
  flatten(version_json(version), "", out);
  return out;
}

Result<void> show(const ShowOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const ModelReference reference = SKYMILL_TRY(usage(ModelReference::parse(options.model)));
  const Registry registry = SKYMILL_TRY(options.registry.open());
  const ModelHistory history = SKYMILL_TRY(registry.read(reference.name));
  if (options.log) return show_log(registry, history, console);
  if (!is_model_reference(options.model)) {
    show_model(history, console);
    return {};
  }
  const ModelVersion* version = SKYMILL_TRY(history.find(reference.at));
  if (console.json) {
    console.print_json(version_json(*version));
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [path, value] : flat(*version)) rows.push_back({path, value});
  rows.push_back({"aliases", aliases_text(history, version->number)});
  console.print(grid_text(rows, {false, false}));
  return {};
}

Result<ModelVersion> version_of(const Registry& registry, const std::string& text) {
  return registry.find(SKYMILL_TRY(usage(ModelReference::parse(text))));
}

Result<void> diff(const ShowOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const Registry registry = SKYMILL_TRY(options.registry.open());
  auto left = flat(SKYMILL_TRY(version_of(registry, options.model)));
  auto right = flat(SKYMILL_TRY(version_of(registry, options.other)));
  std::set<std::string> paths;
  for (const auto& [path, value] : left) paths.insert(path);
  for (const auto& [path, value] : right) paths.insert(path);
  std::vector<std::vector<std::string>> rows = {{"", options.model, options.other}};
  Json out = Json::array();
  for (const std::string& path : paths) {
    if (left[path] == right[path]) continue;
    rows.push_back({path, left[path], right[path]});
    Json item = Json::object();
    item.set("field", path).set("left", left[path]).set("right", right[path]);
    out.push(std::move(item));
  }
  if (console.json) {
    console.print_json(out);
  } else {
    console.print(grid_text(rows, {false, false, false}));
  }
  return {};
}

RunCommand define_ls(CLI::App& app) {
  auto options = std::make_shared<ShowOptions>();
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return ls(*options, console); };
}

RunCommand define_show(CLI::App& app) {
  auto options = std::make_shared<ShowOptions>();
  app.add_option("model", options->model, "NAME, or NAME@VERSION, NAME@ALIAS")->required();
  app.add_flag("--log", options->log, "who changed what and when");
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return show(*options, console); };
}

RunCommand define_diff(CLI::App& app) {
  auto options = std::make_shared<ShowOptions>();
  app.add_option("left", options->model, "NAME@VERSION or NAME@ALIAS")->required();
  app.add_option("right", options->other, "another")->required();
  options->registry.add_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return diff(*options, console); };
}

}  // namespace

CommandInfo models_command() {
  return {"models", "models by name in a registry: versions, aliases, signatures",
          "skymill models ls", nullptr};
}

CommandInfo models_ls_command() {
  return {"models ls", "the models of a registry", "skymill models ls --registry s3://my-bucket/",
          define_ls};
}

CommandInfo models_show_command() {
  return {"models show", "versions and aliases of a model, or one version",
          "skymill models show gender@champion", define_show};
}

CommandInfo models_diff_command() {
  return {"models diff", "what differs between two versions",
          "skymill models diff gender@champion gender@latest", define_diff};
}

}  // namespace skymill
