#include "cli/copy.h"

#include "base/sha256.h"
#include "base/text.h"
#include "cli/interrupt.h"
#include "store/read_pieces.h"

namespace skymill {
Result<CopiedObject> copy_object(const ObjectLocation& from, const ObjectLocation& to,
                                 const std::function<void(uint64_t bytes)>& progress) {
  auto writer = SKYMILL_TRY(to.store->write(to.key, WriteMode::kReplace));
  CopiedObject copied;
  Sha256 hash;
  const auto take = [&](std::string_view piece) -> Result<void> {
    hash.update(piece);
    SKYMILL_TRY(writer->append(piece));
    if (progress) progress(piece.size());
    return {};
  };
  copied.bytes = SKYMILL_TRY(read_pieces(*from.store, from.key, interrupt(), take));
  SKYMILL_TRY(writer->commit());
  copied.sha256 = hash.finish();
  return copied;
}

Result<void> verify_copy(const ObjectLocation& copy, const CopiedObject& copied) {
  Sha256 hash;
  const auto take = [&](std::string_view piece) -> Result<void> {
    hash.update(piece);
    return {};
  };
  SKYMILL_TRY(read_pieces(*copy.store, copy.key, interrupt(), take));
  if (hash.finish() == copied.sha256) return {};
  return Error{Code::kCorruptData,
               "the copy is not what was copied",
               "copy it again",
               {.source = copy.text()}};
}

}  // namespace skymill
