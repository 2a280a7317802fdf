// train: rows of a data file to a model file, and a report of what was learned and how good it is.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>

#include "base/sha256.h"
#include "base/text.h"
#include "cli/bad_row_policy.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "cli/query_output.h"
#include "cli/registry_options.h"
#include "cli/train_report.h"
#include "kernel/kernel.h"
#include "model/model_file.h"
#include "prepare/choose_rows.h"
#include "store/stores.h"
#include "train/fit_model.h"

namespace skymill {
namespace {

struct TrainOptions {
  std::string source;
  std::string query;
  std::string where;
  std::string label;
  std::vector<std::string> features;
  std::string trainer = "random_forest";
  std::vector<std::string> params;
  std::string missing;
  std::string task;
  std::string weight;
  std::string row_key;
  double hold_out = 0.2;
  unsigned folds = 0;
  bool no_refit = false;
  std::string out;
  std::string name;  // in the registry; empty: not registered
  std::string alias;
  RegistryOptions registry;
  CommonOptions common;
  DataOptions data;
};

class Clock {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Empty when the model goes to the registry only.
std::string model_path(const TrainOptions& options) {
  if (!options.out.empty() || !options.name.empty()) return options.out;
  return options.label + ".skymill";
}

/// What can be checked before looking at data.
struct Checked {
  const TrainerInfo* trainer;
  FitOptions fit;
  std::optional<Task> task;
  BadRowPolicy bad_rows;
};

Result<Checked> check(const TrainOptions& options) {
  Checked checked{.trainer = SKYMILL_TRY(trainer_named(options.trainer)),
                  .fit = {},
                  .task = {},
                  .bad_rows = {}};
  checked.fit.trainer = checked.trainer;
  checked.fit.params = SKYMILL_TRY(Params::parse(checked.trainer->params, options.params));
  if (!options.missing.empty()) {
    checked.fit.missing = SKYMILL_TRY(MissingPolicy::parse(options.missing));
  }
  const auto refuse = [](std::string what, std::string hint, std::string field) {
    return Error{
        Code::kInvalidArgument, std::move(what), std::move(hint), {.field = std::move(field)}};
  };
  if (!(options.hold_out >= 0 && options.hold_out < 1)) {
    return refuse(cat("--split ", options.hold_out, " is no share"), "0 or more, below 1", "split");
  }
  if (options.folds == 1 || options.folds > 64) {
    return refuse(cat("--cv ", options.folds, " is no number of folds"), "2 to 64", "cv");
  }
  if (options.source.empty() && options.query.empty()) {
    return refuse("there is nothing to train on", "name a source, or give --query", "source");
  }
  if (!options.query.empty() && !options.where.empty()) {
    return refuse("--where and --query do not go together", "filter in the query", "where");
  }
  checked.bad_rows = SKYMILL_TRY(BadRowPolicy::parse(options.data.bad_rows));
  if (!options.task.empty()) {
    if (options.task != "regression" && options.task != "classification") {
      return refuse(cat("--task ", options.task, " is unknown"), "regression or classification",
                    "task");
    }
    checked.task = options.task == "regression" ? Task::kRegression : Task::kClassification;
  }
  std::error_code unknown;
  if (options.out.ends_with('/') || std::filesystem::is_directory(options.out, unknown)) {
    return refuse(cat("--out ", options.out, " is a directory"), "name a file", "out");
  }
  if (!options.name.empty()) SKYMILL_TRY(check_model_name(options.name));
  if (!options.alias.empty()) SKYMILL_TRY(check_alias(options.alias));
  if (!options.alias.empty() && options.name.empty()) {
    return refuse("--alias says which version it means", "add --register NAME", "alias");
  }
  SKYMILL_TRY(check_distinct_files({{"source", options.source},
                                    {"--out", model_path(options)},
                                    {"--bad-rows", checked.bad_rows.file()}}));
  checked.fit.hold_out = options.folds > 1 ? 0 : options.hold_out;
  checked.fit.folds = options.folds;
  checked.fit.refit = !options.no_refit;
  checked.fit.seed = options.common.seed;
  checked.fit.null_texts = options.data.null_texts();
  return checked;
}

std::string base_sql(const TrainOptions& options) {
  if (!options.query.empty()) return options.query;
  return options.where.empty() ? "SELECT * FROM data"
                               : cat("SELECT * FROM data WHERE ", options.where);
}

RowRequest row_request(const TrainOptions& options, const Checked& checked) {
  const auto can = [&](Task task) {
    return std::ranges::find(checked.trainer->tasks, task) != checked.trainer->tasks.end();
  };
  return {.label = options.label,
          .features = options.features,
          .weight = options.weight,
          .key = options.row_key,
          .task = checked.task,
          .classifier = can(Task::kClassification),
          .regressor = can(Task::kRegression),
          .trainer = std::string(checked.trainer->name)};
}

/// The rows as the survey and the source read them.
struct Rows {
  std::string sql;
  ChosenRows chosen;
};

/// Distinct names of the columns that training looks at; none when that is all of them.
std::vector<std::string> looked_at(const TrainOptions& options) {
  if (options.features.empty()) return {};
  std::vector<std::string> columns;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && std::ranges::find(columns, name) == columns.end()) columns.push_back(name);
  };
  for (const std::string& name : options.features) add(name);
  for (const std::string& name : {options.label, options.weight, options.row_key}) add(name);
  return columns;
}

Result<Rows> choose(Engine& engine, const TrainOptions& options, const Checked& checked) {
  Rows rows{.sql = base_sql(options), .chosen = {}};
  auto stream = SKYMILL_TRY(engine.query(rows.sql, looked_at(options)));
  const Survey survey = SKYMILL_TRY(survey_rows(*stream, options.label, interrupt()));
  rows.chosen = SKYMILL_TRY(choose_rows(survey, row_request(options, checked)));
  return rows;
}

/// The first rows that training used, at most eight and without a gap, with the model's input
/// columns: the golden rows of the model file.
Result<Table> first_rows(Engine& engine, const std::string& sql, const RowSchema& rows) {
  constexpr size_t kRows = 8;
  const std::vector<std::string> inputs = input_schema(rows, false).names();
  std::vector<std::string> columns = inputs;
  columns.push_back(rows.label);
  if (!rows.weight.empty()) columns.push_back(rows.weight);
  auto stream = SKYMILL_TRY(engine.query(sql, columns));
  while (auto table = SKYMILL_TRY(stream->next())) {
    const auto used = [&](size_t row) {
      return std::none_of(table->columns.begin() + static_cast<std::ptrdiff_t>(inputs.size()),
                          table->columns.end(),
                          [row](const Column& column) { return column.view.missing(row); });
    };
    size_t first = 0;
    while (first < table->num_rows && !used(first)) ++first;
    size_t end = first;
    while (end < table->num_rows && end - first < kRows && used(end)) ++end;
    if (first == end) continue;
    Table out = table->slice(first, end - first);
    out.columns.resize(inputs.size());
    out.schema = std::make_shared<const Schema>(input_schema(rows, false));
    return out;
  }
  return Error{Code::kInternal, "the rows vanished after training", "train again"};
}

Result<std::string> model_bytes(Engine& engine, const Rows& rows, const FitOutcome& outcome) {
  const Table first = SKYMILL_TRY(first_rows(engine, rows.sql, outcome.model->rows));
  const GoldenRows golden = SKYMILL_TRY(make_golden_rows(outcome.model, first));
  return write_model(outcome.model, golden);
}

/// What the registry notes of the model beside what it says itself.
Json about_training(const TrainReport& report) {
  Json about = about_model(*report.outcome.model);
  about.set("rows_used", report.outcome.counts.used() - report.outcome.rows_dropped_by_plan);
  if (!report.outcome.metrics) return about;
  Json metrics = Json::object();
  for (const MetricValue& metric : report.outcome.metrics->metrics) {
    metrics.set(metric.name, metric.value);
  }
  about.set("metrics", std::move(metrics)).set("judged_by", report.outcome.judged_by);
  return about;
}

/// What was trained is not lost with the registry.
Error keep_unregistered(const std::string& bytes, const TrainOptions& options,
                        const TrainReport& report, Error error) {
  std::string path = report.path;
  if (path.empty()) {
    path = cat("unregistered-", report.sha256.substr(0, 12), ".skymill");
    const auto location = locate(path);
    if (!location || !write_object(*location->store, location->key, bytes)) return error;
  }
  error.hint += cat(error.hint.empty() ? "" : "; ", "the model is in ", path,
                    ": register it by skymill models import ", path, " ", options.name);
  return error;
}

/// To the file, to the registry, or to both.
Result<void> keep_model(const std::string& bytes, const TrainOptions& options,
                        TrainReport& report) {
  report.sha256 = sha256_hex(bytes);
  report.path = model_path(options);
  if (!report.path.empty()) {
    const ObjectLocation location = SKYMILL_TRY(locate(report.path));
    SKYMILL_TRY(write_object(*location.store, location.key, bytes).at_source(report.path));
  }
  if (options.name.empty()) return {};
  const Registry registry = SKYMILL_TRY(options.registry.open());
  const auto published = registry.publish({.name = options.name,
                                           .model = bytes,
                                           .about = about_training(report),
                                           .alias = options.alias});
  if (!published) return keep_unregistered(bytes, options, report, published.error());
  report.registered = {.registry = registry.where(),
                       .name = options.name,
                       .version = published->versions().size(),
                       .alias = options.alias};
  return {};
}

Result<void> note_order(Engine& engine, const Rows& rows, const TrainOptions& options,
                        Console& console) {
  if (options.row_key.empty() && !SKYMILL_TRY(engine.ordered(rows.sql))) {
    console.warn(
        "these rows have no fixed order: hold-out, folds and bootstrap may differ between runs; "
        "name a column that identifies a row with --row-key");
  }
  return {};
}

Result<void> train(const TrainOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const Checked checked = SKYMILL_TRY(usage(check(options)));
  // Before the work, whose result would have no place to go.
  if (!options.name.empty()) SKYMILL_TRY(SKYMILL_TRY(options.registry.open()).names());
  Clock clock;
  TrainReport report;
  auto engine =
      SKYMILL_TRY(open_engine(options.common, nullptr, checked.bad_rows.engine_options()));
  if (!options.source.empty()) {
    SKYMILL_TRY(engine->attach("data", SKYMILL_TRY(options.data.engine_source(options.source))));
  }
  const Rows rows = SKYMILL_TRY(choose(*engine, options, checked));
  note_dialects(*engine, console);
  for (const std::string& warning : rows.chosen.warnings) console.warn(warning);
  SKYMILL_TRY(note_order(*engine, rows, options, console));
  auto source = SKYMILL_TRY(engine->rows(rows.sql, rows.chosen.rows));

  ThreadPool pool(options.common.threads);
  ProgressBar bar(console, "training", "steps");
  RunContext context{.passes = kernel_passes(),
                     .transforms = kernel_transforms(),
                     .pool = pool,
                     .cancel = interrupt(),
                     .progress = [&](uint64_t done, uint64_t total) { bar.update(done, total); }};
  report.seconds.read = clock.lap();
  FitOptions fit = checked.fit;
  fit.memory_bytes = options.common.memory_bytes() / 5 * 2;
  report.outcome = SKYMILL_TRY(fit_model(*source, fit, context));
  bar.clear();
  clock.lap();

  SKYMILL_TRY(keep_model(SKYMILL_TRY(model_bytes(*engine, rows, report.outcome)), options, report));
  report.seconds.write = clock.lap();
  report.trainer = checked.trainer->name;
  report.left_out = rows.chosen.left_out;
  report.task_reason = rows.chosen.task_reason;
  report.bad_rows = engine->bad_rows();
  report.bad_row_count = engine->bad_row_count();
  SKYMILL_TRY(checked.bad_rows.report(*engine, console));
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  report.peak_memory_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  std::vector<std::string>& warnings = report.outcome.report.warnings;
  for (const std::string& warning : warnings) console.warn(warning);
  warnings.insert(warnings.begin(), rows.chosen.warnings.begin(), rows.chosen.warnings.end());
  if (console.json) {
    console.print_json(report_json(report));
  } else {
    console.print(report_text(report));
  }
  return {};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  app.add_option("source", options->source,
                 "a file, directory or glob, or - for standard input; in SQL it is named data");
  app.add_option("--label", options->label, "the column to predict")->required();
  app.add_option("--features", options->features, "columns to predict from (default: all usable)")
      ->delimiter(',');
  app.add_option("--model", options->trainer, "a trainer: see skymill trainers")
      ->capture_default_str();
  app.add_option("--set", options->params, "key=value, a parameter of the trainer; repeatable");
  app.add_option("--where", options->where, "rows to use, as an SQL condition");
  app.add_option("--query", options->query, "rows to use, as a SELECT");
  app.add_option("--missing", options->missing, "for example number=median,category=mode");
  app.add_option("--task", options->task, "regression or classification, for numeric labels");
  app.add_option("--weight", options->weight, "column of row weights");
  app.add_option("--row-key", options->row_key, "column that identifies a row");
  app.add_option("--split", options->hold_out, "share held out to judge the model")
      ->capture_default_str();
  app.add_option("--cv", options->folds, "judge by so many folds instead");
  app.add_flag("--no-refit", options->no_refit, "keep the model of the training rows");
  app.add_option("--out", options->out, "model file (default: LABEL.skymill, or none)");
  app.add_option("--register", options->name, "add it to the registry, as a version of this model");
  app.add_option("--alias", options->alias, "with --register: shall mean this version from now on");
  options->registry.add_to(app);
  options->data.add_engine_options_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return train(*options, console); };
}

}  // namespace

CommandInfo train_command() {
  return {"train", "a model from a data file",
          "skymill train data.csv --label gender --features age,height,weight --model "
          "logistic_regression --where \"age > 14\" --out gender.skymill",
          define};
}

}  // namespace skymill
