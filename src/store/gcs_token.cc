#include "store/gcs_token.h"

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"
#include "base/signing.h"
#include "base/text.h"
#include "base/time_text.h"

namespace skymill {
namespace {

/// The least that reads, writes, lists and removes.
constexpr const char* kScope = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr int kSignedSeconds = 3600;  // the longest that Google takes
constexpr int kClockSeconds = 10;     // that this machine's clock may be ahead

std::string base64_url(std::string_view bytes) {
  std::string text = base64_text(bytes);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(std::min(text.size(), text.find('=')));
  return text;
}

Result<Fresh<Secret>> signed_token(const GcsCredentials& credentials) {
  const int64_t from = now_in_seconds() - kClockSeconds;
  Json header;
  header.set("alg", "RS256").set("typ", "JWT").set("kid", credentials.key_id);
  Json claims;
  claims.set("iss", credentials.email).set("sub", credentials.email).set("scope", kScope);
  claims.set("iat", from).set("exp", from + kSignedSeconds);
  std::string token = cat(base64_url(header.dump()), ".", base64_url(claims.dump()));
  token += "." + base64_url(SKYMILL_TRY(sign_sha256(credentials.private_key, token)));
  return Fresh<Secret>{.value = Secret(std::move(token)),
                       .seconds = kSignedSeconds - kClockSeconds};
}

Result<Fresh<Secret>> users_token(const GcsCredentials& credentials) {
  return buy_token({.request = {.method = "POST",
                                .url = credentials.token_uri,
                                .headers = {{"content-type", "application/x-www-form-urlencoded"}}},
                    .body = query_text({{"grant_type", "refresh_token"},
                                        {"client_id", credentials.client},
                                        {"client_secret", credentials.client_secret.reveal()},
                                        {"refresh_token", credentials.refresh_token.reveal()}}),
                    .asked_with = "the refresh token",
                    .refused_hint = "run: gcloud auth application-default login"});
}

Result<Fresh<Secret>> machines_token(const GcsCredentials& credentials) {
  return buy_token({.request = {.method = "GET",
                                .url = credentials.token_uri,
                                .headers = {{"metadata-flavor", "Google"}}},
                    .asked_with = "this machine",
                    .refused_hint = "give the machine a service account with access to storage"});
}

Result<Fresh<Secret>> fresh_token(const GcsCredentials& credentials) {
  auto token = credentials.kind == GcsAccount::kService ? signed_token(credentials)
               : credentials.kind == GcsAccount::kUser  ? users_token(credentials)
                                                        : machines_token(credentials);
  return std::move(token).context(cat("the credentials of ", credentials.origin));
}

}  // namespace

std::shared_ptr<AccessTokens> gcs_tokens(const GcsCredentials& credentials) {
  if (credentials.kind == GcsAccount::kNone) return nullptr;
  const std::string name = query_text({{"origin", credentials.origin},
                                       {"email", credentials.email},
                                       {"key_id", credentials.key_id},
                                       {"private_key", credentials.private_key.reveal()},
                                       {"client", credentials.client},
                                       {"client_secret", credentials.client_secret.reveal()},
                                       {"refresh_token", credentials.refresh_token.reveal()},
                                       {"token_uri", credentials.token_uri}});
  return renewed_once<Secret>(name, [credentials] { return fresh_token(credentials); });
}

}  // namespace skymill
