#include "train/fit_model.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "prepare/row_count.h"
#include "prepare/split.h"

namespace skymill {
namespace {

/// Adds the time from its making to its end to a counter.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

struct Fitted {
  std::shared_ptr<const Model> model;
  Baseline baseline;
  FitReport report;
};

/// One run over a source with one set of options.
class Fitting {
 public:
  Fitting(RowSource& source, const FitOptions& options, RunContext& context)
      : source_(source), options_(options), context_(context) {}

  /// Plan and body from the selected rows.
  Result<Fitted> fit(const Selection& rows);
  /// The state of judging a model on the selected rows, beside the baseline of its own rows.
  Result<std::unique_ptr<PassState>> judge(const Fitted& fitted, const Selection& rows);
  const FitSeconds& seconds() const { return seconds_; }

 private:
  Json provenance(const Baseline& baseline) const;

  RowSource& source_;
  const FitOptions& options_;
  RunContext& context_;
  FitSeconds seconds_;
};

Json Fitting::provenance(const Baseline& baseline) const {
  Json out = Json::object();
  out.set("trainer", options_.trainer->name);
  out.set("parameters", options_.params.to_json());
  out.set("seed", std::to_string(options_.seed));  // as text: JSON numbers end at 2^53
  out.set("baseline", baseline_json(baseline));
  return out;
}

Result<Fitted> Fitting::fit(const Selection& rows) {
  std::shared_ptr<const FeaturePlan> plan;
  {
    const Stopwatch watch(seconds_.plan);
    plan = SKYMILL_TRY(
        fit_plan(source_, rows,
                 {.missing = options_.missing, .native_missing = options_.trainer->native_missing},
                 context_));
  }
  const Stopwatch watch(seconds_.fit);
  FitContext fit_context{.run = context_,
                         .seed = options_.seed,
                         .plan = {plan},
                         .features = plan->output(),
                         .rows = rows,
                         .memory_bytes = options_.memory_bytes};
  Fit fit = SKYMILL_TRY(options_.trainer->fit(source_, options_.params, fit_context));
  SKYMILL_TRY(source_.keep({}));
  auto model = std::make_shared<Model>();
  model->rows = source_.schema();
  model->rows.weight.clear();
  model->rows.key.clear();
  model->plan = std::move(plan);
  model->body = std::move(fit.body);
  model->null_texts = options_.null_texts;
  Baseline baseline = SKYMILL_TRY(fit_baseline(source_, rows, context_));
  model->provenance = provenance(baseline);
  SKYMILL_TRY(model->validate());
  return Fitted{std::move(model), std::move(baseline), std::move(fit.report)};
}

Result<std::unique_ptr<PassState>> Fitting::judge(const Fitted& fitted, const Selection& rows) {
  const Stopwatch watch(seconds_.evaluate);
  Job job = SKYMILL_TRY(metric_job(fitted.model, fitted.baseline, rows));
  auto states = SKYMILL_TRY(source_.run(std::span<const Job>(&job, 1), context_));
  return std::move(states.front());
}

Result<std::optional<Fitted>> hold_out(Fitting& fitting, RowSource& source,
                                       const FitOptions& options, RunContext& context,
                                       FitOutcome& outcome) {
  const Selection split = SKYMILL_TRY(
      split_rows(source, options.seed, {1 - options.hold_out, options.hold_out}, context));
  Fitted fitted = SKYMILL_TRY(fitting.fit(only_fold(split, 0)));
  std::vector<std::unique_ptr<PassState>> states;
  states.push_back(SKYMILL_TRY(fitting.judge(fitted, only_fold(split, 1))));
  outcome.metrics = SKYMILL_TRY(collect_metrics(std::move(states)));
  outcome.judged_by =
      cat("hold-out of ", format_short(options.hold_out * 100, 4), " % of the rows");
  return std::optional<Fitted>(std::move(fitted));
}

Result<void> cross_validate(Fitting& fitting, RowSource& source, const FitOptions& options,
                            RunContext& context, FitOutcome& outcome) {
  const std::vector<double> shares(options.folds, 1.0 / options.folds);
  const Selection split = SKYMILL_TRY(split_rows(source, options.seed, shares, context));
  std::vector<std::unique_ptr<PassState>> states;
  for (size_t fold = 0; fold < options.folds; ++fold) {
    const Selection training = all_but_fold(split, fold, options.folds);
    const Fitted fitted =
        SKYMILL_TRY(fitting.fit(training).context(cat("fold ", fold + 1, " of ", options.folds)));
    states.push_back(SKYMILL_TRY(fitting.judge(fitted, only_fold(split, fold))));
  }
  outcome.metrics = SKYMILL_TRY(collect_metrics(std::move(states)));
  outcome.judged_by = cat(options.folds, "-fold cross-validation");
  return {};
}

Result<void> check_task(const RowSource& source, const TrainerInfo& trainer) {
  for (const Task task : trainer.tasks) {
    if (task == source.schema().task) return {};
  }
  return Error{Code::kInvalidArgument,
               cat(trainer.name, " cannot do ", task_name(source.schema().task)),
               "choose another trainer with --model",
               {.field = source.schema().label}};
}

bool drops_rows(const FeaturePlan& plan) {
  return std::ranges::any_of(plan.columns(), [](const ColumnPlan& column) {
    return column.missing == MissingMethod::kDrop;
  });
}

}  // namespace

Result<FitOutcome> fit_model(RowSource& source, const FitOptions& options, RunContext& context) {
  SKYMILL_TRY(check_task(source, *options.trainer));
  FitOutcome outcome;
  Fitting fitting(source, options, context);
  std::optional<Fitted> fitted;
  if (options.folds > 1) {
    SKYMILL_TRY(cross_validate(fitting, source, options, context, outcome));
  } else if (options.hold_out > 0) {
    fitted = SKYMILL_TRY(hold_out(fitting, source, options, context, outcome));
  }
  if (!fitted || options.refit) fitted = SKYMILL_TRY(fitting.fit({}));
  outcome.model = std::move(fitted->model);
  outcome.report = std::move(fitted->report);
  outcome.counts = source.counts();
  if (drops_rows(*outcome.model->plan)) {
    const uint64_t kept = SKYMILL_TRY(count_rows(source, {}, {outcome.model->plan}, context));
    outcome.rows_dropped_by_plan = outcome.counts.used() - kept;
  }
  outcome.seconds = fitting.seconds();
  return outcome;
}

}  // namespace skymill
