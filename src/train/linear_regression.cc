// Linear regression by least squares, one scan over the rows: Gram sums, then Cholesky. What one
// scan in doubles would lose comes back from a second one in double-double: at once where that
// costs milliseconds (rows · columns² ≤ 2e7), else when the condition or a tiny residual asks for
// it. Loss: the mean over rows of half the squared error; penalty l2/2 · ‖β‖², intercept free.
// Weights are analytic, as in R's lm: degrees of freedom count rows of positive weight. Covered by
// linear_regression_test.cc, nist_test.cc and linear_reference_test.cc.
#include <cmath>

#include "base/text.h"
#include "train/gram.h"
#include "train/inference.h"
#include "train/normal_equations.h"
#include "train/trainer.h"

namespace skymill {
namespace {

/// Products (rows · columns²) up to which the exact pass comes first: it takes milliseconds.
constexpr double kSmallProducts = 2e7;
/// Up to which it comes second when it is needed.
constexpr double kMostExactProducts = 4e10;
/// And columns: solving in double-double takes about 3 s for a thousand.
constexpr size_t kMostExactColumns = 1000;
/// Condition up to which Cholesky in doubles keeps about nine digits (error: condition² · eps).
constexpr double kGoodCondition = 3e3;
/// Share of the total square that a residual must have: it is found by subtraction.
constexpr double kGoodResidual = 1e-9;
/// A squared distance below this share of a column's square is an alias: R's 1e-7, squared, and
/// 1e-12 squared where sums are exact.
constexpr double kAliased = 1e-14;
constexpr double kAliasedExact = 1e-24;
/// A residual below this share is the rounding of the numbers themselves: the fit is perfect.
constexpr double kPerfect = 1e-28;

struct Settings {
  double l2;
  bool intercept;
  bool standardise;
};

struct LeastSquares {
  Design design;
  Solution solution;
  uint64_t rows = 0;
  double weight = 0;
  Precision precision = Precision::kDouble;
};

class Fitter {
 public:
  Fitter(RowSource& source, FitContext& context, Settings settings)
      : source_(source), context_(context), settings_(settings) {}

  Result<Fit> fit();

 private:
  Result<void> scan(Precision precision);
  template <typename T>
  void solve_as();
  Result<void> check_rows() const;
  double products(uint64_t rows) const;
  Fit report() const;
  Json details(double residual_variance, double degrees) const;

  RowSource& source_;
  FitContext& context_;
  Settings settings_;
  std::vector<uint32_t> levels_;
  std::unique_ptr<GramState> state_;
  LeastSquares result_;
};

double Fitter::products(uint64_t rows) const {
  double columns = 2;
  for (const uint32_t levels : levels_) columns += levels == 0 ? 1 : levels;
  return static_cast<double>(rows) * columns * columns;
}

Result<void> Fitter::scan(Precision precision) {
  const GramParameters parameters{.levels = levels_, .precision = precision};
  const Job job{.pass = "gram",
                .parameters = parameters.to_bytes(),
                .rows = context_.rows,
                .transforms = context_.plan};
  state_ = SKYMILL_TRY(run_one<GramState>(source_, job, context_.run));
  result_.rows = state_->rows();
  result_.precision = precision;
  SKYMILL_TRY(check_finite(state_->sums(), context_.features));
  result_.design = Design::make(context_.features, state_->sums());
  SKYMILL_TRY(check_rows());
  if (precision == Precision::kDouble) {
    solve_as<double>();
  } else {
    solve_as<DoubleDouble>();
  }
  return {};
}

template <typename T>
void Fitter::solve_as() {
  const GramSums& sums = state_->sums();
  const auto moments = Moments<T>::make(result_.design, sums, settings_.intercept);
  SolveOptions options{.tolerance =
                           result_.precision == Precision::kDouble ? kAliased : kAliasedExact};
  result_.weight = to_double(moments.weight);
  if (settings_.l2 > 0) {
    for (size_t j = 0; j < moments.columns; ++j) {
      double square = 1;  // of the scale in which the penalty measures
      if (settings_.standardise) square = to_double(moments.at(j, j)) / result_.weight;
      options.penalty.push_back(settings_.l2 * result_.weight * square);
    }
  }
  result_.solution = solve(moments, options, sums.kernel());
  Solution& solution = result_.solution;
  if (solution.residual_square <= kPerfect * solution.total_square) solution.residual_square = 0;
}

Result<void> Fitter::check_rows() const {
  if (result_.rows == 0) {
    return Error{Code::kInvalidArgument, "there are no rows to train on",
                 "look at --where, and at labels and weights that are missing"};
  }
  const size_t terms = result_.design.columns.size() + (settings_.intercept ? 1 : 0);
  if (settings_.l2 == 0 && terms > result_.rows) {
    return Error{Code::kInvalidArgument,
                 cat("more coefficients (", terms, ") than rows (", result_.rows, ")"),
                 "use fewer features, more rows, or a penalty: --set l2=0.01"};
  }
  return {};
}

Result<Fit> Fitter::fit() {
  if (source_.schema().task != Task::kRegression) {
    return Error{
        Code::kInvalidArgument,
        cat("linear_regression predicts numbers; '", source_.schema().label, "' has classes"),
        "use --model logistic_regression",
        {.field = source_.schema().label}};
  }
  levels_ = SKYMILL_TRY(design_levels(context_.features));
  SKYMILL_TRY(check_memory(levels_, context_.run.pool.threads(), 1, context_.memory_bytes));
  const uint64_t known = source_.counts().used();  // 0 before the first scan
  if (known > 0 && products(known) <= kSmallProducts) {
    SKYMILL_TRY(scan(Precision::kDoubleDouble));
    return report();
  }
  SKYMILL_TRY(scan(Precision::kDouble));
  const Solution& solution = result_.solution;
  const bool small = products(result_.rows) <= kSmallProducts;
  const bool weak = solution.rank < result_.design.columns.size() ||
                    solution.condition > kGoodCondition ||
                    solution.residual_square < kGoodResidual * solution.total_square;
  const bool affordable = products(result_.rows) <= kMostExactProducts &&
                          result_.design.columns.size() <= kMostExactColumns;
  if (small || (weak && affordable)) SKYMILL_TRY(scan(Precision::kDoubleDouble));
  return report();
}

Json Fitter::details(double residual_variance, double degrees) const {
  const Solution& solution = result_.solution;
  Json details = Json::object();
  details.set("rows", result_.rows);
  details.set("degrees_of_freedom", degrees);
  details.set("method",
              result_.precision == Precision::kDouble ? "cholesky" : "cholesky in double-double");
  details.set("kernel", kernel_level_name(state_->sums().kernel().level));
  details.set("condition", solution.condition);
  const double total = solution.total_square;
  if (total > 0) details.set("r_squared", 1 - solution.residual_square / total);
  if (settings_.l2 > 0 || !(degrees > 0)) return details;
  const double total_degrees = static_cast<double>(result_.rows) - (settings_.intercept ? 1 : 0);
  if (total > 0) {
    details.set("adjusted_r_squared", 1 - residual_variance / (total / total_degrees));
  }
  details.set("residual_standard_error", std::sqrt(residual_variance));
  const auto rank = static_cast<double>(solution.rank);
  if (solution.rank > 0 && residual_variance > 0) {
    const double f = (total - solution.residual_square) / rank / residual_variance;
    details.set("f_statistic", f);
    details.set("f_p_value", f_upper_tail(f, rank, degrees));
  }
  return details;
}

Fit Fitter::report() const {
  const Solution& solution = result_.solution;
  const double degrees = static_cast<double>(result_.rows) - static_cast<double>(solution.rank) -
                         (settings_.intercept ? 1 : 0);
  const double variance = degrees > 0 ? solution.residual_square / degrees : 0;
  Fit fit;
  fit.report.details = details(variance, degrees);
  TableOptions options{.intercept = settings_.intercept};
  if (settings_.l2 == 0 && degrees > 0) {
    options.variance = variance;
    options.degrees = degrees;
  }
  fit.report.coefficients = coefficient_table(result_.design, solution, options);
  add_design_warnings(result_.design, solution, result_.precision, fit.report.warnings);
  LinearModel model{.link = Link::kIdentity, .intercept = solution.intercept};
  model.terms = model_terms(result_.design, context_.features, solution.estimates);
  fit.body = std::move(model);
  return fit;
}

Result<Fit> fit_linear(RowSource& source, const Params& params, FitContext& context) {
  return Fitter(source, context,
                {.l2 = params.number("l2"),
                 .intercept = params.boolean("intercept"),
                 .standardise = params.boolean("standardise")})
      .fit();
}

}  // namespace

TrainerInfo linear_regression() {
  return {
      .name = "linear_regression",
      .summary = "least squares, with standard errors; l2 makes it ridge regression",
      .tasks = {Task::kRegression},
      .params = {{"l2", ParamType::kNumber, 0.0,
                  "penalty l2/2 times the squared length of the coefficients, beside half the mean "
                  "squared error",
                  0},
                 {"intercept", ParamType::kBoolean, true, "whether to fit an intercept"},
                 {"standardise", ParamType::kBoolean, false,
                  "whether the penalty measures columns in their standard deviations"}},
      .native_missing = false,
      .fit = fit_linear,
  };
}

}  // namespace skymill
