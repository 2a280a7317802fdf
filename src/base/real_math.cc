// exp: Cody-Waite reduction to |r| <= ln2/2, then a Taylor polynomial of degree 13 whose last term
// is below 2^-58 there. log: reduction to [sqrt(1/2), sqrt(2)), then 2 atanh(s), s = (m-1)/(m+1),
// as a series to s^23 (|s| <= 0.1716, last term below 2^-60). Both carry the low part of their
// reduction. Covered by real_math_test.cc, which compares with long double.
#include "base/real_math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace skymill {
namespace {

// ln 2 in two parts; the high part ends in zero bits, so that k * kLn2High is exact for |k| < 2^20.
constexpr double kLn2High = 0x1.62e42fee00000p-1;
constexpr double kLn2Low = 0x1.a39ef35793c76p-33;
constexpr double kInverseLn2 = 0x1.71547652b82fep+0;

double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52);
}

/// ln(x) for positive, finite, normal x times 2^shift.
double log_of(double x, int shift) {
  auto bits = std::bit_cast<uint64_t>(x);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0x000FFFFFFFFFFFFFULL) | 0x3FF0000000000000ULL;
  double m = std::bit_cast<double>(bits);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  exponent += shift;
  const double f = m - 1;  // exact
  const double s = f / (2 + f);
  const double z = s * s;
  double series = 1.0 / 23;
  for (int odd = 21; odd >= 3; odd -= 2) series = series * z + 1.0 / odd;
  // log(1+f) = f - f^2/2 + s (f^2/2 + 2 z series): the large terms cancel exactly in f.
  const double half_square = 0.5 * f * f;
  const double tail = s * (half_square + 2 * z * series);
  const double k = exponent;
  return k * kLn2High - ((half_square - (tail + k * kLn2Low)) - f);
}

}  // namespace

double real_exp(double x) {
  if (std::isnan(x)) return x;
  if (x > 709.782712893384) return std::numeric_limits<double>::infinity();
  if (x < -745.1332191019412) return 0;
  const double k = std::nearbyint(x * kInverseLn2);
  const double high = x - k * kLn2High;
  const double low = k * kLn2Low;
  const double r = high - low;
  const double correction = (high - r) - low;
  double sum = 1.0 / 6227020800.0;
  sum = sum * r + 1.0 / 479001600.0;
  sum = sum * r + 1.0 / 39916800.0;
  sum = sum * r + 1.0 / 3628800.0;
  sum = sum * r + 1.0 / 362880.0;
  sum = sum * r + 1.0 / 40320.0;
  sum = sum * r + 1.0 / 5040.0;
  sum = sum * r + 1.0 / 720.0;
  sum = sum * r + 1.0 / 120.0;
  sum = sum * r + 1.0 / 24.0;
  sum = sum * r + 1.0 / 6.0;
  sum = sum * r + 0.5;
  const double value = 1 + (r + (r * r * sum + correction));
  const int exponent = static_cast<int>(k);
  if (exponent > 1023) return value * 2 * power_of_two(exponent - 1);
  if (exponent < -1022) return value * power_of_two(exponent + 54) * 0x1p-54;
  return value * power_of_two(exponent);
}

double real_log(double x) {
  if (std::isnan(x) || x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return -std::numeric_limits<double>::infinity();
  if (std::isinf(x)) return x;
  if (x < 0x1p-1022) return log_of(x * 0x1p54, -54);
  return log_of(x, 0);
}

double real_log1p(double x) {
  const double u = 1 + x;
  if (u == 1) return x;
  if (std::isinf(u) || u <= 0) return real_log(u);
  // Kahan's correction: the rounding of 1 + x, to first order.
  return real_log(u) + (x - (u - 1)) / u;
}

double logistic(double x) {
  const double e = real_exp(-std::fabs(x));
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

double softplus(double x) { return (x > 0 ? x : 0) + real_log1p(real_exp(-std::fabs(x))); }

}  // namespace skymill
