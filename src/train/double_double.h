// DoubleDouble: a number as the unevaluated sum of two doubles, about 32 digits (Dekker 1971;
// Joldes et al., "Tight and rigorous error bounds for basic building blocks of double-word
// arithmetic", 2017). What the normal equations are solved in when plain doubles would lose the
// answer.
#pragma once

#include <cmath>

namespace skymill {

struct DoubleDouble {
  double high = 0;
  double low = 0;

  DoubleDouble() = default;
  DoubleDouble(double value) : high(value) {}  // NOLINT(google-explicit-constructor)
  DoubleDouble(double high_part, double low_part) : high(high_part), low(low_part) {}

  /// a + b, exactly. Precondition: |a| ≥ |b| or a = 0.
  static DoubleDouble quick_sum(double a, double b) {
    const double sum = a + b;
    return {sum, b - (sum - a)};
  }
  /// a + b, exactly.
  static DoubleDouble sum(double a, double b) {
    const double total = a + b;
    const double part = total - a;
    return {total, (a - (total - part)) + (b - part)};
  }
  /// a b, exactly.
  static DoubleDouble product(double a, double b) {
    const double value = a * b;
    return {value, std::fma(a, b, -value)};
  }
};

inline DoubleDouble operator-(const DoubleDouble& a) { return {-a.high, -a.low}; }
inline DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
  DoubleDouble high = DoubleDouble::sum(a.high, b.high);
  const DoubleDouble low = DoubleDouble::sum(a.low, b.low);
  high = DoubleDouble::quick_sum(high.high, high.low + low.high);
  return DoubleDouble::quick_sum(high.high, high.low + low.low);
}
inline DoubleDouble operator-(const DoubleDouble& a, const DoubleDouble& b) { return a + -b; }
inline DoubleDouble operator*(const DoubleDouble& a, const DoubleDouble& b) {
  const DoubleDouble high = DoubleDouble::product(a.high, b.high);
  return DoubleDouble::quick_sum(high.high, high.low + (a.high * b.low + a.low * b.high));
}
inline DoubleDouble operator/(const DoubleDouble& a, const DoubleDouble& b) {
  const double first = a.high / b.high;
  const DoubleDouble rest = a - b * first;
  const double second = rest.high / b.high;
  const DoubleDouble left = rest - b * second;
  return DoubleDouble::quick_sum(first, second) + DoubleDouble(left.high / b.high);
}
inline DoubleDouble& operator+=(DoubleDouble& a, const DoubleDouble& b) { return a = a + b; }
inline DoubleDouble& operator-=(DoubleDouble& a, const DoubleDouble& b) { return a = a - b; }

/// √a; 0 for a ≤ 0. One Newton step from the double's root.
inline DoubleDouble root_of(const DoubleDouble& a) {
  if (!(a.high > 0)) return {};
  const double guess = std::sqrt(a.high);
  const DoubleDouble rest = a - DoubleDouble::product(guess, guess);
  return DoubleDouble::quick_sum(guess, rest.high / (2 * guess));
}
inline double root_of(double a) { return a > 0 ? std::sqrt(a) : 0; }

inline double to_double(const DoubleDouble& a) { return a.high + a.low; }
inline double to_double(double a) { return a; }

}  // namespace skymill
