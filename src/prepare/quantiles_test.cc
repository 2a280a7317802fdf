#include "prepare/quantiles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/random.h"
#include "prepare/prepare_testing.h"

namespace skymill {
namespace {

PlanRows rows_of(const std::vector<double>& x) {
  return {.x = x, .kind = std::vector<std::optional<std::string>>(x.size(), "a")};
}

TEST(OrderKey, SortsAsDoublesDo) {
  std::vector<double> values = {-1e308, -1, -5e-324, 0, 5e-324, 1, 1e308};
  for (size_t i = 1; i < values.size(); ++i) {
    EXPECT_LT(order_key(values[i - 1]), order_key(values[i]));
    EXPECT_EQ(order_value(order_key(values[i])), values[i]);
  }
  EXPECT_EQ(order_key(-0.0), order_key(0.0));
}

TEST(ExactQuantiles, EqualSortingAtEveryRank) {
  RandomStream random(3, 3);
  std::vector<double> x;
  for (int i = 0; i < 20'000; ++i) {
    const double value = (random.uniform() - 0.5) * std::pow(10.0, random.below(20));
    x.push_back(random.below(10) == 0 ? std::nan("") : random.below(3) == 0 ? 7 : value);
  }
  std::vector<double> sorted;
  std::copy_if(x.begin(), x.end(), std::back_inserter(sorted),
               [](double v) { return !std::isnan(v); });
  std::ranges::sort(sorted);
  PrepareRun run;
  const auto source = rows_of(x).source();
  std::vector<uint64_t> ranks;
  const auto want = [&](size_t, uint64_t count) {
    for (uint64_t rank = 0; rank < count; rank += 97) ranks.push_back(rank);
    ranks.push_back(count - 1);
    return ranks;
  };
  const auto found = exact_quantiles(*source, {}, {QuantileTarget{}}, want, 64, run.context);
  ASSERT_TRUE(found.has_value()) << found.error().text();
  ASSERT_EQ((*found)[0].count, sorted.size());
  ASSERT_EQ((*found)[0].keys.size(), ranks.size());
  for (size_t i = 0; i < ranks.size(); ++i) {
    ASSERT_EQ(order_value((*found)[0].keys[i]), sorted[ranks[i]]) << ranks[i];
  }
}

TEST(ExactQuantiles, FewerBitsGiveTheUpperEndOfTheCell) {
  PrepareRun run;
  const auto source = rows_of({1.1, 2.2, 3.3, 4.4, 5.5}).source();
  const auto found = exact_quantiles(
      *source, {}, {QuantileTarget{}}, [](size_t, uint64_t) { return std::vector<uint64_t>{2}; },
      32, run.context);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ((*found)[0].keys[0], order_key(3.3) | 0xFFFFFFFF);
}

TEST(ExactQuantiles, CountNothingWhereAllIsMissing) {
  PrepareRun run;
  const auto source = rows_of({std::nan(""), std::nan("")}).source();
  const auto found = exact_quantiles(
      *source, {}, {QuantileTarget{}},
      [](size_t, uint64_t count) {
        return count == 0 ? std::vector<uint64_t>{} : std::vector<uint64_t>{0};
      },
      64, run.context);
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ((*found)[0].count, 0U);
  EXPECT_TRUE((*found)[0].keys.empty());
}

TEST(FitPlan, MedianOfAnAllMissingColumnDoesNotBreak) {
  PrepareRun run;
  const auto source = rows_of({std::nan(""), std::nan("")}).source();
  const PlanOptions options{.missing = *MissingPolicy::parse("x=median")};
  const auto plan = fit_plan(*source, {}, options, run.context);
  ASSERT_TRUE(plan.has_value()) << plan.error().text();
  EXPECT_EQ((*plan)->columns()[0].fill, 0);
}

}  // namespace
}  // namespace skymill
