// Azure Blob Storage.
#pragma once

#include "store/object_store.h"
#include "store/uri.h"

namespace skymill {

/// The container of an az://container/key, abfss:// or abfs://container@host/key URI, under
/// azure_settings(); abfs:// is asked by HTTPS too. Small objects go in one request, larger ones in
/// blocks, of which nothing is visible before they are committed. Nothing is sent yet.
Result<ObjectLocation> open_azure(const Uri& uri);

/// What the URI's host says for azure_settings(); empty for az://.
std::string host_of_azure(const Uri& uri);

}  // namespace skymill
