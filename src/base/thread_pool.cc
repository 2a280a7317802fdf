#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>

namespace skymill {

struct ThreadPool::Loop {
  size_t items;
  const std::function<void(size_t, unsigned)>& work;
  std::atomic<size_t> next = 0;
  unsigned active = 0;                   // guarded by mutex_
  std::exception_ptr failure = nullptr;  // guarded by mutex_
};

ThreadPool::ThreadPool(unsigned threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  workers_.reserve(threads - 1);
  try {
    for (unsigned thread = 1; thread < threads; ++thread) {
      workers_.emplace_back([this, thread] { serve(thread); });
    }
  } catch (const std::system_error&) {
    // The system grants no more threads: those there are do all the work.
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::drain(Loop& loop, unsigned thread) {
  try {
    for (size_t item = loop.next++; item < loop.items; item = loop.next++) loop.work(item, thread);
  } catch (...) {
    loop.next = loop.items;
    const std::lock_guard lock(mutex_);
    if (loop.failure == nullptr) loop.failure = std::current_exception();
  }
}

void ThreadPool::serve(unsigned thread) {
  uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stop_ || (loop_ != nullptr && generation_ != seen); });
    if (stop_) return;
    seen = generation_;
    Loop& loop = *loop_;
    ++loop.active;
    lock.unlock();
    drain(loop, thread);
    lock.lock();
    if (--loop.active == 0) finished_.notify_all();
  }
}

void ThreadPool::parallel_for(size_t items,
                              const std::function<void(size_t item, unsigned thread)>& work) {
  Loop loop{.items = items, .work = work};
  if (items <= 1 || workers_.empty()) {
    drain(loop, 0);
    if (loop.failure != nullptr) std::rethrow_exception(loop.failure);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    loop_ = &loop;
    ++generation_;
  }
  wake_.notify_all();
  drain(loop, 0);
  std::unique_lock lock(mutex_);
  // A worker that wakes later finds no loop, so `loop` may go once the active ones are done.
  loop_ = nullptr;
  finished_.wait(lock, [&] { return loop.active == 0; });
  if (loop.failure != nullptr) std::rethrow_exception(loop.failure);
}

}  // namespace skymill
