#include "store/access_token.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "store/retry.h"

namespace skymill {
namespace {

/// The reason in a refusal, if it is a word such as "invalid_grant".
std::string reason_of(const std::string& body) {
  const auto json = Json::parse(body);
  const Json* error = json ? json->find("error") : nullptr;
  if (error == nullptr || !error->is_string() || error->as_string().size() > 40) return {};
  const bool word = std::ranges::all_of(error->as_string(),
                                        [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return word ? ": " + error->as_string() : std::string();
}

std::optional<double> seconds_of(const Json& json) {
  const Json* seconds = json.find("expires_in");
  if (seconds == nullptr) return std::nullopt;
  if (seconds->is_number()) return seconds->as_number();
  return seconds->is_string() ? parse_number(seconds->as_string()) : std::nullopt;
}

}  // namespace

bool is_token(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

Result<Fresh<Secret>> buy_token(const TokenSeller& seller) {
  const auto request = [&] {
    HttpRequest next = seller.request;
    next.body = seller.body;
    next.max_response_bytes = 1 << 20;
    return next;
  };
  const HttpResponse answer = SKYMILL_TRY(send_with_retries(request));
  const std::string host = host_of(seller.request.url);
  if (answer.status == 400 || answer.status == 401 || answer.status == 403) {
    return Error{Code::kPermissionDenied,
                 cat(host, " refuses ", seller.asked_with, reason_of(answer.body)),
                 seller.refused_hint};
  }
  if (answer.status != 200) {
    return Error{Code::kUnavailable, cat(host, " answers ", answer.status, " for a token"),
                 "try again later"};
  }
  const auto json = Json::parse(answer.body);
  const auto token = json ? json->string_at("access_token") : json.error();
  const auto seconds = json ? seconds_of(*json) : std::nullopt;
  // The parser's own message would repeat a part of the token.
  if (!token || !seconds || !is_token(*token)) {
    return Error{Code::kInternal, cat(host, " gives no token"), ""};
  }
  return Fresh<Secret>{.value = Secret(*token), .seconds = *seconds};
}

}  // namespace skymill
