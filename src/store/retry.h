// Requests to a store again and again: what may pass is tried anew, with growing pauses, until it
// works or the time is up.
#pragma once

#include <functional>

#include "store/http_request.h"

namespace skymill {

/// One try, which may be silent for at most `stall_seconds`.
using HttpAttempt = std::function<Result<HttpResponse>(double stall_seconds)>;

/// Answers that say "later" (408, 429, 500, 502, 503, 504) and broken connections are tried again,
/// as often and for as long as store_options() says: five times, within about ten seconds; then the
/// last answer or error is returned. `tries` (may be null) tells how often it was tried: after the
/// first time a lost answer may hide a success.
Result<HttpResponse> with_retries(const HttpAttempt& attempt, unsigned* tries = nullptr);

/// Sends what `request` makes, which is asked anew for each try: signatures hold the time.
Result<HttpResponse> send_with_retries(const std::function<HttpRequest()>& request,
                                       unsigned* tries = nullptr);

}  // namespace skymill
