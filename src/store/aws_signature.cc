#include "store/aws_signature.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "base/text.h"
#include "store/http_request.h"

namespace skymill {

std::string aws_time(std::time_t now) {
  std::tm parts = {};
  gmtime_r(&now, &parts);
  std::array<char, 32> text = {};
  const size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return {text.data(), size};
}

std::string aws_query(std::vector<std::pair<std::string, std::string>> query) {
  for (auto& [name, value] : query) {
    name = percent_encoded(name, false);
    value = percent_encoded(value, false);
  }
  std::ranges::sort(query);
  std::string out;
  for (const auto& [name, value] : query) {
    out += cat(out.empty() ? "" : "&", name, "=", value);
  }
  return out;
}

std::string aws_authorization(const AwsRequest& request, const AwsCredentials& credentials,
                              const std::string& time) {
  auto headers = request.headers;
  std::ranges::sort(headers);
  std::string lines;
  std::string names;
  for (const auto& [name, value] : headers) {
    lines += cat(name, ":", trim(value), "\n");
    names += cat(names.empty() ? "" : ";", name);
  }
  const std::string canonical =
      cat(request.method, "\n", request.path, "\n", aws_query(request.query), "\n", lines, "\n",
          names, "\n", request.payload_sha256);
  const std::string day = time.substr(0, 8);
  const std::string scope = cat(day, "/", request.region, "/", request.service, "/aws4_request");
  const std::string to_sign =
      cat("AWS4-HMAC-SHA256\n", time, "\n", scope, "\n", sha256_hex(canonical));
  std::string key = "AWS4" + credentials.secret_key.reveal();
  for (const std::string& part :
       {day, request.region, request.service, std::string("aws4_request")}) {
    key = hmac_sha256(key, part);
  }
  return cat("AWS4-HMAC-SHA256 Credential=", credentials.access_key, "/", scope,
             ",SignedHeaders=", names, ",Signature=", hex_text(hmac_sha256(key, to_sign)));
}

}  // namespace skymill
