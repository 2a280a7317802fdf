#include "registry/garbage.h"

#include <set>

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

}  // namespace

Result<GarbageReport> collect_garbage(const Registry& registry, bool dry_run) {
  const int64_t now = SKYMILL_TRY(store_time(registry));
  // Listed before the logs are read: what becomes a version meanwhile is seen as one.
  const std::string folder = registry.prefix() + kBlobFolder;
  const auto blobs = SKYMILL_TRY(registry.store().list(folder));
  std::set<std::string> used;
  for (const std::string& name : SKYMILL_TRY(registry.names())) {
    const ModelHistory history = SKYMILL_TRY(registry.replay(name));
    for (const ModelVersion& version : history.versions()) {
      used.insert(version.model.sha256);
      used.insert(version.signature.sha256);
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
