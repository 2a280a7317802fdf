// Cancel: "stop at the next safe point", because of a signal, a deadline or a lost client.
#pragma once

#include <atomic>
#include <chrono>

#include "base/result.h"

namespace skymill {

/// Shared by the one who cancels and the ones who work. Thread-safe; request() may be called from
/// a signal handler.
class Cancel {
 public:
  void request() { requested_.store(true, std::memory_order_relaxed); }
  void set_deadline(std::chrono::steady_clock::time_point deadline) {
    deadline_.store(deadline.time_since_epoch().count(), std::memory_order_relaxed);
  }
  bool requested() const { return requested_.load(std::memory_order_relaxed); }

  /// An error once cancelled (kCancelled) or past the deadline (kTimeout). Call about every
  /// millisecond of work: it reads the clock.
  Result<void> check() const {
    if (requested()) return Error{Code::kCancelled, "interrupted"};
    const auto deadline = deadline_.load(std::memory_order_relaxed);
    if (deadline != 0 && std::chrono::steady_clock::now().time_since_epoch().count() > deadline) {
      return Error{Code::kTimeout, "the time limit was reached", "allow more time", {}};
    }
    return {};
  }

 private:
  std::atomic<bool> requested_ = false;
  std::atomic<std::chrono::steady_clock::rep> deadline_ = 0;
};

}  // namespace skymill
