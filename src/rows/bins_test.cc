#include "rows/bins.h"

#include <gtest/gtest.h>

#include <cmath>

namespace skymill {
namespace {

const std::vector<Feature> kFeatures = {{.name = "x"},
                                        {"k", Type::kText, FeatureKind::kCategory, {"a", "b"}}};

std::vector<FeatureBins> some_bins() {
  return {{.upper = {1, 2.5, 4}, .num_bins = 5},
          {.kind = FeatureKind::kCategory, .level_bin = {1, 0}, .num_bins = 3}};
}

TEST(FeatureBins, BinIsTheNumberOfCutsBelow) {
  const FeatureBins bins = some_bins()[0];
  EXPECT_EQ(bins.bin_of(-HUGE_VAL), 0);
  EXPECT_EQ(bins.bin_of(1.0), 0);
  EXPECT_EQ(bins.bin_of(std::nextafter(1.0, 2)), 1);
  EXPECT_EQ(bins.bin_of(2.5), 1);
  EXPECT_EQ(bins.bin_of(4.0), 2);
  EXPECT_EQ(bins.bin_of(5.0), 3);
  EXPECT_EQ(bins.bin_of(std::nan("")), 4);
  FeatureBins many{.num_bins = 256};
  for (int cut = 0; cut < 254; ++cut) many.upper.push_back(cut);
  for (int x = -1; x < 256; ++x) EXPECT_EQ(many.bin_of(x + 0.5), std::min(254, x + 1)) << x;
}

TEST(FeatureBins, UnseenAndMissingLevelsAreMissing) {
  const FeatureBins bins = some_bins()[1];
  EXPECT_EQ(bins.bin_of(uint32_t{0}), 1);
  EXPECT_EQ(bins.bin_of(uint32_t{1}), 0);
  for (const uint32_t code : {uint32_t{2}, kUnseenCode, kMissingCode})
    EXPECT_EQ(bins.bin_of(code), 2);
}

TEST(Bins, TurnBlocksIntoCodesAndKeepKeys) {
  const auto bins = Bins::make(kFeatures, some_bins());
  ASSERT_TRUE(bins.has_value());
  const std::vector<double> x = {0, 3, std::nan("")};
  const std::vector<uint32_t> k = {0, 1, kMissingCode};
  const std::vector<uint64_t> key = {7, 8, 9};
  const std::vector<FeatureColumn> columns = {{.number = x.data()}, {.code = k.data()}};
  BlockBuffer out;
  const auto block = (*bins)->apply(
      {.partition = 1, .number = 2, .num_rows = 3, .features = columns, .key = key}, out);
  ASSERT_TRUE(block.has_value());
  EXPECT_EQ(std::vector<uint8_t>(block->features[0].bin, block->features[0].bin + 3),
            (std::vector<uint8_t>{0, 2, 4}));
  EXPECT_EQ(std::vector<uint8_t>(block->features[1].bin, block->features[1].bin + 3),
            (std::vector<uint8_t>{1, 0, 2}));
  EXPECT_EQ(block->number, 2U);
  EXPECT_EQ(block->key[2], 9U);
}

TEST(Bins, RefuseRulesThatLeaveTheirRange) {
  const auto refuses = [](auto change) {
    auto bins = some_bins();
    change(bins);
    return !Bins::make(kFeatures, bins).has_value();
  };
  EXPECT_FALSE(refuses([](auto&) {}));
  EXPECT_TRUE(refuses([](auto& bins) { bins.pop_back(); }));
  EXPECT_TRUE(refuses([](auto& bins) { bins[0].num_bins = 257; }));
  EXPECT_TRUE(refuses([](auto& bins) { bins[0].num_bins = 4; }));
  EXPECT_TRUE(refuses([](auto& bins) { bins[0].upper = {2, 1}; }));
  EXPECT_TRUE(refuses([](auto& bins) { bins[0].upper[1] = std::nan(""); }));
  EXPECT_TRUE(refuses([](auto& bins) { bins[1].level_bin = {3, 0}; }));
  EXPECT_TRUE(refuses([](auto& bins) { bins[1].kind = FeatureKind::kNumber; }));
}

TEST(Bins, ReadWhatTheyWroteAndRefuseEveryTruncation) {
  const auto bins = Bins::make(kFeatures, some_bins());
  Bytes bytes;
  (*bins)->write(bytes);
  const auto again = Bins::read(bytes);
  ASSERT_TRUE(again.has_value()) << again.error().text();
  Bytes same;
  (*again)->write(same);
  EXPECT_EQ(same, bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_FALSE(Bins::read(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace skymill
