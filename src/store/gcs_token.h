// The access tokens that requests to Google carry: made or bought in time, once for all threads.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>

#include "store/gcs_settings.h"

namespace skymill {

/// A service account signs its tokens itself (a JWT with a scope, as AIP-4111 of Google has it):
/// one round trip less than buying them, and no second server that must be trusted and up. A user's
/// are bought with the refresh token.
class GcsTokens {
 public:
  explicit GcsTokens(GcsCredentials credentials) : credentials_(std::move(credentials)) {}

  /// A token that is good for minutes, if the server gives such; another one than `refused`, unless
  /// a fresh one is the same. Empty for anonymous requests. Errors: a key that cannot sign, a
  /// server that refuses the refresh token or cannot be reached; none holds a secret.
  Result<Secret> get(const Secret& refused);

 private:
  using Clock = std::chrono::steady_clock;

  Result<void> renew();
  Result<void> sign();
  Result<void> buy();
  void keep(std::string token, double seconds);

  const GcsCredentials credentials_;
  std::mutex mutex_;
  Secret token_;
  Clock::time_point renew_at_;
  Clock::time_point ends_at_;
  Error failure_;  // of the last renewal that failed
  Clock::time_point failed_at_;
};

/// The tokens of these credentials: one source per process, whoever asks.
std::shared_ptr<GcsTokens> gcs_tokens(const GcsCredentials& credentials);

}  // namespace skymill
