#include "store/retry.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <thread>

#include "base/text.h"
#include "store/store_options.h"

namespace skymill {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double kFirstPause = 0.1;
constexpr double kLongestPause = 3;

bool may_pass(int status) {
  constexpr std::array<int, 6> kLater = {408, 429, 500, 502, 503, 504};
  return std::ranges::find(kLater, status) != kLater.end();
}

/// A host that was silent for long is hardly there a moment later.
bool may_pass(const Error& error, double left) {
  return error.code == Code::kUnavailable ||
         (error.code == Code::kTimeout && left > store_options().timeout / 2);
}

/// Full jitter: writers that were turned away together do not come back together.
double pause_after(unsigned tries) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const double longest = std::min(kLongestPause, kFirstPause * static_cast<double>(1U << tries));
  return std::uniform_real_distribution<double>(longest / 4, longest)(random);
}

}  // namespace

Result<HttpResponse> with_retries(const HttpAttempt& attempt, unsigned* tries) {
  const auto start = Clock::now();
  const double budget = store_options().timeout;
  const auto left = [&] { return budget - Seconds(Clock::now() - start).count(); };
  unsigned count = 0;
  while (true) {
    // A silence ends a little before the time does, so that it is told in time.
    auto answer = attempt(std::min(budget * 8 / 9, std::max(1.0, left())));
    ++count;
    if (tries != nullptr) *tries = count;
    const bool again = answer ? may_pass(answer->status) : may_pass(answer.error(), left());
    if (!again || count > store_options().retries) return answer;
    double pause = pause_after(count);
    if (answer) {
      const auto wanted = parse_number(answer->header("retry-after"));
      if (wanted && *wanted >= 0) pause = *wanted;
    }
    if (pause > left()) return answer;
    std::this_thread::sleep_for(Seconds(pause));
  }
}

Result<HttpResponse> send_with_retries(const std::function<HttpRequest()>& request,
                                       unsigned* tries) {
  const auto attempt = [&](double stall_seconds) {
    HttpRequest next = request();
    next.stall_seconds = stall_seconds;
    return send_http(next);
  };
  return with_retries(attempt, tries);
}

}  // namespace skymill
