// Access tokens that requests carry as "Bearer", from the servers that sell them (OAuth 2.0).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "store/http_request.h"
#include "store/renewed.h"

namespace skymill {

using AccessTokens = Renewed<Secret>;

/// Whether an answer's text can stand in a header.
bool is_token(const std::string& text);

struct TokenSeller {
  HttpRequest request;  // its `body` is ignored
  std::string body = {};
  std::string asked_with;    // "the refresh token", for messages
  std::string refused_hint;  // what to do when it is refused
};

/// The "access_token" of the answer and how long it is good ("expires_in", a number or a text).
/// Errors: kPermissionDenied when the seller refuses; kUnavailable; none repeats a part of the
/// answer but a word that OAuth defines.
Result<Fresh<Secret>> buy_token(const TokenSeller& seller);

}  // namespace skymill
