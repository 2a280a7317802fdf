#include "store/azure_signature.h"

#include <algorithm>
#include <map>

#include "base/base64.h"
#include "base/sha256.h"
#include "base/text.h"

namespace skymill {

std::string azure_authorization(const AzureRequest& request, const std::string& account,
                                const Secret& key) {
  std::map<std::string, std::string> known;
  std::vector<std::pair<std::string, std::string>> own;
  for (const auto& [name, value] : request.headers) {
    if (name.starts_with("x-ms-")) {
      own.emplace_back(name, value);
    } else {
      known[name] = value;
    }
  }
  std::ranges::sort(own);
  const std::string length = request.body_bytes == 0 ? "" : std::to_string(request.body_bytes);
  // Verb, Content-Encoding, -Language, -Length, -MD5, -Type, Date, If-Modified-Since, If-Match,
  // If-None-Match, If-Unmodified-Since, Range.
  std::string text = cat(request.method, "\n\n\n", length, "\n\n", known["content-type"], "\n\n\n",
                         known["if-match"], "\n", known["if-none-match"], "\n\n\n");
  for (const auto& [name, value] : own) text += cat(name, ":", value, "\n");
  text += cat("/", account, request.path);
  auto query = request.query;
  std::ranges::sort(query);
  for (const auto& [name, value] : query) text += cat("\n", name, ":", value);
  return cat("SharedKey ", account, ":", base64_text(hmac_sha256(key.reveal(), text)));
}

}  // namespace skymill
