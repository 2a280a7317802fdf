#include "store/gcs_token.h"

#include <algorithm>
#include <ctime>
#include <map>

#include "base/base64.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/signing.h"
#include "base/text.h"
#include "store/http_request.h"
#include "store/retry.h"

namespace skymill {
namespace {

/// The least that reads, writes, lists and removes.
constexpr const char* kScope = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr int kSignedSeconds = 3600;  // the longest that Google takes
constexpr int kClockSeconds = 10;     // that this machine's clock may be ahead
constexpr double kAhead = 240;        // seconds before its end that a token is renewed
constexpr double kUntilNextTry = 30;  // seconds, while the one before is still good

std::string base64_url(std::string_view bytes) {
  std::string text = base64_text(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(std::min(text.size(), text.find('=')));
  return text;
}

std::string form(const std::vector<std::pair<const char*, std::string>>& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += cat(text.empty() ? "" : "&", name, "=", percent_encoded(value, false));
  }
  return text;
}

/// It becomes a header.
bool is_token(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::chrono::steady_clock::duration in_seconds(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(seconds));
}

/// The reason in a refusal, if it is a word such as "invalid_grant".
std::string reason_of(const std::string& body) {
  const auto json = Json::parse(body);
  const Json* error = json ? json->find("error") : nullptr;
  if (error == nullptr || !error->is_string() || error->as_string().size() > 40) return {};
  const bool word = std::ranges::all_of(error->as_string(),
                                        [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return word ? ": " + error->as_string() : std::string();
}

}  // namespace

Result<Secret> GcsTokens::get(const Secret& refused) {
  if (credentials_.kind == GcsAccount::kNone) return Secret();
  const auto asked_at = Clock::now();
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const bool usable = !token_.empty() && now < ends_at_ && token_.reveal() != refused.reveal();
  if (usable && now < renew_at_) return token_;
  // Who waited while another thread's renewal failed need not see it fail again.
  if (!usable && failed_at_ > asked_at) return failure_;
  const auto renewed = renew();
  if (renewed) return token_;
  failed_at_ = Clock::now();
  failure_ = renewed.error();
  renew_at_ = failed_at_ + in_seconds(kUntilNextTry);
  return usable ? Result<Secret>(token_) : failure_;
}

Result<void> GcsTokens::renew() {
  auto done = credentials_.kind == GcsAccount::kService ? sign() : buy();
  return std::move(done).context(cat("the credentials of ", credentials_.origin));
}

Result<void> GcsTokens::sign() {
  const auto from = static_cast<int64_t>(std::time(nullptr)) - kClockSeconds;
  Json header;
  header.set("alg", "RS256").set("typ", "JWT").set("kid", credentials_.key_id);
  Json claims;
  claims.set("iss", credentials_.email).set("sub", credentials_.email).set("scope", kScope);
  claims.set("iat", from).set("exp", from + kSignedSeconds);
  std::string token = cat(base64_url(header.dump()), ".", base64_url(claims.dump()));
  token += "." + base64_url(SKYMILL_TRY(sign_sha256(credentials_.private_key, token)));
  keep(std::move(token), kSignedSeconds - kClockSeconds);
  return {};
}

Result<void> GcsTokens::buy() {
  const std::string body = form({{"grant_type", "refresh_token"},
                                 {"client_id", credentials_.client},
                                 {"client_secret", credentials_.client_secret.reveal()},
                                 {"refresh_token", credentials_.refresh_token.reveal()}});
  const auto request = [&] {
    return HttpRequest{.method = "POST",
                       .url = credentials_.token_uri,
                       .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                       .body = body,
                       .max_response_bytes = 1 << 20};
  };
  const HttpResponse answer = SKYMILL_TRY(send_with_retries(request));
  const std::string host = host_of(credentials_.token_uri);
  if (answer.status == 400 || answer.status == 401 || answer.status == 403) {
    return Error{Code::kPermissionDenied,
                 cat(host, " refuses the refresh token", reason_of(answer.body)),
                 "run: gcloud auth application-default login"};
  }
  if (answer.status != 200) {
    return Error{Code::kUnavailable, cat(host, " answers ", answer.status, " for a token"),
                 "try again later"};
  }
  const auto json = Json::parse(answer.body);
  const auto token = json ? json->string_at("access_token") : json.error();
  const auto seconds = json ? json->number_at("expires_in") : json.error();
  // The parser's own message would repeat a part of the token.
  if (!token || !seconds || !is_token(*token)) {
    return Error{Code::kInternal, cat(host, " gives no token"), ""};
  }
  keep(*token, *seconds);
  return {};
}

void GcsTokens::keep(std::string token, double seconds) {
  constexpr double kDay = 86400;
  const double length = std::clamp(seconds, 0.0, kDay);
  const auto now = Clock::now();
  token_ = Secret(std::move(token));
  renew_at_ = now + in_seconds(length - std::min(kAhead, length / 4));
  ends_at_ = now + in_seconds(length);
}

std::shared_ptr<GcsTokens> gcs_tokens(const GcsCredentials& credentials) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<GcsTokens>> known;
  const std::string name = sha256_hex(form({{"origin", credentials.origin},
                                            {"email", credentials.email},
                                            {"key_id", credentials.key_id},
                                            {"private_key", credentials.private_key.reveal()},
                                            {"client", credentials.client},
                                            {"client_secret", credentials.client_secret.reveal()},
                                            {"refresh_token", credentials.refresh_token.reveal()},
                                            {"token_uri", credentials.token_uri}}));
  const std::lock_guard lock(mutex);
  auto& tokens = known[name];
  if (tokens == nullptr) tokens = std::make_shared<GcsTokens>(credentials);
  return tokens;
}

}  // namespace skymill
