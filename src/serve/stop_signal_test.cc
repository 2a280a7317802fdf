#include "serve/stop_signal.h"

#include <gtest/gtest.h>

#include <csignal>

namespace skymill {
namespace {

TEST(StopSignal, WaitsForEitherSignal) {
  for (const int number : {SIGTERM, SIGINT}) {
    const auto signal = StopSignal::install();
    ASSERT_TRUE(signal);
    std::raise(number);
    EXPECT_EQ((*signal)->wait(), number);
  }
}

TEST(StopSignal, SecondSignalEndsTheProgram) {
  EXPECT_EXIT(
      {
        const auto signal = StopSignal::install();
        std::raise(SIGTERM);
        std::raise(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace skymill
