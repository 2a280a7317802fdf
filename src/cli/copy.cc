#include "cli/copy.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "cli/interrupt.h"

namespace skymill {
namespace {

constexpr uint64_t kPieceBytes = 8 << 20;

/// Every piece of one and the same object, in order.
Result<void> read_pieces(const ObjectLocation& from,
                         const std::function<Result<void>(std::string_view)>& piece_read) {
  const ObjectInfo info = SKYMILL_TRY(from.store->stat(from.key));
  for (uint64_t at = 0; at < info.size; at += kPieceBytes) {
    SKYMILL_TRY(interrupt().check());
    const uint64_t wanted = std::min(kPieceBytes, info.size - at);
    const std::string piece = SKYMILL_TRY(from.store->read(from.key, at, wanted, info.etag));
    if (piece.size() != wanted) return object_changed(from.text());
    SKYMILL_TRY(piece_read(piece));
  }
  return {};
}

}  // namespace

Result<CopiedObject> copy_object(const ObjectLocation& from, const ObjectLocation& to,
                                 const std::function<void(uint64_t bytes)>& progress) {
  auto writer = SKYMILL_TRY(to.store->write(to.key, WriteMode::kReplace));
  CopiedObject copied;
  Sha256 hash;
  SKYMILL_TRY(read_pieces(from, [&](std::string_view piece) -> Result<void> {
    hash.update(piece);
    copied.bytes += piece.size();
    SKYMILL_TRY(writer->append(piece));
    if (progress) progress(piece.size());
    return {};
  }));
  SKYMILL_TRY(writer->commit());
  copied.sha256 = hash.finish();
  return copied;
}

Result<void> verify_copy(const ObjectLocation& copy, const CopiedObject& copied) {
  Sha256 hash;
  SKYMILL_TRY(read_pieces(copy, [&](std::string_view piece) -> Result<void> {
    hash.update(piece);
    return {};
  }));
  if (hash.finish() == copied.sha256) return {};
  return Error{Code::kCorruptData,
               "the copy is not what was copied",
               "copy it again",
               {.source = copy.text()}};
}

}  // namespace skymill
