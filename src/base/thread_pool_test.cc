#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <new>
#include <numeric>

namespace skymill {
namespace {

TEST(ThreadPool, DoesEveryItemOnceOnAThreadInRange) {
  for (const unsigned threads : {1U, 2U, 8U}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const size_t items : {size_t{0}, size_t{1}, size_t{3}, size_t{1000}}) {
      std::vector<std::atomic<int>> done(items);
      pool.parallel_for(items, [&](size_t item, unsigned thread) {
        EXPECT_LT(thread, threads);
        ++done[item];
      });
      for (const auto& count : done) EXPECT_EQ(count, 1);
    }
  }
}

TEST(ThreadPool, ManyShortLoopsFollowEachOther) {
  ThreadPool pool(4);
  uint64_t total = 0;
  for (int loop = 0; loop < 5000; ++loop) {
    std::array<uint64_t, 8> squares = {};
    pool.parallel_for(squares.size(), [&](size_t item, unsigned) { squares[item] = item * item; });
    total += std::accumulate(squares.begin(), squares.end(), uint64_t{0});
  }
  EXPECT_EQ(total, 5000U * 140U);
}

TEST(ThreadPool, OnAllCallsOnceForEveryThread) {
  ThreadPool pool(5);
  std::array<std::atomic<int>, 5> called = {};
  pool.on_all([&](unsigned thread) { ++called[thread]; });
  for (const auto& count : called) EXPECT_EQ(count, 1);
}

TEST(ThreadPool, WhatIsThrownReachesTheCallerAndThePoolGoesOn) {
  for (const unsigned threads : {1U, 4U}) {
    ThreadPool pool(threads);
    for (const size_t bad : {size_t{0}, size_t{499}, size_t{999}}) {
      const auto work = [bad](size_t item, unsigned) {
        if (item == bad) throw std::bad_alloc();
      };
      EXPECT_THROW(pool.parallel_for(1000, work), std::bad_alloc);
    }
    std::atomic<int> done = 0;
    pool.parallel_for(100, [&](size_t, unsigned) { ++done; });
    EXPECT_EQ(done, 100);
  }
}

TEST(ThreadPool, ZeroMeansOneThreadPerCore) { EXPECT_GE(ThreadPool(0).threads(), 1U); }

}  // namespace
}  // namespace skymill
