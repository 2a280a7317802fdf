#include "base/real_math.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"

namespace skymill {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Distance of `value` from the long double `truth`, in units of the last place of the truth.
double ulps(double value, long double truth) {
  const auto nearest = static_cast<double>(truth);
  if (std::isinf(nearest) || std::isinf(value)) return value == nearest ? 0 : 1e9;
  const double next = std::nextafter(std::fabs(nearest), kInfinity);
  const double unit = next - std::fabs(nearest);
  return static_cast<double>(std::fabs(static_cast<long double>(value) - truth) /
                             static_cast<long double>(unit));
}

std::vector<double> spread(double low, double high, size_t count) {
  RandomStream random(9, 1);
  std::vector<double> values = {low, high};
  for (size_t i = 0; i < count; ++i) values.push_back(low + (high - low) * random.uniform());
  return values;
}

TEST(RealExp, IsWithinOneUnitOfTheLastPlace) {
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{
           {-708, 709.78}, {-1, 1}, {-1e-8, 1e-8}, {-40, 40}, {0.34, 0.36}}) {
    for (const double x : spread(low, high, 100'000)) {
      ASSERT_LE(ulps(real_exp(x), expl(x)), 1.0) << x;
    }
  }
  for (const double x : spread(-745, -708, 20'000)) {  // subnormal results round twice
    ASSERT_LE(ulps(real_exp(x), expl(x)), 1.5) << x;
  }
}

TEST(RealExp, EndsInZeroAndInfinity) {
  EXPECT_EQ(real_exp(0), 1);
  EXPECT_EQ(real_exp(-0.0), 1);
  EXPECT_EQ(real_exp(-746), 0);
  EXPECT_EQ(real_exp(710), kInfinity);
  EXPECT_EQ(real_exp(-kInfinity), 0);
  EXPECT_EQ(real_exp(kInfinity), kInfinity);
  EXPECT_TRUE(std::isfinite(real_exp(709.782712893384)));
  EXPECT_TRUE(std::isnan(real_exp(std::nan(""))));
}

TEST(RealLog, IsWithinOneUnitOfTheLastPlace) {
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{
           {1e-300, 1e300}, {0.5, 2}, {1 - 1e-6, 1 + 1e-6}, {0, 1}, {1.41, 1.42}}) {
    for (const double x : spread(low, high, 100'000)) {
      if (x > 0 && x != 1) {
        ASSERT_LE(ulps(real_log(x), logl(x)), 1.0) << x;
      }
    }
  }
  RandomStream random(10, 1);
  for (int i = 0; i < 100'000; ++i) {  // every exponent, subnormals too
    const auto x = std::bit_cast<double>(random.next() >> 1);
    if (std::isfinite(x) && x > 0) {
      ASSERT_LE(ulps(real_log(x), logl(x)), 1.0) << x;
    }
  }
}

TEST(RealLog, KnowsItsEdges) {
  EXPECT_EQ(real_log(1), 0);
  EXPECT_EQ(real_log(0), -kInfinity);
  EXPECT_EQ(real_log(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(real_log(-1)));
  EXPECT_TRUE(std::isnan(real_log(std::nan(""))));
  EXPECT_LE(ulps(real_log(5e-324), logl(static_cast<long double>(5e-324))), 1.0);
}

TEST(RealLog1p, IsAccurateNearZeroAndFarFromIt) {
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{
           {-0.999, 1}, {-1e-5, 1e-5}, {-1e-15, 1e-15}, {1, 1e10}}) {
    for (const double x : spread(low, high, 100'000)) {
      if (x != 0) {
        ASSERT_LE(ulps(real_log1p(x), log1pl(x)), 2.0) << x;
      }
    }
  }
  EXPECT_EQ(real_log1p(0), 0);
  EXPECT_EQ(real_log1p(-1), -kInfinity);
  EXPECT_EQ(real_log1p(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(real_log1p(-2)));
}

TEST(Logistic, StaysInTheUnitIntervalAndIsAccurate) {
  for (const double x : spread(-700, 700, 100'000)) {
    const double p = logistic(x);
    ASSERT_TRUE(p >= 0 && p <= 1);
    ASSERT_LE(ulps(p, 1 / (1 + expl(-static_cast<long double>(x)))), 3.0) << x;
  }
  EXPECT_EQ(logistic(0), 0.5);
  EXPECT_EQ(logistic(kInfinity), 1);
  EXPECT_EQ(logistic(-kInfinity), 0);
}

TEST(Softplus, DoesNotOverflowAndIsAccurate) {
  for (const double x : spread(-600, 600, 100'000)) {
    const auto wide = static_cast<long double>(x);
    const long double truth = (x > 0 ? wide : 0) + log1pl(expl(-std::fabs(wide)));
    ASSERT_LE(ulps(softplus(x), truth), 3.0) << x;
  }
  EXPECT_EQ(softplus(1e308), 1e308);
  EXPECT_EQ(softplus(-1e308), 0);
}

}  // namespace
}  // namespace skymill
