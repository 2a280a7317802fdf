// The access tokens that requests to Google carry: made or bought in time, once for all threads.
#pragma once

#include <memory>

#include "store/access_token.h"
#include "store/gcs_settings.h"

namespace skymill {

/// The tokens of these credentials: one source per process, whoever asks; null for anonymous
/// requests. A service account signs its tokens itself (a JWT with a scope, as AIP-4111 of Google
/// has it): one round trip less than buying them, and no second server that must be trusted and up.
/// A user's are bought with the refresh token; a machine's come from its metadata server. Errors of
/// get(): a key that cannot sign, a server that refuses or cannot be reached; none holds a secret.
std::shared_ptr<AccessTokens> gcs_tokens(const GcsCredentials& credentials);

}  // namespace skymill
