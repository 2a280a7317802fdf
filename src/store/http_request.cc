#include "store/http_request.h"

#include <algorithm>

#include "base/loadable_module.h"
#include "base/text.h"

namespace skymill {

Result<HttpResponse> send_http(const HttpRequest& request) {
  static const auto kModule =
      open_module<HttpModule>("A store behind HTTP", "skymill_http.so", "skymill_http_module");
  if (!kModule) return kModule.error();
  return kModule->send(request);
}

std::string range_text(uint64_t offset, uint64_t length) {
  if (length <= INT64_MAX - offset) return cat("bytes=", offset, "-", offset + length - 1);
  return offset == 0 ? std::string() : cat("bytes=", offset, "-");
}

uint64_t range_limit(uint64_t length) {
  constexpr uint64_t kMost = uint64_t{8} << 30;
  constexpr uint64_t kErrorText = 64 << 10;
  return std::min(length, kMost) + kErrorText;
}

std::string host_of(std::string_view url) {
  const size_t mark = url.find("://");
  if (mark != std::string_view::npos) url.remove_prefix(mark + 3);
  return std::string(url.substr(0, url.find_first_of("/?#")));
}

std::string percent_encoded(std::string_view text, bool path) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~' || (path && c == '/');
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string query_text(const NamedValues& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += cat(text.empty() ? "" : "&", name, "=", percent_encoded(value, false));
  }
  return text;
}

}  // namespace skymill
