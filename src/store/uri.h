// Uri: scheme://bucket/key, or a local path.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace skymill {

struct Uri {
  std::string scheme;  // "file" for plain paths
  std::string bucket;  // empty for file
  std::string path;    // key in the bucket without a leading '/', or the local path as given

  /// Plain paths, "file:///x", "memory://bucket/key". Credentials in a URI are refused.
  static Result<Uri> parse(std::string_view text);
  std::string text() const;

  bool operator==(const Uri&) const = default;
};

}  // namespace skymill
