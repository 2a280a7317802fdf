// Azure Blob Storage.
#pragma once

#include "store/object_store.h"

namespace skymill {

/// The store of a container, under azure_settings(). Small objects go in one request, larger ones
/// in blocks, of which nothing is visible before they are committed. Nothing is sent yet.
Result<std::shared_ptr<ObjectStore>> azure_store(const std::string& container);

}  // namespace skymill
