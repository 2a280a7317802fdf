#include "engine/embedded/watch.h"

#include <algorithm>
#include <chrono>

namespace skymill {
namespace {

/// A cancelled query stops within this time and one chunk; progress is worth less.
constexpr std::chrono::milliseconds kCancelEvery{5};
constexpr int kProgressEvery = 10;  // of those

}  // namespace

Watch::Watch(duckdb_connection connection, const Cancel* cancel,
             const std::function<void(double share)>& progress)
    : connection_(connection), cancel_(cancel), progress_(progress) {
  if (cancel_ != nullptr || progress_) thread_ = std::thread([this] { run(); });
}

Watch::~Watch() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Watch::run() {
  double shown = 0;
  std::unique_lock lock(mutex_);
  for (int turn = 1; !wake_.wait_for(lock, kCancelEvery, [this] { return stop_; }); ++turn) {
    // Again and again: an interrupt between two queries is forgotten by DuckDB.
    if (cancel_ != nullptr && !cancel_->check()) duckdb_interrupt(connection_);
    if (!progress_ || turn % kProgressEvery != 0) continue;
    const double share = duckdb_query_progress(connection_).percentage / 100;
    if (share > shown) progress_(shown = std::min(share, 1.0));
  }
}

}  // namespace skymill
