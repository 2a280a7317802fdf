// Copies an object from one place to another, piece by piece.
#pragma once

#include <functional>
#include <string>

#include "store/object_store.h"

namespace skymill {

struct CopiedObject {
  uint64_t bytes = 0;
  std::string sha256;
};

/// `progress` (may be null) is told how many bytes more were copied. Memory: a few pieces. Errors:
/// those of the stores, an object that changes meanwhile, Ctrl-C; then there is no copy.
Result<CopiedObject> copy_object(const ObjectLocation& from, const ObjectLocation& to,
                                 const std::function<void(uint64_t bytes)>& progress);

/// Reads the object again; whether it is the one that was copied.
Result<void> verify_copy(const ObjectLocation& copy, const CopiedObject& copied);

}  // namespace skymill
