// A whole object, piece by piece, with pieces read ahead: what copies and fetches go through.
#pragma once

#include <functional>

#include "base/cancel.h"
#include "store/object_store.h"

namespace skymill {

/// Calls `take` with every piece of the object in order, on this thread, while the next ones are
/// being read. Memory: four pieces of 4 MiB. Errors: those of the store and of `take`, an object
/// that changes meanwhile, cancelled. Returns the object's size.
Result<uint64_t> read_pieces(ObjectStore& store, const std::string& key, const Cancel& cancel,
                             const std::function<Result<void>(std::string_view piece)>& take);

}  // namespace skymill
