#include "store/endpoint.h"

#include <utility>

#include "base/text.h"
#include "store/http_request.h"

namespace skymill {

bool is_this_machine(std::string_view host) {
  host = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  // No name that only begins like an address: 127.0.0.1.example is another machine.
  const bool address = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "[::1]" || (address && host.starts_with("127."));
}

bool is_plain_authority(std::string_view authority) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]";
  return !authority.empty() && authority.front() != ':' &&
         authority.find_first_not_of(kPlain) == std::string_view::npos;
}

Result<std::string> checked_endpoint(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.empty()) return url;
  for (const auto& [scheme, port] : {std::pair("https://", ":443"), std::pair("http://", ":80")}) {
    if (url.starts_with(scheme) && url.ends_with(port)) {
      url.resize(url.size() - std::string_view(port).size());
    }
  }
  const bool open = url.starts_with("http://");
  const bool plain = url.find_first_of("?#@ ") == std::string::npos;
  if ((!open && !url.starts_with("https://")) || !plain || host_of(url).empty()) {
    return Error{Code::kInvalidArgument, cat("the endpoint ", url, " is no URL"),
                 "write for example https://storage.example:9000"};
  }
  if (!open || is_this_machine(host_of(url))) return url;
  return Error{Code::kPermissionDenied,
               cat("the endpoint ", url, " would send data and signatures in the open"),
               "use https:// for another machine"};
}

}  // namespace skymill
