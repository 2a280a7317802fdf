#include "train/split_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skymill {
namespace {

using ::testing::ElementsAre;

/// {bin, weight, sums…} of the bins that have rows.
using Histogram = std::vector<std::vector<int64_t>>;

struct Node {
  uint32_t sums = 1;
  int64_t min_weight = 1;
  std::vector<int64_t> totals;
};

void offer(SplitFinder& finder, uint32_t feature, const TreeFeature& shape,
           const Histogram& histogram) {
  BinGroups& groups = finder.groups();
  groups.count = 0;
  for (const auto& entry : histogram) {
    groups.bin[groups.count] = static_cast<uint8_t>(entry[0]);
    groups.weight[groups.count] = entry[1];
    for (size_t k = 2; k < entry.size(); ++k) {
      groups.sum[groups.count * (entry.size() - 2) + k - 2] = entry[k];
    }
    ++groups.count;
  }
  finder.offer(feature, shape);
}

struct Found {
  bool found = false;
  Split split;
  std::vector<int64_t> left;
};

Found best(const Node& node, const TreeFeature& shape, const Histogram& histogram) {
  SplitFinder finder(node.sums, node.min_weight);
  finder.begin(node.totals);
  offer(finder, 0, shape, histogram);
  Found out{.found = finder.found(), .split = {}, .left = std::vector<int64_t>(1 + node.sums)};
  if (out.found) out.split = finder.finish(shape, out.left);
  return out;
}

constexpr TreeFeature kNumber{.category = false, .num_bins = 6, .usable = true};
constexpr TreeFeature kCategory{.category = true, .num_bins = 6, .usable = true};

bool goes_left(const Split& split, uint32_t bin) {
  return (split.left[bin >> 6] >> (bin & 63) & 1) != 0;
}
std::vector<uint32_t> left_bins(const Split& split) {
  std::vector<uint32_t> bins;
  for (uint32_t bin = 0; bin < kMostBins; ++bin) {
    if (goes_left(split, bin)) bins.push_back(bin);
  }
  return bins;
}

TEST(SplitFinder, TwoClassesByHand) {
  // Class 1: 0 of 3, 1 of 2, 3 of 3. Cuts after bin 0: d = (0·8 − 4·3)² / (3·5) = 9.6; after
  // bin 1: (1·8 − 4·5)² / (5·3) = 9.6. The lower bin wins the tie; gain = 9.6 / 8.
  const Found f = best({.totals = {8, 4}}, kNumber, {{0, 3, 0}, {1, 2, 1}, {2, 3, 3}});
  ASSERT_TRUE(f.found);
  EXPECT_EQ(f.split.last_left_bin, 0U);
  EXPECT_DOUBLE_EQ(f.split.gain, 1.2);
  EXPECT_THAT(f.left, ElementsAre(3, 0));
}

TEST(SplitFinder, RegressionLowersTheSquaredError) {
  // Targets 10, 12 | 30, 32 around their mean of 21: the error falls from 404 to 4.
  const Found f =
      best({.totals = {4, 84}}, kNumber, {{0, 1, 10}, {1, 1, 12}, {2, 1, 30}, {3, 1, 32}});
  ASSERT_TRUE(f.found);
  EXPECT_EQ(f.split.last_left_bin, 1U);
  EXPECT_DOUBLE_EQ(f.split.gain, 400);
  EXPECT_THAT(f.left, ElementsAre(2, 22));
}

TEST(SplitFinder, AnOffsetOfTheTargetsChangesNothing) {
  constexpr int64_t kOffset = -(int64_t{1} << 29);
  Histogram near = {{0, 2, 7}, {1, 3, 3}, {3, 2, 40}};
  Histogram far = near;
  for (auto& entry : far) entry[2] += kOffset * entry[1];
  const Found a = best({.totals = {7, 50}}, kNumber, near);
  const Found b = best({.totals = {7, 50 + 7 * kOffset}}, kNumber, far);
  EXPECT_EQ(a.split.gain, b.split.gain);
  EXPECT_EQ(a.split.last_left_bin, b.split.last_left_bin);
}

TEST(SplitFinder, ThreeClassesByHand) {
  // Bins hold classes 0,0 | 1 | 2,2: after bin 0: Σd² = 6² + 2² + 4² = 56 over 2·3; after bin 1:
  // 4² + 2² + 6² = 56 over 3·2.
  const Found f = best({.sums = 3, .totals = {5, 2, 1, 2}}, kNumber,
                       {{0, 2, 2, 0, 0}, {1, 1, 0, 1, 0}, {2, 2, 0, 0, 2}});
  ASSERT_TRUE(f.found);
  EXPECT_EQ(f.split.last_left_bin, 0U);
  EXPECT_DOUBLE_EQ(f.split.gain, 56.0 / 6 / 5);
  EXPECT_THAT(f.left, ElementsAre(2, 2, 0, 0));
}

TEST(SplitFinder, TiesGoToTheLowerFeatureInAnyOrderOfOffers) {
  const Histogram same = {{0, 2, 0}, {1, 2, 2}};
  for (const bool reversed : {false, true}) {
    SplitFinder finder(1, 1);
    finder.begin(std::vector<int64_t>{4, 2});
    offer(finder, reversed ? 7 : 3, kNumber, same);
    offer(finder, reversed ? 3 : 7, kNumber, same);
    EXPECT_EQ(finder.best_feature(), 3U);
  }
}

TEST(SplitFinder, ACutInEmptyBinsIsPutInTheirMiddle) {
  const Found f = best({.totals = {4, 2}}, {.num_bins = 12}, {{1, 2, 0}, {8, 2, 2}});
  EXPECT_EQ(f.split.last_left_bin, 4U);
}

TEST(SplitFinder, MissingGoesToTheSideThatFits) {
  const Histogram like_right = {{0, 3, 0}, {1, 3, 3}, {5, 2, 2}};
  Found f = best({.totals = {8, 5}}, kNumber, like_right);
  EXPECT_FALSE(f.split.missing_left);
  EXPECT_THAT(f.left, ElementsAre(3, 0));
  EXPECT_THAT(left_bins(f.split), ElementsAre(0));

  const Histogram like_left = {{0, 3, 0}, {1, 3, 3}, {5, 2, 0}};
  f = best({.totals = {8, 3}}, kNumber, like_left);
  EXPECT_TRUE(f.split.missing_left);
  EXPECT_THAT(f.left, ElementsAre(5, 0));
  EXPECT_THAT(left_bins(f.split), ElementsAre(0, 5));
}

TEST(SplitFinder, PresentAgainstMissingIsASplit) {
  const Found f = best({.totals = {7, 3}}, kNumber, {{2, 4, 0}, {5, 3, 3}});
  ASSERT_TRUE(f.found);
  EXPECT_FALSE(f.split.missing_left);
  EXPECT_EQ(f.split.last_left_bin, 4U) << "every value is on the left";
  EXPECT_THAT(left_bins(f.split), ElementsAre(0, 1, 2, 3, 4));
}

TEST(SplitFinder, WithoutMissingRowsTheyFollowTheHeavierChild) {
  Found f = best({.totals = {8, 3}}, kNumber, {{0, 5, 0}, {1, 3, 3}});
  EXPECT_TRUE(f.split.missing_left);
  f = best({.totals = {8, 5}}, kNumber, {{0, 3, 0}, {1, 5, 5}});
  EXPECT_FALSE(f.split.missing_left);
  f = best({.totals = {6, 3}}, kNumber, {{0, 3, 0}, {1, 3, 3}});
  EXPECT_TRUE(f.split.missing_left) << "the left one of equals";
}

TEST(SplitFinder, CategoriesAreOrderedByTheirMean) {
  // Means: bin 0: 1, 1: 0, 2: 2/3, 3: 0. Best: {1, 3} against {0, 2}.
  const Found f =
      best({.totals = {10, 5}}, kCategory, {{0, 3, 3}, {1, 2, 0}, {2, 3, 2}, {3, 2, 0}});
  ASSERT_TRUE(f.found);
  EXPECT_THAT(f.left, ElementsAre(4, 0));
  // Bin 4 has no rows and follows the heavier child, and so does missing, bin 5.
  EXPECT_THAT(left_bins(f.split), ElementsAre(1, 3));
}

TEST(SplitFinder, CategoriesWithoutRowsFollowTheHeavierChild) {
  const Found f = best({.totals = {9, 3}}, kCategory, {{1, 6, 0}, {3, 3, 3}});
  EXPECT_THAT(left_bins(f.split), ElementsAre(0, 1, 2, 4, 5));
  EXPECT_TRUE(f.split.missing_left);
}

TEST(SplitFinder, OrderByMeanFindsTheBestOfAllSubsets) {
  RandomStream random(5, 5);
  for (int trial = 0; trial < 50; ++trial) {
    Histogram histogram;
    std::vector<int64_t> totals(2);
    for (int64_t bin = 0; bin < 8; ++bin) {
      const auto weight = static_cast<int64_t>(1 + random.below(9));
      const int64_t sum = static_cast<int64_t>(random.below(2001)) - 1000;
      histogram.push_back({bin, weight, sum});
      totals[0] += weight;
      totals[1] += sum;
    }
    double most = 0;
    for (uint32_t subset = 1; subset < 255; ++subset) {
      double n = 0;
      double s = 0;
      for (size_t bin = 0; bin < 8; ++bin) {
        if ((subset >> bin & 1) == 0) continue;
        n += static_cast<double>(histogram[bin][1]);
        s += static_cast<double>(histogram[bin][2]);
      }
      const auto all = static_cast<double>(totals[0]);
      const double d = s * all - static_cast<double>(totals[1]) * n;
      most = std::max(most, d * d / (n * (all - n)) / all);
    }
    const Found f = best({.totals = totals}, {.category = true, .num_bins = 9}, histogram);
    EXPECT_NEAR(f.split.gain, most, 1e-9 * most);
  }
}

TEST(SplitFinder, ThreeClassesPartCategoriesByAShare) {
  const Found f = best({.sums = 3, .totals = {9, 3, 3, 3}}, kCategory,
                       {{0, 2, 0, 2, 0}, {1, 3, 3, 0, 0}, {2, 3, 0, 0, 3}, {3, 1, 0, 1, 0}});
  ASSERT_TRUE(f.found);
  // Each class against the others gains the same: class 0 is the first that is tried.
  EXPECT_THAT(f.left, ElementsAre(6, 0, 3, 3));
  EXPECT_FALSE(goes_left(f.split, 1));
}

TEST(SplitFinder, BothSidesKeepMinRows) {
  const Histogram histogram = {{0, 1, 0}, {1, 4, 4}, {2, 4, 3}, {3, 1, 0}};
  EXPECT_EQ(best({.totals = {10, 7}}, kNumber, histogram).split.last_left_bin, 0U);
  const Found f = best({.min_weight = 2, .totals = {10, 7}}, kNumber, histogram);
  EXPECT_EQ(f.split.last_left_bin, 1U);
  EXPECT_FALSE(best({.min_weight = 6, .totals = {10, 7}}, kNumber, histogram).found);
}

TEST(SplitFinder, NothingToGainIsNoSplit) {
  EXPECT_FALSE(best({.totals = {6, 3}}, kNumber, {{0, 2, 1}, {1, 4, 2}}).found);
  EXPECT_FALSE(best({.totals = {6, 3}}, kNumber, {{0, 6, 3}}).found);
  EXPECT_FALSE(best({.totals = {6, 3}}, kNumber, {{5, 6, 3}}).found) << "all missing";
}

}  // namespace
}  // namespace skymill
