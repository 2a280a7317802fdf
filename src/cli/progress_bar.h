// A line on the terminal that says how far the work is, how fast, and how long it will take.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "cli/console.h"

namespace skymill {

/// Thread-safe; draws at most ten times a second, and nothing unless a person looks.
class ProgressBar {
 public:
  ProgressBar(const Console& console, std::string doing, std::string unit)
      : shown_(console.shows_progress()), doing_(std::move(doing)), unit_(std::move(unit)) {}
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  /// `total` 0: not known.
  void update(uint64_t done, uint64_t total);
  void clear();

 private:
  bool shown_;
  std::string doing_;
  std::string unit_;
  std::mutex mutex_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = start_;
};

}  // namespace skymill
