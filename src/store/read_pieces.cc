#include "store/read_pieces.h"

#include <algorithm>
#include <deque>
#include <future>

namespace skymill {
namespace {

constexpr uint64_t kPieceBytes = 4 << 20;
constexpr size_t kAhead = 3;

}  // namespace

Result<uint64_t> read_pieces(ObjectStore& store, const std::string& key, const Cancel& cancel,
                             const std::function<Result<void>(std::string_view piece)>& take) {
  const ObjectInfo info = SKYMILL_TRY(store.stat(key));
  const auto wanted = [&](uint64_t at) { return std::min(kPieceBytes, info.size - at); };
  // Each waits for its thread when it goes, so that none outlives what it reads from.
  std::deque<std::future<Result<std::string>>> ahead;
  uint64_t asked = 0;
  for (uint64_t at = 0; at < info.size; at += kPieceBytes) {
    while (asked < info.size && ahead.size() <= kAhead) {
      // A single piece is not worth a thread.
      const auto policy = info.size <= kPieceBytes ? std::launch::deferred : std::launch::async;
      ahead.push_back(
          std::async(policy, [&store, &key, &info, offset = asked, size = wanted(asked)] {
            return store.read(key, offset, size, info.etag);
          }));
      asked += wanted(asked);
    }
    SKYMILL_TRY(cancel.check());
    const std::string piece = SKYMILL_TRY(ahead.front().get());
    ahead.pop_front();
    if (piece.size() != wanted(at)) return object_changed(store.where(key));
    SKYMILL_TRY(take(piece));
  }
  return info.size;
}

}  // namespace skymill
