#include "evaluate/intervals.h"

#include <gtest/gtest.h>

#include <cmath>

namespace skymill {
namespace {

TEST(Intervals, WilsonGivesTheTextbookInterval) {
  // 8 of 10: R's prop.test(8, 10, correct = FALSE).
  const Interval interval = wilson_interval(0.8, 10);
  EXPECT_NEAR(interval.low, 0.4901625, 1e-7);
  EXPECT_NEAR(interval.high, 0.9433178, 1e-7);
}

TEST(Intervals, WilsonStaysInsideAndIsNotEmptyAtTheEnds) {
  EXPECT_EQ(wilson_interval(0, 20).low, 0);
  EXPECT_NEAR(wilson_interval(0, 20).high, 0.1611, 1e-4);
  EXPECT_EQ(wilson_interval(1, 20).high, 1);
  EXPECT_NEAR(wilson_interval(1, 20).low, 0.8389, 1e-4);
  EXPECT_TRUE(std::isnan(wilson_interval(0.5, 0).low));
}

TEST(Intervals, EqualWeightsAreAsManyEffectiveRows) {
  EXPECT_EQ(effective_rows(5 * 3, 5 * 9), 5);
  EXPECT_EQ(effective_rows(4, 10), 1.6);  // weights 3 and 1
}

TEST(Intervals, TheLogScaleIsSymmetricInRatios) {
  const Interval interval = log_interval({2, 0.01, 11});
  EXPECT_NEAR(interval.low, 2 / std::exp(2.228138851964939 * 0.05), 1e-10);
  EXPECT_NEAR(interval.low * interval.high, 4, 1e-14);
  EXPECT_EQ(log_interval({0, 0, 11}).high, 0);
  EXPECT_TRUE(std::isnan(log_interval({1, std::nan(""), 11}).low));
  EXPECT_TRUE(std::isnan(log_interval({1, 1, 1}).low));
}

TEST(Intervals, LogitNormalIsSymmetricInOdds) {
  const Interval interval = logit_normal_interval(0.9, 0.0004);
  const double half = 1.959963984540054 * 0.02 / 0.09;
  EXPECT_NEAR(interval.low, 1 / (1 + std::exp(half) / 9), 1e-14);
  EXPECT_NEAR(interval.high, 1 / (1 + std::exp(-half) / 9), 1e-14);
}

TEST(Intervals, TheVarianceOfAMeanIsThatOfTheSampleOverItsSize) {
  // 1, 2, 6: mean 3, s² = 7.
  EXPECT_NEAR(mean_estimate({3, 3, 9, 9, 41}).variance, 7.0 / 3, 1e-15);
  EXPECT_TRUE(std::isnan(mean_estimate({1, 1, 5, 5, 25}).variance));
}

TEST(Intervals, ScalingAllWeightsChangesNoVariance) {
  // Weights 2 on the same values.
  EXPECT_NEAR(mean_estimate({6, 12, 18, 36, 164}).variance, 7.0 / 3, 1e-15);
}

}  // namespace
}  // namespace skymill
