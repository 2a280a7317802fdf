// Garbage: blobs that no version refers to, left by publications that never became an entry.
#pragma once

#include <vector>

#include "registry/registry.h"

namespace skymill {

struct GarbageReport {
  std::vector<ObjectInfo> blobs;  // found, and removed unless it was a dry run
  uint64_t bytes = 0;
  uint64_t young = 0;  // without a version too, but perhaps about to become one
};

/// Blobs older than kGarbageAfterSeconds by the store's clock. A writer writes its blob anew
/// (Registry::write_blob), and one that was rewritten meanwhile is spared. Errors: kCorruptData
/// when a log has a gap, as it is not known then what is in use.
Result<GarbageReport> collect_garbage(const Registry& registry, bool dry_run);

}  // namespace skymill
