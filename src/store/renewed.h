// Renewed: something that is good for a while, such as an access token. It is got once for all
// threads, and anew in time.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"

namespace skymill {

template <typename T>
struct Fresh {
  T value;
  double seconds;  // that it is good for, from now
};

template <typename T>
class Renewed {
 public:
  using Get = std::function<Result<Fresh<T>>()>;

  explicit Renewed(Get get) : get_(std::move(get)) {}

  /// A value that is good for minutes, if such are given; another one than `refused`, unless a
  /// fresh one is the same. While one is still good, a renewal that fails is tried again later.
  Result<T> get(const std::optional<T>& refused = {}) {
    const auto asked_at = Clock::now();
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const bool usable = value_ && now < ends_at_ && value_ != refused;
    if (usable && now < renew_at_) return *value_;
    // Who waited while another thread's renewal failed need not see it fail again.
    if (!usable && failed_at_ > asked_at) return failure_;
    auto fresh = get_();
    if (fresh) return keep(std::move(*fresh));
    failed_at_ = Clock::now();
    failure_ = std::move(fresh).error();
    renew_at_ = failed_at_ + in_seconds(kUntilNextTry);
    return usable ? Result<T>(*value_) : failure_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr double kAhead = 240;        // seconds before its end that it is renewed
  static constexpr double kUntilNextTry = 30;  // seconds, while the one before is still good

  static Clock::duration in_seconds(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  T keep(Fresh<T> fresh) {
    constexpr double kDay = 86400;
    const double length = std::clamp(fresh.seconds, 0.0, kDay);
    const auto now = Clock::now();
    value_ = std::move(fresh.value);
    renew_at_ = now + in_seconds(length - std::min(kAhead, length / 4));
    ends_at_ = now + in_seconds(length);
    return *value_;
  }

  const Get get_;
  std::mutex mutex_;
  std::optional<T> value_;
  Clock::time_point renew_at_;
  Clock::time_point ends_at_;
  Error failure_;  // of the last renewal that failed
  Clock::time_point failed_at_;
};

/// The one of this name in the process, whoever asks. The name tells all that `get` depends on; it
/// may hold secrets, as it is shown nowhere.
template <typename T>
std::shared_ptr<Renewed<T>> renewed_once(const std::string& name, typename Renewed<T>::Get get) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<Renewed<T>>> known;
  const std::lock_guard lock(mutex);
  auto& renewed = known[name];
  if (renewed == nullptr) renewed = std::make_shared<Renewed<T>>(std::move(get));
  return renewed;
}

}  // namespace skymill
