#include "base/exact_sum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace skymill {
namespace {

std::vector<double> wild_values(uint64_t seed, size_t count) {
  RandomStream random(seed, 1);
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) {
    const double magnitude =
        std::ldexp(1.0 + random.uniform(), static_cast<int>(random.below(600)) - 300);
    values.push_back(random.next() % 2 == 0 ? magnitude : -magnitude);
  }
  return values;
}

double sum_of(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

TEST(ExactSum, KeepsWhatPlainSummationLoses) {
  EXPECT_EQ(sum_of({1e100, 1.0, -1e100}), 1.0);
  EXPECT_EQ(sum_of({0x1p53, 1.0, 1.0}), 0x1p53 + 2);
  EXPECT_EQ(sum_of({}), 0.0);
  EXPECT_EQ(sum_of({-3.5}), -3.5);
  EXPECT_EQ(sum_of({5e-324, 5e-324}), 1e-323);
}

TEST(ExactSum, RoundsHalfToEven) {
  EXPECT_EQ(sum_of({1.0, 0x1p-53}), 1.0);
  EXPECT_EQ(sum_of({1.0, 0x1p-53, 0x1p-105}), 1.0 + 0x1p-52);
  EXPECT_EQ(sum_of({-1.0, -0x1p-53, -0x1p-105}), -1.0 - 0x1p-52);
}

TEST(ExactSum, DoesNotDependOnOrderOrGrouping) {
  std::vector<double> values = wild_values(3, 5000);
  const double expected = sum_of(values);
  std::reverse(values.begin(), values.end());
  EXPECT_EQ(sum_of(values), expected);
  ExactSum left;
  ExactSum right;
  for (size_t i = 0; i < values.size(); ++i) (i % 3 == 0 ? left : right).add(values[i]);
  right.merge(left);
  EXPECT_EQ(right.value(), expected);
}

TEST(ExactSum, EqualSumsHaveEqualBytes) {
  std::vector<double> values = wild_values(4, 300);
  const auto bytes_of = [](const std::vector<double>& list) {
    ExactSum sum;
    for (const double value : list) sum.add(value);
    Bytes bytes;
    ByteWriter writer(bytes);
    sum.write(writer);
    return bytes;
  };
  const Bytes expected = bytes_of(values);
  std::reverse(values.begin(), values.end());
  EXPECT_EQ(bytes_of(values), expected);
  ByteReader reader(expected);
  auto read = ExactSum::read(reader);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->value(), sum_of(values));
}

TEST(ExactSum, RefusesDamagedBytes) {
  Bytes bytes;
  ByteWriter writer(bytes);
  ExactSum().write(writer);
  bytes[15] = '\x7f';
  ByteReader reader(bytes);
  EXPECT_FALSE(ExactSum::read(reader).has_value());
}

TEST(ExactSum, ManyValuesNeverOverflowAChunk) {
  ExactSum sum;
  for (int i = 0; i < 100'000; ++i) sum.add(0x1.fffffffffffffp+31);
  EXPECT_EQ(sum.value(), 0x1.fffffffffffffp+31 * 100'000);
}

}  // namespace
}  // namespace skymill
