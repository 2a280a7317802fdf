// Distributions are Boost.Math's, with errors as values: nothing here can throw. Covered by
// linear_regression_test.cc and, against statsmodels, by linear_reference_test.cc.
#include "train/inference.h"

#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace skymill {
namespace {

namespace policies = boost::math::policies;
using Policy = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::underflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>, policies::promote_double<false>>;
using Normal = boost::math::normal_distribution<double, Policy>;
using Student = boost::math::students_t_distribution<double, Policy>;
using Fisher = boost::math::fisher_f_distribution<double, Policy>;

void add_errors(Coefficient& coefficient, double variance_factor, const TableOptions& options) {
  const double error = std::sqrt(variance_factor * *options.variance);
  const double estimate = *coefficient.estimate;
  if (!std::isfinite(error)) return;
  const double margin = upper_quantile(options.degrees) * error;
  coefficient.std_error = error;
  coefficient.low = estimate - margin;
  coefficient.high = estimate + margin;
  if (!(error > 0)) return;
  coefficient.statistic = estimate / error;
  coefficient.p_value = two_sided_p(*coefficient.statistic, options.degrees);
}

}  // namespace

double two_sided_p(double t, std::optional<double> degrees) {
  using boost::math::cdf;
  using boost::math::complement;
  const double size = std::fabs(t);
  if (degrees) return 2 * cdf(complement(Student(*degrees), size));
  return 2 * cdf(complement(Normal(), size));
}

double upper_quantile(std::optional<double> degrees) {
  using boost::math::complement;
  using boost::math::quantile;
  if (degrees) return quantile(complement(Student(*degrees), 0.025));
  return quantile(complement(Normal(), 0.025));
}

double f_upper_tail(double f, double numerator_degrees, double denominator_degrees) {
  using boost::math::cdf;
  using boost::math::complement;
  return cdf(complement(Fisher(numerator_degrees, denominator_degrees), f));
}

std::vector<Coefficient> coefficient_table(const Design& design, const Solution& solution,
                                           const TableOptions& options) {
  std::vector<Coefficient> table;
  if (options.intercept) {
    table.push_back({.term = "(intercept)", .estimate = solution.intercept});
    if (options.variance) add_errors(table.back(), solution.intercept_variance, options);
  }
  for (size_t c = 0; c < design.columns.size(); ++c) {
    table.push_back({.term = design.columns[c].term});
    if (solution.aliased[c]) continue;
    table.back().estimate = solution.estimates[c];
    if (options.variance) add_errors(table.back(), solution.variances[c], options);
  }
  return table;
}

}  // namespace skymill
