#include "registry/log_entry.h"

#include "base/text.h"
#include "base/time_text.h"
#include "registry/model_name.h"

namespace skymill {
namespace {

constexpr const char* kFormat = "skymill registry entry 1";

Error malformed(std::string what) {
  return {Code::kCorruptData, std::move(what), "it may be of a newer skymill"};
}

Json change_json(const VersionAdded& change) {
  Json json = Json::object();
  json.set("kind", "version").set("version", change.version);
  json.set("model", blob_json(change.model)).set("about", change.about);
  return json;
}

Json change_json(const AliasMoved& change) {
  Json json = Json::object();
  json.set("kind", "alias").set("alias", change.alias);
  json.set("from", change.from).set("to", change.to);
  if (change.rollback) json.set("rollback", true);
  return json;
}

Json change_json(const SignatureAdded& change) {
  Json json = Json::object();
  json.set("kind", "signature").set("version", change.version);
  json.set("bundle", blob_json(change.bundle));
  return json;
}

Result<Blob> blob_at(const Json& json, std::string_view key) {
  const Json* member = json.find(key);
  if (member == nullptr) return malformed(cat("'", key, "' is missing"));
  return blob_from(*member);
}

Result<Change> version_from(const Json& json) {
  VersionAdded change;
  change.version = SKYMILL_TRY(count_from(json, "version"));
  change.model = SKYMILL_TRY(blob_at(json, "model"));
  const Json* about = json.find("about");
  if (about == nullptr || !about->is_object()) return malformed("'about' is no object");
  change.about = *about;
  return Change(std::move(change));
}

Result<Change> alias_from(const Json& json) {
  AliasMoved change;
  change.alias = SKYMILL_TRY(json.string_at("alias"));
  SKYMILL_TRY(check_alias(change.alias));
  change.from = SKYMILL_TRY(count_from(json, "from"));
  change.to = SKYMILL_TRY(count_from(json, "to"));
  if (json.find("rollback") != nullptr) change.rollback = SKYMILL_TRY(json.bool_at("rollback"));
  return Change(std::move(change));
}

Result<Change> signature_from(const Json& json) {
  SignatureAdded change;
  change.version = SKYMILL_TRY(count_from(json, "version"));
  change.bundle = SKYMILL_TRY(blob_at(json, "bundle"));
  return Change(std::move(change));
}

Result<Change> change_from(const Json& json) {
  const std::string kind = SKYMILL_TRY(json.string_at("kind"));
  if (kind == "version") return version_from(json);
  if (kind == "alias") return alias_from(json);
  if (kind == "signature") return signature_from(json);
  return malformed(cat("there is no change of kind '", kind, "'"));
}

}  // namespace

Json blob_json(const Blob& blob) {
  Json json = Json::object();
  json.set("sha256", blob.sha256).set("bytes", blob.bytes);
  return json;
}

Result<Blob> blob_from(const Json& json) {
  Blob blob;
  blob.sha256 = SKYMILL_TRY(json.string_at("sha256"));
  // It becomes a part of a key.
  if (blob.sha256.size() != 64 ||
      blob.sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return malformed("'sha256' is no hash");
  }
  blob.bytes = SKYMILL_TRY(count_from(json, "bytes"));
  return blob;
}

Result<uint64_t> count_from(const Json& json, std::string_view key) {
  const int64_t number = SKYMILL_TRY(json.integer_at(key));
  if (number < 0) return malformed(cat("'", key, "' is negative"));
  return static_cast<uint64_t>(number);
}

Json LogEntry::to_json() const {
  Json json = Json::object();
  json.set("format", kFormat).set("operation", operation).set("time", iso_time(time));
  json.set("author", author).set("previous", previous);
  Json list = Json::array();
  for (const Change& change : changes) {
    list.push(std::visit([](const auto& each) { return change_json(each); }, change));
  }
  json.set("changes", std::move(list));
  return json;
}

Result<LogEntry> LogEntry::parse(std::string_view text) {
  const Json json = SKYMILL_TRY(Json::parse(text));
  const std::string format = SKYMILL_TRY(json.string_at("format"));
  if (format != kFormat) return malformed(cat("its format is '", format, "'"));
  LogEntry entry;
  entry.operation = SKYMILL_TRY(json.string_at("operation"));
  const auto time = parse_time(SKYMILL_TRY(json.string_at("time")));
  if (!time) return malformed("'time' is no time");
  entry.time = *time;
  entry.author = SKYMILL_TRY(json.string_at("author"));
  entry.previous = SKYMILL_TRY(json.string_at("previous"));
  for (const Json& change : *SKYMILL_TRY(json.array_at("changes"))) {
    entry.changes.push_back(SKYMILL_TRY(change_from(change)));
  }
  if (entry.changes.empty()) return malformed("it changes nothing");
  return entry;
}

}  // namespace skymill
