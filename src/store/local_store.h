// A folder of this machine as a store.
#pragma once

#include "store/object_store.h"

namespace skymill {

/// The store of the folder `root` (empty: the current one), which need not exist: writing creates
/// folders as needed. A write goes to a temporary file beside its target and is flushed to disk
/// before it takes the name, so it survives a crash of the machine once commit returned.
std::shared_ptr<ObjectStore> local_store(std::string root);

}  // namespace skymill
