// Google Cloud Storage.
#pragma once

#include "store/object_store.h"

namespace skymill {

/// The store of a bucket, under gcs_settings(). Small objects go in one request, larger ones in one
/// resumable upload, piece by piece. Nothing is sent yet.
Result<std::shared_ptr<ObjectStore>> gcs_store(const std::string& bucket);

}  // namespace skymill
