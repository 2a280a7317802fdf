// Binary logistic regression by Newton's method; every step is one scan for loss, gradient and
// Hessian, solved as a weighted least squares. A step that does not lower the objective is halved,
// three halves in one scan. It stops when gradient and Newton decrement are below the tolerance and
// then takes that last step too, whose error is the square of what is left.
// Loss: the mean over rows of the negative log-likelihood; penalty l2/2 · ‖β‖², intercept free.
// Separation without a penalty: proven when every row is on its side (complete), else recognised by
// Newton's linear convergence, one unit of the predictor a step, where it should be quadratic
// (quasi-complete; Albert and Anderson 1984). Covered by logistic_regression_test.cc and
// linear_reference_test.cc.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/real_math.h"
#include "base/text.h"
#include "train/inference.h"
#include "train/logistic.h"
#include "train/normal_equations.h"
#include "train/trainer.h"

namespace skymill {
namespace {

/// Squared share of a column that those before it must leave, in the first Hessian.
constexpr double kAliased = 1e-12;
/// An objective that rises by less is rounding.
constexpr double kRounding = 1e-13;
/// All rows this far on their side: going on only lets the estimates grow.
constexpr double kWideMargin = 15;
constexpr int kMostHalvings = 21;
constexpr int kHalvingsAtOnce = 3;  // in one scan

struct Settings {
  double l2;
  bool intercept;
  bool standardise;
  int64_t max_iterations;
  double tolerance;
};

/// Coefficients: the intercept about the centres, and one per design column.
struct Point {
  double intercept = 0;
  std::vector<double> slopes;
};

using States = std::vector<std::unique_ptr<LogisticState>>;

class Newton {
 public:
  Newton(RowSource& source, FitContext& context, Settings settings)
      : source_(source), context_(context), settings_(settings) {}

  Result<Fit> fit();

 private:
  Result<void> check_task() const;
  Result<void> start();
  Result<void> check_rows() const;
  Result<void> iterate();
  Moments<double> moments() const;
  /// Solves for the step from point_; sets decrement_ and gradient_.
  void find_step();
  Result<bool> take_step();
  Result<States> evaluate(std::span<const Point> points);
  LogisticParameters parameters_at(const Point& point) const;
  Point moved(double share) const;
  double objective(const LogisticState& state, const Point& point) const;
  double penalty(size_t column) const { return settings_.l2 * penalty_square_[column]; }
  bool linear_convergence() const {
    return decrement_ > 0.1 * last_decrement_ && state_->link().max_predictor > 10;
  }
  void add_warnings(std::vector<std::string>& warnings) const;
  Json details(const Solution& solution) const;
  Fit report() const;

  RowSource& source_;
  FitContext& context_;
  Settings settings_;
  std::shared_ptr<const GramLayout> layout_;
  Design design_;
  double weight_ = 0;
  std::vector<bool> aliased_;
  std::vector<double> centres_;         // per design column; 0 for levels
  std::vector<double> deviations_;      // per design column
  std::vector<double> penalty_square_;  // per design column

  Point point_;
  std::unique_ptr<LogisticState> state_;  // at point_
  double objective_ = 0;
  Point step_;
  double decrement_ = 0;  // Newton's, squared, of the mean loss
  double last_decrement_ = 0;
  double gradient_ = 0;  // largest, of standardised columns
  int64_t iterations_ = 0;
  bool converged_ = false;
};

Result<void> Newton::check_task() const {
  const RowSchema& schema = source_.schema();
  if (schema.task != Task::kClassification) {
    return Error{Code::kInvalidArgument,
                 cat("logistic_regression predicts classes; '", schema.label, "' is a number"),
                 "use --model linear_regression, or --task classification",
                 {.field = schema.label}};
  }
  if (schema.classes.size() == 2) return {};
  if (schema.classes.size() < 2) {
    return Error{Code::kInvalidArgument,
                 cat("the label '", schema.label, "' has one class only"),
                 "a classifier needs two",
                 {.field = schema.label}};
  }
  return Error{Code::kUnsupported,
               cat("logistic_regression takes two classes; '", schema.label, "' has ",
                   schema.classes.size()),
               "use --model decision_tree or random_forest",
               {.field = schema.label}};
}

LogisticParameters Newton::parameters_at(const Point& point) const {
  LogisticParameters parameters = LogisticParameters::zero(*layout_);
  parameters.intercept = point.intercept;
  std::vector<size_t> start;  // per category: its first effect
  size_t levels = 0;
  for (const size_t feature : layout_->categories) {
    start.push_back(levels);
    levels += layout_->levels[feature];
  }
  for (size_t c = 0; c < design_.columns.size(); ++c) {
    const Design::Column& column = design_.columns[c];
    const size_t place = layout_->place[column.feature];
    if (layout_->levels[column.feature] == 0) {
      parameters.slopes[place] = point.slopes[c];
      parameters.centres[place] = centres_[c];
    } else {
      parameters.effects[start[place] + column.level] = point.slopes[c];
    }
  }
  return parameters;
}

Result<States> Newton::evaluate(std::span<const Point> points) {
  std::vector<Job> jobs;
  for (const Point& point : points) {
    jobs.push_back({.pass = "logistic",
                    .parameters = parameters_at(point).to_bytes(),
                    .rows = context_.rows,
                    .transforms = context_.plan});
  }
  auto states = SKYMILL_TRY(source_.run(jobs, context_.run));
  States result;
  for (auto& state : states) result.push_back(state_as<LogisticState>(std::move(state)));
  return result;
}

double Newton::objective(const LogisticState& state, const Point& point) const {
  double square = 0;
  for (size_t c = 0; c < point.slopes.size(); ++c) {
    square += penalty(c) * point.slopes[c] * point.slopes[c];
  }
  const double value = state.link().loss / weight_ + square / 2;
  return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
}

Moments<double> Newton::moments() const {
  return Moments<double>::make(design_, state_->sums(), settings_.intercept);
}

Result<void> Newton::check_rows() const {
  const auto& rows = state_->class_rows();
  const std::string& label = source_.schema().label;
  if (rows[0] + rows[1] == 0) {
    return Error{Code::kInvalidArgument, "there are no rows to train on",
                 "look at --where, and at labels and weights that are missing"};
  }
  if (rows[0] == 0 || rows[1] == 0) {
    return Error{Code::kInvalidArgument,
                 cat("the label '", label, "' has one class only in these rows: '",
                     source_.schema().classes[rows[1] == 0 ? 0 : 1], "'"),
                 "a classifier needs rows of both classes",
                 {.field = label}};
  }
  const size_t terms = design_.columns.size() + (settings_.intercept ? 1 : 0);
  if (settings_.l2 == 0 && terms > rows[0] + rows[1]) {
    return Error{Code::kInvalidArgument,
                 cat("more coefficients (", terms, ") than rows (", rows[0] + rows[1], ")"),
                 "use fewer features, more rows, or a penalty: --set l2=0.01"};
  }
  return {};
}

// The scan at zero: a quarter of the plain Gram matrix, so also means, deviations and aliases.
Result<void> Newton::start() {
  const auto levels = SKYMILL_TRY(design_levels(context_.features));
  SKYMILL_TRY(
      check_memory(levels, context_.run.pool.threads(), kHalvingsAtOnce, context_.memory_bytes));
  layout_ = std::make_shared<const GramLayout>(SKYMILL_TRY(GramLayout::make(levels)));
  if (!context_.plan.empty()) SKYMILL_TRY(source_.keep(context_.plan));
  const Point zero;
  state_ = std::move(SKYMILL_TRY(evaluate(std::span(&zero, 1))).front());
  SKYMILL_TRY(check_finite(state_->sums(), context_.features));
  design_ = Design::make(context_.features, state_->sums());
  weight_ = state_->class_weight()[0] + state_->class_weight()[1];
  SKYMILL_TRY(check_rows());
  const Moments<double> about = Moments<double>::make(design_, state_->sums(), true);
  for (size_t c = 0; c < about.columns; ++c) {
    const bool number = layout_->levels[design_.columns[c].feature] == 0;
    centres_.push_back(number && settings_.intercept ? about.mean[c] : 0);
    const double square = about.at(c, c) / about.weight;
    deviations_.push_back(std::sqrt(std::max(square, 0.0)));
    penalty_square_.push_back(settings_.standardise ? square : 1);
  }
  SolveOptions options{.tolerance = kAliased, .inverse = false};
  for (size_t c = 0; c < about.columns && settings_.l2 > 0; ++c) {
    options.penalty.push_back(penalty(c) * weight_);
  }
  aliased_ = solve(moments(), options, state_->sums().kernel()).aliased;
  point_.slopes.resize(about.columns);
  objective_ = objective(*state_, point_);
  return {};
}

void Newton::find_step() {
  Moments<double> system = moments();
  SolveOptions options{.tolerance = 1e-15, .aliased = aliased_, .inverse = false};
  for (size_t c = 0; c < system.columns && settings_.l2 > 0; ++c) {
    options.penalty.push_back(penalty(c) * weight_);
    system.cross[c] -= options.penalty[c] * point_.slopes[c];
  }
  const Solution solution = solve(system, options, state_->sums().kernel());
  step_.slopes = solution.estimates;
  last_decrement_ = decrement_;
  decrement_ = solution.explained / weight_;
  gradient_ = 0;
  step_.intercept = 0;
  if (settings_.intercept) {
    step_.intercept = system.response_mean;
    const double total = system.response_mean * system.weight;
    decrement_ += total * system.response_mean / weight_;
    gradient_ = std::fabs(total) / weight_;
  }
  for (size_t c = 0; c < system.columns; ++c) {
    if (solution.aliased[c]) continue;
    if (settings_.intercept) {
      step_.intercept -= (system.mean[c] - centres_[c]) * step_.slopes[c];
    }
    const double scale = deviations_[c] > 0 ? deviations_[c] : 1;
    gradient_ = std::max(gradient_, std::fabs(system.cross[c]) / (scale * weight_));
  }
}

Point Newton::moved(double share) const {
  Point point = point_;
  point.intercept += share * step_.intercept;
  for (size_t c = 0; c < point.slopes.size(); ++c) point.slopes[c] += share * step_.slopes[c];
  return point;
}

/// Moves along the step; false when no share of it lowers the objective.
Result<bool> Newton::take_step() {
  std::vector<double> shares = {1};
  for (int halvings = 0; halvings <= kMostHalvings;) {
    std::vector<Point> points;
    points.reserve(shares.size());
    for (const double share : shares) points.push_back(moved(share));
    States states = SKYMILL_TRY(evaluate(points));
    for (size_t i = 0; i < states.size(); ++i) {
      const double value = objective(*states[i], points[i]);
      if (!(value <= objective_ + kRounding * std::fabs(objective_))) continue;
      state_ = std::move(states[i]);
      point_ = std::move(points[i]);
      objective_ = value;
      return true;
    }
    const double last = shares.back();
    shares = {last / 2, last / 4, last / 8};
    halvings += kHalvingsAtOnce;
  }
  return false;
}

Result<void> Newton::iterate() {
  const double small = settings_.tolerance * settings_.tolerance;
  while (true) {
    SKYMILL_TRY(context_.run.cancel.check());
    find_step();
    converged_ = decrement_ / 2 <= small && gradient_ <= settings_.tolerance;
    if (converged_) break;
    if (settings_.l2 == 0 && iterations_ > 0 && state_->link().min_margin > kWideMargin) break;
    if (iterations_ == settings_.max_iterations) break;
    ++iterations_;
    if (!SKYMILL_TRY(take_step())) break;
  }
  return {};
}

Result<Fit> Newton::fit() {
  SKYMILL_TRY(check_task());
  SKYMILL_TRY(start());
  SKYMILL_TRY(iterate());
  return report();
}

void Newton::add_warnings(std::vector<std::string>& warnings) const {
  const bool complete = state_->link().min_margin > 0 && iterations_ > 0;
  const bool quasi = iterations_ >= 6 && linear_convergence();
  if (settings_.l2 == 0 && (complete || quasi)) {
    double largest = 0;
    for (size_t c = 0; c < design_.columns.size(); ++c) {
      largest = std::max(largest, std::fabs(step_.slopes[c]) * deviations_[c]);
    }
    std::vector<std::string> terms;
    for (size_t c = 0; c < design_.columns.size() && terms.size() < 5; ++c) {
      const double share = std::fabs(step_.slopes[c]) * deviations_[c];
      if (share > 0.1 * largest) terms.push_back(design_.columns[c].term);
    }
    warnings.push_back(cat("separation: ",
                           complete ? "the features tell the classes apart exactly"
                                    : "some rows are told apart exactly",
                           " (", join(terms, ", "),
                           "), so estimates grow without limit and their errors mean nothing; "
                           "use a penalty: --set l2=0.01"));
    return;
  }
  if (!converged_) {
    warnings.push_back(cat("did not converge in ", iterations_, " iterations (gradient ",
                           format_short(gradient_, 2), "); raise max_iterations, or use l2"));
  }
}

Json Newton::details(const Solution& solution) const {
  Json details = Json::object();
  const auto& rows = state_->class_rows();
  details.set("rows", rows[0] + rows[1]);
  details.set("iterations", iterations_);
  details.set("converged", converged_);
  details.set("method", "newton");
  details.set("kernel", kernel_level_name(state_->sums().kernel().level));
  details.set("condition", solution.condition);
  const double loss = state_->link().loss;
  details.set("log_likelihood", -loss);
  double null_loss = weight_ * real_log(2);
  if (settings_.intercept) {
    null_loss = 0;
    for (const double weight : state_->class_weight()) {
      null_loss -= weight * real_log(weight / weight_);
    }
  }
  details.set("deviance", 2 * loss);
  details.set("null_deviance", 2 * null_loss);
  details.set("pseudo_r_squared", 1 - loss / null_loss);
  if (settings_.l2 == 0) {
    const auto terms = static_cast<double>(solution.rank + (settings_.intercept ? 1 : 0));
    details.set("aic", 2 * loss + 2 * terms);
  }
  return details;
}

Fit Newton::report() const {
  SolveOptions options{.tolerance = 1e-15, .aliased = aliased_};
  for (size_t c = 0; c < design_.columns.size() && settings_.l2 > 0; ++c) {
    options.penalty.push_back(penalty(c) * weight_);
  }
  Solution solution = solve(moments(), options, state_->sums().kernel());
  const Point point = converged_ ? moved(1) : point_;
  solution.estimates = point.slopes;
  solution.intercept = point.intercept;
  for (size_t c = 0; c < point.slopes.size(); ++c) {
    solution.intercept -= point.slopes[c] * centres_[c];
  }
  Fit fit;
  fit.report.details = details(solution);
  solution.aliased = aliased_;
  TableOptions table{.intercept = settings_.intercept};
  if (settings_.l2 == 0) table.variance = 1;
  fit.report.coefficients = coefficient_table(design_, solution, table);
  add_design_warnings(design_, solution, Precision::kDouble, fit.report.warnings);
  add_warnings(fit.report.warnings);
  LinearModel model{.link = Link::kLogistic, .intercept = solution.intercept};
  model.terms = model_terms(design_, context_.features, solution.estimates);
  fit.body = std::move(model);
  return fit;
}

Result<Fit> fit_logistic(RowSource& source, const Params& params, FitContext& context) {
  return Newton(source, context,
                {.l2 = params.number("l2"),
                 .intercept = params.boolean("intercept"),
                 .standardise = params.boolean("standardise"),
                 .max_iterations = params.integer("max_iterations"),
                 .tolerance = params.number("tolerance")})
      .fit();
}

}  // namespace

TrainerInfo logistic_regression() {
  return {
      .name = "logistic_regression",
      .summary = "probabilities of two classes by maximum likelihood, with standard errors",
      .tasks = {Task::kClassification},
      .params = {{"l2", ParamType::kNumber, 0.0,
                  "penalty l2/2 times the squared length of the coefficients, beside the mean loss",
                  0},
                 {"intercept", ParamType::kBoolean, true, "whether to fit an intercept"},
                 {"standardise", ParamType::kBoolean, false,
                  "whether the penalty measures columns in their standard deviations"},
                 {"max_iterations", ParamType::kInteger, int64_t{100}, "most Newton steps", 1,
                  10000},
                 {"tolerance", ParamType::kNumber, 1e-8,
                  "stop when gradient and the root of Newton's decrement are below", 1e-14, 1}},
      .native_missing = false,
      .fit = fit_logistic,
  };
}

}  // namespace skymill
