// Shared Key signatures, as "Authorize with Shared Key" of the Azure Storage REST reference has it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace skymill {

/// What is signed. `path` is percent-encoded as in the URL, query values are not; names of headers
/// are in lower case; "x-ms-date" and "x-ms-version" are among them, other dates and a "range" not.
struct AzureRequest {
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> query = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  size_t body_bytes = 0;
};

/// The value of the Authorization header. `key` holds the decoded bytes.
std::string azure_authorization(const AzureRequest& request, const std::string& account,
                                const Secret& key);

}  // namespace skymill
