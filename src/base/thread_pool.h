// A fixed set of threads that share the items of a loop. Results must not depend on which thread
// takes which item: callers keep one result per item, or states whose merge has no order.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace skymill {

class ThreadPool {
 public:
  /// `threads` ≥ 1 counts the caller's thread too; 0 means one per core. There are fewer when the
  /// system grants no more.
  explicit ThreadPool(unsigned threads = 0);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  unsigned threads() const { return static_cast<unsigned>(workers_.size()) + 1; }

  /// Calls `work(item, thread)` once for each item in [0, items), thread in [0, threads());
  /// returns when all are done. Items are handed out in increasing order. `work` must not call
  /// parallel_for of the same pool. What it throws (only memory can run out) skips the items that
  /// are left and is thrown again here, once no thread is at work.
  void parallel_for(size_t items, const std::function<void(size_t item, unsigned thread)>& work);

  /// Calls `work(thread)` once on every thread.
  void on_all(const std::function<void(unsigned thread)>& work) {
    parallel_for(threads(), [&](size_t item, unsigned) { work(static_cast<unsigned>(item)); });
  }

 private:
  struct Loop;
  void serve(unsigned thread);
  void drain(Loop& loop, unsigned thread);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable finished_;
  Loop* loop_ = nullptr;
  uint64_t generation_ = 0;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace skymill
