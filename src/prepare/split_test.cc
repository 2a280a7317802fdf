#include "prepare/split.h"

#include <gtest/gtest.h>

#include "prepare/prepare_testing.h"

namespace skymill {
namespace {

/// 1,000 rows, every fifth of class "yes".
PlanRows some_rows() {
  PlanRows rows{.classes = {"no", "yes"}};
  for (int i = 0; i < 1000; ++i) {
    rows.x.push_back(i);
    rows.label.emplace_back(i % 5 == 0 ? "yes" : "no");
  }
  rows.kind.assign(1000, "a");
  return rows;
}

std::vector<std::vector<size_t>> counts(const Selection& split, size_t folds) {
  std::vector<std::vector<size_t>> out(folds, std::vector<size_t>(2));
  for (size_t i = 0; i < 1000; ++i) {
    const size_t label = i % 5 == 0 ? 1 : 0;
    ++out[split.fold(i, static_cast<double>(label))][label];
  }
  return out;
}

TEST(SplitRows, GivesEveryClassItsExactShare) {
  PrepareRun run;
  const auto split = split_rows(*some_rows().source(), 3, {0.8, 0.2}, run.context);
  ASSERT_TRUE(split.has_value()) << split.error().text();
  EXPECT_EQ(counts(*split, 2), (std::vector<std::vector<size_t>>{{640, 160}, {160, 40}}));
  const auto folds = split_rows(*some_rows().source(), 3, std::vector<double>(5, 0.2), run.context);
  ASSERT_TRUE(folds.has_value());
  EXPECT_EQ(counts(*folds, 5), std::vector<std::vector<size_t>>(5, {160, 40}));
}

TEST(SplitRows, FoldsDifferByLessThanARowOfEachClass) {
  PrepareRun run;
  const auto split =
      split_rows(*some_rows().source(), 1, std::vector<double>(7, 1.0 / 7), run.context);
  ASSERT_TRUE(split.has_value());
  for (const auto& fold : counts(*split, 7)) {
    EXPECT_NEAR(static_cast<double>(fold[0]), 800.0 / 7, 1);
    EXPECT_NEAR(static_cast<double>(fold[1]), 200.0 / 7, 1);
  }
}

TEST(SplitRows, DependsOnTheSeedAndNothingElse) {
  PrepareRun run;
  const auto one = split_rows(*some_rows().source(), 1, {0.5, 0.5}, run.context);
  const auto same = split_rows(*some_rows().source(), 1, {0.5, 0.5}, run.context);
  const auto other = split_rows(*some_rows().source(), 2, {0.5, 0.5}, run.context);
  EXPECT_EQ(*one, *same);
  EXPECT_NE(*one, *other);
}

TEST(SplitRows, RegressionIsSplitAsOneGroup) {
  PrepareRun run;
  PlanRows rows = some_rows();
  rows.label.clear();
  const auto split = split_rows(*rows.source(), 1, {0.75, 0.25}, run.context);
  ASSERT_TRUE(split.has_value());
  ASSERT_EQ(split->cuts.size(), 1U);
  size_t held = 0;
  for (size_t i = 0; i < 1000; ++i) held += split->fold(i, 0);
  EXPECT_EQ(held, 250U);
}

TEST(Folds, OneAndAllButOneAreComplements) {
  const Selection split{.seed = 1, .cuts = {{1000, uint64_t{1} << 62, uint64_t{3} << 62}}};
  for (size_t fold = 0; fold < 4; ++fold) {
    const Selection one = only_fold(split, fold);
    const Selection rest = all_but_fold(split, fold, 4);
    for (uint64_t key = 0; key < 200; ++key) {
      EXPECT_NE(one.selects(key, 0), rest.selects(key, 0));
    }
  }
}

}  // namespace
}  // namespace skymill
