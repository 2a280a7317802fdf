#include "registry/model_history.h"

#include "base/sha256.h"
#include "base/text.h"
#include "base/time_text.h"

namespace skymill {
namespace {

constexpr const char* kFormat = "skymill registry checkpoint 1";
constexpr size_t kMostSignatures = 64;
/// How far back an alias can be rolled.
constexpr size_t kAliasDepth = 100;

Error inconsistent(std::string what) {
  return {Code::kCorruptData, std::move(what),
          "`skymill models verify` tells what is whole; restore the object from a backup"};
}

Json version_json(const ModelVersion& version) {
  Json json = Json::object();
  json.set("model", blob_json(version.model)).set("about", version.about);
  json.set("time", iso_time(version.time)).set("author", version.author);
  Json signatures = Json::array();
  for (const Blob& signature : version.signatures) signatures.push(blob_json(signature));
  json.set("signatures", std::move(signatures));
  return json;
}

Result<ModelVersion> version_from(const Json& json, uint64_t number) {
  ModelVersion version{.number = number};
  const Json* model = json.find("model");
  const Json* about = json.find("about");
  if (model == nullptr || about == nullptr) return inconsistent("a version is incomplete");
  version.model = SKYMILL_TRY(blob_from(*model));
  version.about = *about;
  version.time = parse_time(SKYMILL_TRY(json.string_at("time"))).value_or(0);
  version.author = SKYMILL_TRY(json.string_at("author"));
  for (const Json& signature : *SKYMILL_TRY(json.array_at("signatures"))) {
    version.signatures.push_back(SKYMILL_TRY(blob_from(signature)));
  }
  return version;
}

}  // namespace

uint64_t ModelHistory::target(const std::string& alias) const {
  const auto found = aliases_.find(alias);
  return found == aliases_.end() ? 0 : found->second.back();
}

Result<const ModelVersion*> ModelHistory::find(const std::string& at) const {
  const ModelReference reference{.name = name_, .at = at};
  uint64_t number = reference.version().value_or(target(at));
  if (at == kLatest) number = versions_.size();
  if (number >= 1 && number <= versions_.size()) return &versions_[number - 1];
  std::vector<std::string> known;
  for (const auto& [alias, path] : aliases_) known.push_back(alias);
  const std::string numbers =
      versions_.empty() ? "it has no versions" : cat("its versions are 1 to ", versions_.size());
  return Error{Code::kNotFound, cat("there is no ", reference.text()),
               known.empty() ? cat(numbers, " and it has no aliases")
                             : cat(numbers, "; ", suggest(at, known))};
}

Result<void> ModelHistory::change(const VersionAdded& added, const LogEntry& entry) {
  if (added.version != versions_.size() + 1) {
    return inconsistent(cat("version ", added.version, " follows ", versions_.size()));
  }
  versions_.push_back({.number = added.version,
                       .model = added.model,
                       .about = added.about,
                       .time = entry.time,
                       .author = entry.author});
  return {};
}

Result<void> ModelHistory::change(const AliasMoved& moved, const LogEntry&) {
  if (moved.from != target(moved.alias)) {
    return inconsistent(cat("alias '", moved.alias, "' moves from version ", moved.from,
                            " but was at ", target(moved.alias)));
  }
  if (moved.to > versions_.size()) {
    return inconsistent(
        cat("alias '", moved.alias, "' moves to version ", moved.to, ", which does not exist"));
  }
  std::vector<uint64_t>& path = aliases_[moved.alias];
  if (moved.rollback && !path.empty()) path.pop_back();
  if (moved.to == 0) path.clear();
  if (moved.rollback && (path.empty() ? 0 : path.back()) != moved.to) {
    return inconsistent(cat("alias '", moved.alias, "' rolls back to version ", moved.to,
                            ", where it did not come from"));
  }
  if (!moved.rollback && moved.to != 0) path.push_back(moved.to);
  if (path.size() > kAliasDepth) path.erase(path.begin());
  if (path.empty()) aliases_.erase(moved.alias);
  return {};
}

Result<void> ModelHistory::change(const SignatureAdded& added, const LogEntry&) {
  if (added.version < 1 || added.version > versions_.size()) {
    return inconsistent(cat("version ", added.version, ", which does not exist, is signed"));
  }
  std::vector<Blob>& signatures = versions_[added.version - 1].signatures;
  if (signatures.size() == kMostSignatures) {
    return inconsistent(
        cat("version ", added.version, " has more than ", kMostSignatures, " signatures"));
  }
  signatures.push_back(added.bundle);
  return {};
}

Result<void> ModelHistory::apply(std::string_view text) {
  const auto damaged = cat("entry ", entries_ + 1, " of the log of '", name_, "' is damaged");
  auto entry = LogEntry::parse(text).context(damaged);
  if (!entry) {
    entry.error().code = Code::kCorruptData;
    return std::move(entry).error();
  }
  if (entry->previous != last_sha256_) {
    return inconsistent(cat(damaged, ": it does not follow the entry before"));
  }
  for (const Change& each : entry->changes) {
    SKYMILL_TRY(
        std::visit([&](const auto& one) { return change(one, *entry); }, each).context(damaged));
  }
  ++entries_;
  last_sha256_ = sha256_hex(text);
  return {};
}

std::string ModelHistory::checkpoint() const {
  Json json = Json::object();
  json.set("format", kFormat).set("entries", entries_).set("last_sha256", last_sha256_);
  Json versions = Json::array();
  for (const ModelVersion& version : versions_) versions.push(version_json(version));
  json.set("versions", std::move(versions));
  Json aliases = Json::object();
  for (const auto& [alias, path] : aliases_) {
    Json numbers = Json::array();
    for (const uint64_t number : path) numbers.push(number);
    aliases.set(alias, std::move(numbers));
  }
  json.set("aliases", std::move(aliases));
  return json.dump();
}

Result<ModelHistory> ModelHistory::from_checkpoint(const std::string& name, std::string_view text) {
  const Json json = SKYMILL_TRY(Json::parse(text));
  if (SKYMILL_TRY(json.string_at("format")) != kFormat) {
    return inconsistent("it is no checkpoint that this skymill knows");
  }
  ModelHistory history(name);
  history.entries_ = SKYMILL_TRY(count_from(json, "entries"));
  history.last_sha256_ = SKYMILL_TRY(json.string_at("last_sha256"));
  for (const Json& version : *SKYMILL_TRY(json.array_at("versions"))) {
    history.versions_.push_back(SKYMILL_TRY(version_from(version, history.versions_.size() + 1)));
  }
  for (const auto& [alias, numbers] : *SKYMILL_TRY(json.object_at("aliases"))) {
    std::vector<uint64_t> path;
    if (!numbers.is_array()) return inconsistent("an alias has no path");
    for (const Json& number : numbers.items()) {
      const int64_t to = number.is_integer() ? number.as_integer() : 0;
      if (to < 1 || static_cast<uint64_t>(to) > history.versions_.size()) {
        return inconsistent("an alias points to no version");
      }
      path.push_back(static_cast<uint64_t>(to));
    }
    if (path.empty()) return inconsistent("an alias has no path");
    history.aliases_[alias] = std::move(path);
  }
  return history;
}

}  // namespace skymill
