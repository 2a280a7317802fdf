// Uri: scheme://bucket/key, or a local path.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace skymill {

struct Uri {
  std::string scheme;      // "file" for plain paths
  std::string bucket;      // empty for file; container@host for abfs and abfss
  std::string path;        // key in the bucket without a leading '/', or the local path as given
  std::string query = {};  // of http and https, without the '?'; may hold a signature

  /// Plain paths, "file:///x", "memory://bucket/key". Credentials in a URI are refused.
  static Result<Uri> parse(std::string_view text);
  /// Without the query, which is not for messages.
  std::string text() const;

  bool operator==(const Uri&) const = default;
};

/// A path or URI as messages show it and as its suffix counts: see Uri::text().
std::string shown_uri(const std::string& text);

}  // namespace skymill
