#include "base/random.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <vector>

namespace skymill {
namespace {

// The known answers of Random123 (kat_vectors, philox4x32 with 10 rounds).
TEST(Philox, GivesThePublishedVectors) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0), (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, ~uint64_t{0}),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, IsAFunctionOfSeedStreamAndIndex) {
  RandomStream first(1, 2);
  RandomStream second(1, 2);
  for (uint64_t i = 0; i < 100; ++i) {
    const uint64_t draw = first.next();
    EXPECT_EQ(draw, second.next());
    EXPECT_EQ(draw, random_bits(1, 2, i));
  }
  EXPECT_NE(random_bits(1, 2, 0), random_bits(2, 1, 0));
}

TEST(RandomStream, BelowStaysBelowAndIsEven) {
  RandomStream random(5, 0);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_LT(random.below(~uint64_t{0}), ~uint64_t{0});
}

TEST(RandomStream, UniformFillsTheUnitInterval) {
  RandomStream random(6, 0);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double draw = random.uniform();
    ASSERT_TRUE(draw >= 0 && draw < 1);
    sum += draw;
  }
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(KeyHash, DoesNotCollideAndChangesHalfTheBits) {
  std::set<uint64_t> seen;
  double flipped = 0;
  for (uint64_t key = 0; key < 20'000; ++key) {
    seen.insert(key_hash(1, key));
    flipped += std::popcount(key_hash(1, key) ^ key_hash(2, key));
  }
  EXPECT_EQ(seen.size(), 20'000U);
  EXPECT_NEAR(flipped / 20'000, 32, 0.5);
}

}  // namespace
}  // namespace skymill
