#include "rows/selection.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace skymill {
namespace {

TEST(Selection, EmptySelectsEverything) {
  const Selection all;
  EXPECT_TRUE(all.all());
  for (uint64_t key = 0; key < 100; ++key) EXPECT_TRUE(all.selects(key, 0));
}

TEST(Selection, CutPointsBeginTheirFold) {
  const uint64_t hash = key_hash(5, 7);
  EXPECT_EQ((Selection{.seed = 5, .cuts = {{hash}}}.fold(7, 0)), 1U);
  EXPECT_EQ((Selection{.seed = 5, .cuts = {{hash + 1}}}.fold(7, 0)), 0U);
  EXPECT_EQ((Selection{.seed = 5, .cuts = {{0, hash, hash + 1}}}.fold(7, 0)), 2U);
}

TEST(Selection, EachClassHasItsOwnCuts) {
  const Selection split{.seed = 1, .cuts = {{0}, {~uint64_t{0}}}};
  EXPECT_EQ(split.fold(3, 0), 1U);
  EXPECT_EQ(split.fold(3, 1), 0U);
  EXPECT_EQ(split.fold(3, -1), 1U);  // no such class: as the first
  EXPECT_EQ(split.fold(3, 9), 1U);
}

TEST(SelectRows, TakesTheRowsOfTheMaskInOrder) {
  const std::vector<uint64_t> key = {1, 2, 3, 4, 5, 6, 7, 8};
  const Block block{.num_rows = key.size(), .key = key};
  Selection half{.seed = 2, .cuts = {{uint64_t{1} << 63}}, .mask = 1};
  std::vector<uint32_t> low;
  std::vector<uint32_t> high;
  select_rows(block, half, low);
  half.mask = 2;
  select_rows(block, half, high);
  EXPECT_EQ(low.size() + high.size(), key.size());
  for (const uint32_t row : low) EXPECT_LT(key_hash(2, key[row]), uint64_t{1} << 63);
  EXPECT_TRUE(std::is_sorted(low.begin(), low.end()));
}

TEST(ReadSelection, ReadsWhatWasWrittenAndRefusesDamage) {
  const Selection selection{.seed = 9, .cuts = {{1, 2}, {3, 4}}, .mask = 5};
  Bytes bytes;
  ByteWriter writer(bytes);
  write_selection(writer, selection);
  ByteReader reader(bytes);
  EXPECT_EQ(*read_selection(reader), selection);
  for (size_t size = 0; size < bytes.size(); ++size) {
    ByteReader cut(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(read_selection(cut).has_value());
  }
  Bytes many;
  ByteWriter many_writer(many);
  write_selection(many_writer, {.cuts = {CutPoints(64)}});
  ByteReader too_many(many);
  EXPECT_FALSE(read_selection(too_many).has_value());
}

}  // namespace
}  // namespace skymill
