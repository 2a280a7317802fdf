// One HTTP exchange, as stores speak it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace skymill {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string url;
  NamedValues headers = {};
  std::string_view body = {};
  uint64_t max_response_bytes = uint64_t{1} << 30;
  /// Without any progress for so long the exchange fails with kTimeout.
  double stall_seconds = 8;
  double connect_seconds = 3;
  /// On a connection of its own: a kept one may turn out to be closed, and what was sent on it is
  /// sent again.
  bool once = false;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers = {};  // names in lower case
  std::string body = {};
  std::string redirect = {};  // the whole URL that it sends on to; empty: none

  /// Empty when there is none.
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// Any status is a response. Errors: kUnavailable (the host cannot be reached, the connection broke
/// or the answer was cut off), kTimeout, kResourceExhausted (the answer is too large),
/// kPermissionDenied (its certificate is not trusted); all name the host. Thread-safe; connections
/// are kept and used again.
Result<HttpResponse> send_http(const HttpRequest& request);

/// The functions of skymill_http.so, which holds libcurl.
struct HttpModule {
  Result<HttpResponse> (*send)(const HttpRequest& request) = nullptr;
};

/// "bytes=2-4" or "bytes=2-"; empty for a whole object. Preconditions: length > 0, offset < 2⁶³.
std::string range_text(uint64_t offset, uint64_t length);
/// What an answer to such a read may hold: the bytes, or the text of an error. At most 8 GiB.
uint64_t range_limit(uint64_t length);

/// The host (and port) of a URL, for messages.
std::string host_of(std::string_view url);
/// Percent-encodes all but the unreserved characters of RFC 3986; '/' stays when it is a path.
std::string percent_encoded(std::string_view text, bool path);
/// name=value&…, the values percent-encoded: a query without its '?', or the body of a form.
std::string query_text(const NamedValues& values);

}  // namespace skymill
