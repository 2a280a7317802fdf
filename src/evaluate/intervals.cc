#include "evaluate/intervals.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/real_math.h"
#include "base/text.h"

namespace skymill {
namespace {

constexpr double kZ = 1.959963984540054;  // the normal distribution's 97.5 % point

// A bad argument gives NaN, not an exception.
namespace policies = boost::math::policies;
using Policy = policies::policy<policies::domain_error<policies::ignore_error>,
                                policies::overflow_error<policies::ignore_error>,
                                policies::evaluation_error<policies::ignore_error>,
                                policies::promote_double<false>>;
using Student = boost::math::students_t_distribution<double, Policy>;

}  // namespace

Interval wilson_interval(double share, double rows) {
  if (!(rows > 0)) return {std::nan(""), std::nan("")};
  const double z2 = kZ * kZ / rows;
  const double centre = (share + z2 / 2) / (1 + z2);
  const double half = std::sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2);
  // Rounding must not push an end past the value or out of [0, 1].
  return {share == 0 ? 0 : std::clamp(centre - half, 0.0, share),
          share == 1 ? 1 : std::clamp(centre + half, share, 1.0)};
}

double effective_rows(double weights, double squared_weights) {
  return weights * weights / squared_weights;
}

double small_sample_factor(double rows) { return rows > 1 ? rows / (rows - 1) : std::nan(""); }

Interval log_interval(const Estimate& estimate) {
  const auto& [value, variance, rows] = estimate;
  if (value == 0 && variance == 0) return {0, 0};
  if (!(rows > 1)) return {std::nan(""), std::nan("")};
  const Student student(rows - 1);
  const double t = boost::math::quantile(student, 0.975);
  const double factor = real_exp(t * std::sqrt(variance) / value);
  return {value / factor, value * factor};
}

Interval logit_normal_interval(double share, double variance) {
  const double centre = real_log(share / (1 - share));
  const double half = kZ * std::sqrt(variance) / (share * (1 - share));
  return {logistic(centre - half), logistic(centre + half)};
}

Estimate mean_estimate(const MeanMoments& m) {
  const double mean = m.wx / m.w;
  const double squares = m.w2x2 - 2 * mean * m.w2x + mean * mean * m.w2;
  // Equal values leave a rounding error of either sign. The comparison keeps NaN.
  const double spread = squares < 0 ? 0 : squares;
  const double rows = effective_rows(m.w, m.w2);
  return {mean, small_sample_factor(rows) * spread / (m.w * m.w), rows};
}

MetricValue undefined_metric(std::string name, const std::string& why) {
  const double nan = std::nan("");
  return {std::move(name), nan, nan, nan, cat("undefined: ", why)};
}

}  // namespace skymill
