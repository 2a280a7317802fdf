// The atomic write of the local store: a temporary file beside the target, flushed, then renamed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace skymill {

/// Opens a temporary file beside `path`, creating folders as needed. Errors: `path` is there and is
/// no regular file, or the folder cannot be written.
Result<std::unique_ptr<ObjectWriter>> open_local_writer(const std::string& path, WriteMode mode);

}  // namespace skymill
