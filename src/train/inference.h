// What statisticians expect beside the coefficients: standard errors, t or z, p-values, 95 %
// intervals, F.
#pragma once

#include <optional>
#include <vector>

#include "train/normal_equations.h"
#include "train/trainer.h"

namespace skymill {

struct TableOptions {
  bool intercept = true;
  /// What variance factors are multiplied by: the residual variance, or 1 for likelihoods. Nothing:
  /// no errors (a penalised fit, or no degrees of freedom).
  std::optional<double> variance = {};
  /// Of Student's t; nothing: the normal distribution.
  std::optional<double> degrees = {};
};

/// One line per term, the intercept first; an aliased term has no estimate. A standard error of 0
/// (a perfect fit) leaves statistic and p-value empty.
std::vector<Coefficient> coefficient_table(const Design& design, const Solution& solution,
                                           const TableOptions& options);

/// P(|T| > |t|), for the normal distribution without `degrees`.
double two_sided_p(double t, std::optional<double> degrees);
/// The quantile that 2.5 % exceed.
double upper_quantile(std::optional<double> degrees);
/// P(F > f).
double f_upper_tail(double f, double numerator_degrees, double denominator_degrees);

}  // namespace skymill
