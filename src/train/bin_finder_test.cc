#include "train/bin_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "train/tree_test_data.h"

namespace skymill {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

Result<BinPlan> bins_of(const TreeRows& rows, uint32_t max_bins = 256, const Selection& sel = {}) {
  auto source = rows.source();
  std::vector<PassInfo> passes = {bin_count_pass()};
  for (const PassInfo& pass : prepare_passes()) passes.push_back(pass);
  ThreadPool pool(2);
  const Cancel cancel;
  RunContext run{.passes = passes, .transforms = {}, .pool = pool, .cancel = cancel};
  FitContext context{.run = run, .features = source->schema().features, .rows = sel};
  return find_bins(*source, max_bins, context);
}

TEST(BinFinder, MidPointStaysBelowTheUpperNeighbour) {
  EXPECT_EQ(mid_point(1, 2), 1.5);
  EXPECT_EQ(mid_point(-3, 3), 0);
  const double next = std::nextafter(1.0, 2.0);
  EXPECT_EQ(mid_point(1, next), 1.0);
  const double largest = std::numeric_limits<double>::max();
  EXPECT_EQ(mid_point(-largest, largest), 0);
  EXPECT_EQ(mid_point(largest / 2, largest), largest * 0.75);
  const double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_EQ(mid_point(0, tiny), 0);
  EXPECT_EQ(mid_point(-tiny, 0), -tiny);
}

TEST(BinFinder, FewValuesAreCutHalfWayBetweenNeighbours) {
  const auto plan = bins_of({.numbers = {{"x", {3, 1, 2, 2, 10}}}, .label = {0, 1, 0, 1, 0}});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_THAT(plan->bins->features()[0].upper, ElementsAre(1.5, 2.5, 6.5));
  EXPECT_EQ(plan->features[0].num_bins, 5U);
  EXPECT_TRUE(plan->features[0].usable);
}

TEST(BinFinder, ManyValuesAreCutIntoEqualParts) {
  TreeRows rows{.numbers = {{"x", {}}}};
  for (int i = 0; i < 40'000; ++i) {
    rows.numbers[0].second.push_back(std::fmod(i * 7919.0, 40'000.0));  // 0 … 39,999 shuffled
    rows.label.push_back(i % 2);
  }
  const auto plan = bins_of(rows, 11);
  ASSERT_TRUE(plan) << plan.error().text();
  const std::vector<double>& upper = plan->bins->features()[0].upper;
  ASSERT_THAT(upper, SizeIs(9));
  for (size_t i = 0; i < upper.size(); ++i) {
    EXPECT_NEAR(upper[i], 4000.0 * static_cast<double>(i + 1) - 1, 1e-4);
  }
}

TEST(BinFinder, TheMostFrequentLevelsKeepABinAndTheOthersShareOne) {
  std::vector<uint64_t> counts(300);
  for (size_t level = 0; level < counts.size(); ++level) counts[level] = level < 46 ? 1 : 5;
  counts[10] = 0;
  const FeatureBins bins = category_bins(counts);
  EXPECT_EQ(bins.num_bins, 256U);
  EXPECT_EQ(bins.level_bin[46], 0);
  EXPECT_EQ(bins.level_bin[299], 253);
  EXPECT_EQ(bins.level_bin[0], 254);
  EXPECT_EQ(bins.level_bin[45], 254);
  EXPECT_EQ(bins.level_bin[10], 255) << "a level without rows is missing";
  counts.resize(254);
  EXPECT_EQ(category_bins(counts).level_bin[9], 9);
  EXPECT_EQ(category_bins(counts).level_bin[11], 10);
}

TEST(BinFinder, KnowsColumnsThatCannotSplit) {
  const double nan = std::nan("");
  const auto plan = bins_of(
      {.numbers = {{"constant", {4, 4, 4}}, {"missing", {nan, nan, nan}}, {"either", {nan, 4, 4}}},
       .categories = {{"one", {"a", "a", "a"}}, {"two", {"a", "", "a"}}},
       .label = {0, 1, 0}});
  ASSERT_TRUE(plan) << plan.error().text();
  std::vector<bool> usable;
  for (const TreeFeature& feature : plan->features) usable.push_back(feature.usable);
  EXPECT_THAT(usable, ElementsAre(false, false, true, false, true));
}

TEST(BinFinder, RowsOfWeightZeroDoNotCount) {
  const auto plan =
      bins_of({.numbers = {{"x", {1, 2, 3}}}, .label = {5, 6, 70}, .weight = {1, 2.5, 0}});
  ASSERT_TRUE(plan) << plan.error().text();
  EXPECT_THAT(plan->bins->features()[0].upper, ElementsAre(1.5));
  EXPECT_EQ(plan->stats.rows, 2U);
  EXPECT_EQ(plan->stats.largest_label, 6);
  EXPECT_EQ(plan->stats.largest_weight, 2.5);
  EXPECT_EQ(plan->stats.mean_weight, 1.75);
  EXPECT_FALSE(plan->stats.integral_weights);
}

TEST(BinFinder, NoRowsAreAnError) {
  const auto plan = bins_of({.numbers = {{"x", {1, 2}}}, .label = {0, 1}, .weight = {0, 0}});
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message, ::testing::HasSubstr("no rows with a positive weight"));
}

TEST(BinCount, TooManyValuesDoNotDependOnTheOrder) {
  DistinctValues a(3);
  DistinctValues b(3);
  for (const uint64_t key : {5, 6, 7, 5, 6, 8}) a.insert(key);
  for (const uint64_t key : {8, 8, 7, 6, 5, 5}) b.insert(key);
  EXPECT_TRUE(a.too_many());
  EXPECT_TRUE(b.too_many());
  DistinctValues c(3);
  for (const uint64_t key : {7, 5, 6, 7}) c.insert(key);
  EXPECT_THAT(c.sorted(), ElementsAre(5, 6, 7));
}

TEST(BinCount, DamagedBytesAreAnError) {
  BinCountRequest request{.most_values = 9, .num_levels = {BinCountRequest::kNumber, 3}};
  Bytes parameters;
  request.write(parameters);
  BinCountState state(request);
  Bytes bytes;
  state.write(bytes);
  EXPECT_TRUE(BinCountState::read(parameters, bytes));
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(BinCountState::read(parameters, std::string_view(bytes).substr(0, length)));
  }
}

}  // namespace
}  // namespace skymill
