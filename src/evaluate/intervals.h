// The 95 % intervals of metrics: how far a value measured on these rows may be from the value on
// all rows like them. coverage_test.cc checks each by simulation.
#pragma once

#include "evaluate/metrics.h"

namespace skymill {

struct Interval {
  double low = 0;
  double high = 0;
};

/// A share of `rows` rows. E. B. Wilson (1927), "Probable inference", JASA 22, 209–212. Unlike the
/// normal interval it stays inside [0, 1] and is not empty at 0 and 1. `rows` may be an effective
/// number; NaN when it is not positive.
Interval wilson_interval(double share, double rows);

/// Kish's effective number of rows, (Σw)² / Σw² (Survey Sampling, 1965, §11.7): as many equal rows
/// know as much as these weighted ones.
double effective_rows(double weights, double squared_weights);

/// A positive value with this sampling variance: Student's t on the log scale, where the variance
/// is var / x² (delta method). Never leaves the positive numbers, and covers better than the plain
/// one for the skewed means that errors have. `rows`: effective, those the variance was found from.
struct Estimate {
  double value = 0;
  double variance = 0;
  double rows = 0;
};
Interval log_interval(const Estimate& estimate);

/// A share with this sampling variance, normal on the logit scale: variance var / (p (1 - p))²
/// (delta method). Precondition: 0 < share < 1, or NaN.
Interval logit_normal_interval(double share, double variance);

/// What a weighted mean x̄ = Σwx / Σw needs.
struct MeanMoments {
  double w = 0;     // Σw
  double w2 = 0;    // Σw²
  double wx = 0;    // Σwx
  double w2x = 0;   // Σw²x
  double w2x2 = 0;  // Σw²x²
};

/// x̄ with n/(n-1) · Σw²(x - x̄)² / (Σw)², n = effective rows: the linearised variance of a ratio
/// of sums (Särndal, Swensson, Wretman 1992, §5.6–5.7); for equal weights s²/n. It holds when
/// weights depend on x, where s² over the effective rows does not. The variance of one row is NaN.
Estimate mean_estimate(const MeanMoments& moments);
/// n/(n-1), NaN for n ≤ 1: what makes a variance about an estimated mean unbiased.
double small_sample_factor(double rows);

/// A value that these rows do not define: NaN, with the reason in `how`.
MetricValue undefined_metric(std::string name, const std::string& why);

}  // namespace skymill
