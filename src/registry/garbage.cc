#include "registry/garbage.h"

#include <set>

#include "base/text.h"
#include "base/time_text.h"

namespace skymill {
namespace {

/// What time the store says it is: that of a new object.
Result<int64_t> store_time(const Registry& registry) {
  const std::string key = registry.prefix() + "clock/" + new_write_id();
  SKYMILL_TRY(write_object(registry.store(), key, "now\n", WriteMode::kCreate));
  const auto info = registry.store().stat(key);
  SKYMILL_TRY(registry.store().remove(key));
  if (!info) return info.error();
  if (info->modified != 0) return info->modified;
  return Error{Code::kUnsupported,
               "the store does not tell when an object was written",
               "garbage cannot be told from what is being published",
               {.source = registry.where()}};
}

/// What a damaged log refers to is not known, so nothing is garbage.
Error gap_in(const Registry& registry, const std::string& name, uint64_t entry) {
  return {Code::kCorruptData,
          cat("an entry of the log of '", name, "' is missing, though later ones are there"),
          "restore the object from a backup first",
          {.source = registry.where(entry_key(name, entry))}};
}

}  // namespace

Result<GarbageReport> collect_garbage(const Registry& registry, bool dry_run) {
  // A dry run writes nothing, and so has to trust this machine's clock.
  const int64_t now = dry_run ? now_in_seconds() : SKYMILL_TRY(store_time(registry));
  // Listed before the logs are read: what becomes a version meanwhile is seen as one.
  const std::string folder = registry.prefix() + kBlobFolder;
  const auto blobs = SKYMILL_TRY(registry.store().list(folder));
  std::set<std::string> used;
  for (const auto& [name, last] : SKYMILL_TRY(registry.last_entries())) {
    const ModelHistory history = SKYMILL_TRY(registry.replay(name));
    if (history.entries() < last) return gap_in(registry, name, history.entries() + 1);
    for (const ModelVersion& version : history.versions()) {
      used.insert(version.model.sha256);
      for (const Blob& signature : version.signatures) used.insert(signature.sha256);
    }
  }
  const auto old = [now](const ObjectInfo& blob) {
    return blob.modified != 0 && now - blob.modified > kGarbageAfterSeconds;
  };
  GarbageReport report;
  for (const ObjectInfo& blob : blobs) {
    if (used.contains(blob.key.substr(folder.size()))) continue;
    if (!old(blob)) {
      ++report.young;
      continue;
    }
    if (!dry_run) {
      const auto present = registry.store().stat(blob.key);
      if (!present || !old(*present)) continue;
      SKYMILL_TRY(registry.store().remove(blob.key));
    }
    report.bytes += blob.size;
    report.blobs.push_back(blob);
  }
  return report;
}

}  // namespace skymill
