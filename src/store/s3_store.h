// Amazon S3, and what speaks its language.
#pragma once

#include "store/object_store.h"

namespace skymill {

/// The store of a bucket, under the settings of aws_settings(). Small objects go in one request,
/// larger ones in parts. Errors: settings that do not go together. Nothing is sent yet.
Result<std::shared_ptr<ObjectStore>> s3_store(const std::string& bucket);

}  // namespace skymill
