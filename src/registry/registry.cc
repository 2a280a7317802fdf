#include "registry/registry.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <thread>

#include "base/log.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/time_text.h"
#include "model/model_file.h"
#include "registry/model_signature.h"
#include "store/stores.h"

namespace skymill {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostAboutBytes = 256 << 10;
/// Among many writers one may lose often, but not for so long.
constexpr auto kLongestCommit = std::chrono::minutes(5);

std::string twenty_digits(uint64_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, 20 - digits.size(), '0');
  return digits;
}

/// Waits for a random part of a few tries' time: writers that met once shall not meet again.
void give_way(Clock::duration a_try, uint64_t losses) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double share = std::uniform_real_distribution<double>(0, 1)(random);
  std::this_thread::sleep_for(share * static_cast<double>(std::min<uint64_t>(8, losses + 1)) *
                              std::chrono::duration<double>(a_try));
}

}  // namespace

std::string blob_key(const std::string& sha256) { return kBlobFolder + sha256; }

std::string entry_key(const std::string& name, uint64_t number) {
  return cat("models/", name, "/log/", twenty_digits(number), ".json");
}

std::string checkpoint_folder(const std::string& name) {
  return cat("models/", name, "/checkpoint/");
}

std::string checkpoint_key(const std::string& name, uint64_t number) {
  return cat(checkpoint_folder(name), twenty_digits(number), ".json");
}

Result<Registry> Registry::open(const std::string& uri, std::string author) {
  ObjectLocation root = SKYMILL_TRY(locate(uri.ends_with('/') ? uri : uri + "/"));
  return Registry(std::move(root), std::move(author));
}

Result<std::string> Registry::read_text(const std::string& key, uint64_t limit) const {
  std::string bytes = SKYMILL_TRY(store().read(prefix() + key, 0, limit + 1, ""));
  if (bytes.size() <= limit) return bytes;
  return Error{Code::kCorruptData,
               cat("it is larger than ", format_bytes(limit)),
               "this is no object of a registry",
               {.source = where(key)}};
}

Result<std::vector<std::string>> Registry::names() const {
  const std::string folder = prefix() + kNameFolder;
  std::vector<std::string> names;
  for (const ObjectInfo& object : SKYMILL_TRY(store().list(folder))) {
    std::string name = object.key.substr(folder.size());
    if (check_model_name(name)) names.push_back(std::move(name));
  }
  return names;
}

Result<std::map<std::string, uint64_t>> Registry::last_entries() const {
  const std::string folder = prefix() + "models/";
  std::map<std::string, uint64_t> last;
  for (const ObjectInfo& object : SKYMILL_TRY(store().list(folder))) {
    const auto parts = split(object.key.substr(folder.size()), '/');
    if (parts.size() != 3 || parts[1] != "log" || !parts[2].ends_with(".json")) continue;
    const auto number = parse_integer(parts[2].substr(0, parts[2].size() - 5));
    uint64_t& highest = last[parts[0]];
    highest = std::max(highest, static_cast<uint64_t>(std::max<int64_t>(0, number.value_or(0))));
  }
  return last;
}

Result<ModelHistory> Registry::from_last_checkpoint(const std::string& name) const {
  const auto kept = SKYMILL_TRY(store().list(prefix() + checkpoint_folder(name)));
  for (size_t i = kept.size(); i-- > 0;) {
    const std::string key = kept[i].key.substr(prefix().size());
    const auto text = read_text(key, kMostCheckpointBytes);
    const bool there =
        text || text.error().code == Code::kCorruptData || text.error().code == Code::kNotFound;
    if (!there) return text.error();
    auto history = text ? ModelHistory::from_checkpoint(name, *text) : text.error();
    if (history && key == checkpoint_key(name, history->entries())) return history;
    // The log holds the same and is proven by its hashes; `models verify` reports the checkpoint.
    log(LogLevel::kWarning, "checkpoint_unusable", Json::object().set("object", where(key)));
  }
  return ModelHistory(name);
}

void Registry::remember(const ModelHistory& history) const {
  const std::lock_guard lock(known_->mutex);
  const auto [known, added] = known_->histories.try_emplace(history.name(), history);
  if (!added && known->second.entries() < history.entries()) known->second = history;
}

Result<ModelHistory> Registry::present(const std::string& name) const {
  std::optional<ModelHistory> history;
  {
    const std::lock_guard lock(known_->mutex);
    const auto known = known_->histories.find(name);
    if (known != known_->histories.end()) history = known->second;
  }
  if (!history) history = SKYMILL_TRY(from_last_checkpoint(name));
  SKYMILL_TRY(refresh(*history));
  if (history->entries() > 0) remember(*history);
  return std::move(*history);
}

Result<ModelHistory> Registry::read(const std::string& name) const {
  SKYMILL_TRY(check_model_name(name));
  ModelHistory history = SKYMILL_TRY(present(name));
  if (history.entries() > 0) return history;
  const auto known = SKYMILL_TRY(names());
  return Error{Code::kNotFound,
               cat("there is no model '", name, "'"),
               known.empty() ? "the registry is empty: skymill train --register NAME fills it"
                             : suggest(name, known),
               {.source = where()}};
}

Result<ModelVersion> Registry::find(const ModelReference& reference) const {
  const ModelHistory history = SKYMILL_TRY(read(reference.name));
  return *SKYMILL_TRY(history.find(reference.at));
}

Result<ModelHistory> Registry::replay(const std::string& name) const {
  return replay(name, [](const ModelHistory&) { return Result<void>(); });
}

Result<ModelHistory> Registry::replay(const std::string& name, const SeeHistory& each) const {
  ModelHistory history(name);
  while (SKYMILL_TRY(take_next_entry(history))) SKYMILL_TRY(each(history));
  return history;
}

Result<bool> Registry::refresh(ModelHistory& history) const {
  ModelHistory next = history;
  while (SKYMILL_TRY(take_next_entry(next))) {
  }
  const bool news = next.entries() > history.entries();
  history = std::move(next);
  return news;
}

/// False when there is none yet.
Result<bool> Registry::take_next_entry(ModelHistory& history) const {
  const std::string key = entry_key(history.name(), history.entries() + 1);
  const auto text = read_text(key, kMostEntryBytes);
  if (!text && text.error().code == Code::kNotFound) return false;
  if (!text) return text.error();
  SKYMILL_TRY(history.apply(*text).at_source(where(key)));
  return true;
}

Result<std::vector<LogEntry>> Registry::entries(const std::string& name, uint64_t first,
                                                uint64_t last) const {
  std::vector<LogEntry> found;
  for (uint64_t number = first; number <= last; ++number) {
    const std::string key = entry_key(name, number);
    const std::string text = SKYMILL_TRY(read_text(key, kMostEntryBytes));
    found.push_back(SKYMILL_TRY(LogEntry::parse(text).at_source(where(key))));
  }
  return found;
}

Result<ModelHistory> Registry::commit(const std::string& name, const MakeChanges& make) const {
  return append(SKYMILL_TRY(read(name)), make);
}

/// Whether the entry that a writer failed to create is there all the same, its answer lost; false
/// when another writer's is. An error when nobody's is.
Result<bool> Registry::made_after_all(const std::string& key, const std::string& text,
                                      const Error& failure) const {
  const auto there = read_text(key, kMostEntryBytes);
  if (there && *there != text) return false;
  const bool may_come = failure.code == Code::kUnavailable || failure.code == Code::kTimeout;
  const bool refused =
      failure.code == Code::kAlreadyExists || failure.code == Code::kPermissionDenied;
  if (there && (may_come || refused)) return true;
  if (!there && failure.code == Code::kAlreadyExists) return there.error();
  if (!there && !may_come && there.error().code == Code::kNotFound) return failure;
  // It is not there yet, or it is and may not stay: a disk that failed after the renaming.
  Error unknown = failure;
  unknown.message = cat("it is not known whether the change was made: ", failure.message);
  unknown.hint = "look at `skymill models show` before you try again";
  return unknown;
}

/// Refuses to fill a gap: the entries behind it would be lost for good.
Result<void> Registry::check_log_end(const ModelHistory& history) const {
  const std::string beyond = entry_key(history.name(), history.entries() + 2);
  const auto there = store().stat(prefix() + beyond);
  if (!there && there.error().code == Code::kNotFound) return {};
  if (!there) return there.error();
  // Unless other writers were quicker by two.
  const std::string next = entry_key(history.name(), history.entries() + 1);
  const auto between = store().stat(prefix() + next);
  if (between || between.error().code != Code::kNotFound) return {};
  return Error{Code::kCorruptData,
               cat("entry ", history.entries() + 1, " of the log of '", history.name(),
                   "' is missing, but the next one is there"),
               "restore the object from a backup; skymill models verify tells more",
               {.source = where(next)}};
}

/// The one place where a log grows.
Result<ModelHistory> Registry::append(ModelHistory history, const MakeChanges& make) const {
  LogEntry entry{.operation = new_write_id(), .author = author_};
  const auto end = Clock::now() + kLongestCommit;
  for (uint64_t losses = 0; Clock::now() < end; ++losses) {
    const auto begin = Clock::now();
    entry.changes = SKYMILL_TRY(make(history));
    entry.time = now_in_seconds();
    entry.previous = history.last_sha256();
    const std::string text = entry.to_json().dump();
    ModelHistory next = history;
    SKYMILL_TRY(next.apply(text));  // what would not be read is not written
    const std::string key = entry_key(history.name(), next.entries());
    SKYMILL_TRY(check_log_end(history));
    const auto written = write_object(store(), prefix() + key, text, WriteMode::kCreate);
    if (written || SKYMILL_TRY(made_after_all(key, text, written.error()))) {
      keep_checkpoint(next);
      remember(next);
      return next;
    }
    give_way(Clock::now() - begin, losses);  // before it looks: others go on meanwhile
    if (!SKYMILL_TRY(refresh(history))) {
      return Error{Code::kInternal,
                   "the store has an entry that it does not show",
                   "this store is not consistent enough for a registry",
                   {.source = where(key)}};
    }
  }
  return Error{Code::kUnavailable, cat("others change '", history.name(), "' all the time"),
               "try again later"};
}

void Registry::keep_checkpoint(const ModelHistory& history) const {
  if (history.entries() % kCheckpointEvery != 0) return;
  const std::string key = checkpoint_key(history.name(), history.entries());
  const std::string text = history.checkpoint();
  if (text.size() > kMostCheckpointBytes) return;  // nobody would read it
  const auto kept = write_object(store(), prefix() + key, text);
  // The entry is there, which counts; without this object reading takes longer.
  if (!kept) {
    log(LogLevel::kWarning, "checkpoint_not_written",
        Json::object().set("object", where(key)).set("reason", kept.error().message));
  }
}

Result<ModelHistory> Registry::publish(const Publication& publication) const {
  const std::string& name = publication.name;
  SKYMILL_TRY(check_model_name(name));
  if (!publication.alias.empty()) SKYMILL_TRY(check_alias(publication.alias));
  if (publication.about.dump().size() > kMostAboutBytes) {
    return Error{Code::kResourceExhausted, "what is to be noted about the model is too long",
                 cat("at most ", format_bytes(kMostAboutBytes))};
  }
  const Blob blob = SKYMILL_TRY(write_blob(publication.model));
  std::optional<Blob> bundle;
  if (!publication.signature.empty()) bundle = SKYMILL_TRY(write_blob(publication.signature));
  ModelHistory history = SKYMILL_TRY(present(name));
  if (history.entries() == 0) {  // before the first entry, so that no model has a log and no name
    SKYMILL_TRY(write_object(store(), cat(prefix(), kNameFolder, name), name + "\n"));
  }
  history = SKYMILL_TRY(append(std::move(history), [&](const ModelHistory& now) {
    const uint64_t version = now.versions().size() + 1;
    std::vector<Change> changes;
    changes.emplace_back(
        VersionAdded{.version = version, .model = blob, .about = publication.about});
    if (bundle) changes.emplace_back(SignatureAdded{.version = version, .bundle = *bundle});
    if (!publication.alias.empty()) {
      changes.emplace_back(AliasMoved{
          .alias = publication.alias, .from = now.target(publication.alias), .to = version});
    }
    return Result<std::vector<Change>>(std::move(changes));
  }));
  // Had it been garbage until now, a collection that began before may just have removed it.
  const auto kept = store().stat(prefix() + blob_key(blob.sha256));
  if (!kept && kept.error().code == Code::kNotFound) {
    SKYMILL_TRY(write_blob(publication.model)
                    .context(cat("version ", history.versions().size(),
                                 " is registered, but its model is gone")));
  }
  return history;
}

Result<std::string> Registry::read_blob(const Blob& blob) const {
  const std::string key = blob_key(blob.sha256);
  if (blob.bytes > kMaxModelBytes) {
    return Error{Code::kResourceExhausted,
                 cat("it has ", format_bytes(blob.bytes)),
                 cat("at most ", format_bytes(kMaxModelBytes), " are read"),
                 {.source = where(key)}};
  }
  std::string bytes = SKYMILL_TRY(read_text(key, blob.bytes));
  if (bytes.size() == blob.bytes && sha256_hex(bytes) == blob.sha256) return bytes;
  return Error{Code::kCorruptData,
               "the object's bytes are not those that were registered",
               "restore it from a backup, or use another version",
               {.source = where(key)}};
}

Result<Blob> Registry::write_blob(std::string_view bytes) const {
  const Blob blob{.sha256 = sha256_hex(bytes), .bytes = bytes.size()};
  SKYMILL_TRY(write_object(store(), prefix() + blob_key(blob.sha256), bytes));
  return blob;
}

Result<std::shared_ptr<const Model>> Registry::load(const ModelVersion& version) const {
  return read_model(SKYMILL_TRY(read_blob(version.model)))
      .at_source(where(blob_key(version.model.sha256)));
}

Result<void> Registry::check_signature(const ModelVersion& version,
                                       const std::string& public_key_pem) const {
  Result<void> outcome = unsigned_model(cat("version ", version.number));
  for (const Blob& signature : version.signatures) {
    if (signature.bytes > kMaxBundleBytes) continue;  // no bundle is so large
    const std::string bundle = SKYMILL_TRY(read_blob(signature));
    outcome = verify_model_signature(bundle, version.model.sha256, public_key_pem);
    if (outcome || outcome.error().code != Code::kPermissionDenied) break;
  }
  return outcome;
}

MakeChanges add_signature(uint64_t version, Blob bundle) {
  return [version, bundle = std::move(bundle)](const ModelHistory&) -> Result<std::vector<Change>> {
    return std::vector<Change>{SignatureAdded{.version = version, .bundle = bundle}};
  };
}

MakeChanges move_alias(std::string alias, std::string to) {
  return [alias = std::move(alias),
          to = std::move(to)](const ModelHistory& history) -> Result<std::vector<Change>> {
    SKYMILL_TRY(check_alias(alias));
    const ModelVersion* version = SKYMILL_TRY(history.find(to));
    const uint64_t from = history.target(alias);
    if (from == version->number) {
      return Error{Code::kAlreadyExists,
                   cat(history.name(), "@", alias, " is version ", from, " already"), ""};
    }
    return std::vector<Change>{AliasMoved{.alias = alias, .from = from, .to = version->number}};
  };
}

namespace {

/// The versions of an alias that must be there.
Result<std::vector<uint64_t>> path_of(const ModelHistory& history, const std::string& alias) {
  const auto found = history.aliases().find(alias);
  if (found != history.aliases().end()) return found->second;
  std::vector<std::string> known;
  for (const auto& [name, path] : history.aliases()) known.push_back(name);
  return Error{Code::kNotFound, cat("'", history.name(), "' has no alias '", alias, "'"),
               known.empty() ? "it has no aliases" : suggest(alias, known)};
}

}  // namespace

MakeChanges remove_alias(std::string alias) {
  return [alias = std::move(alias)](const ModelHistory& history) -> Result<std::vector<Change>> {
    const auto path = SKYMILL_TRY(path_of(history, alias));
    return std::vector<Change>{AliasMoved{.alias = alias, .from = path.back()}};
  };
}

MakeChanges roll_back_alias(std::string alias) {
  return [alias = std::move(alias)](const ModelHistory& history) -> Result<std::vector<Change>> {
    const auto path = SKYMILL_TRY(path_of(history, alias));
    if (path.size() < 2) {
      return Error{
          Code::kNotFound,
          cat(history.name(), "@", alias, " was never anywhere but at version ", path.back()),
          "there is nothing to go back to"};
    }
    return std::vector<Change>{AliasMoved{
        .alias = alias, .from = path.back(), .to = path[path.size() - 2], .rollback = true}};
  };
}

}  // namespace skymill
