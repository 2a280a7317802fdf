// Objects in memory: the second store, for tests and for data that needs no disk.
#pragma once

#include "store/object_store.h"

namespace skymill {

/// The store behind memory://bucket/: one per bucket name and process.
std::shared_ptr<ObjectStore> memory_store(const std::string& bucket);

}  // namespace skymill
