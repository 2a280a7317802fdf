// Trainer: rows in, a model's body out. A trainer is one file and one line in trainers.cc; it asks
// the row source for passes, or for the binned table, and never reads rows itself.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/param_spec.h"
#include "body/body.h"
#include "rows/row_source.h"

namespace skymill {

struct FitContext {
  RunContext& run;
  uint64_t seed = 0;
  /// The fitted plan (none: raw blocks); every job of the trainer must go through it.
  Transforms plan = {};
  /// The plan's output: what the body's features are.
  std::vector<Feature> features = {};
  /// The training rows; every job must name it.
  Selection rows = {};
  uint64_t memory_bytes = uint64_t{4} << 30;
};

/// One line of a coefficient table. An aliased term has no estimate; a penalised fit has no errors.
struct Coefficient {
  std::string term;  // "(intercept)", "age", "gender=male"
  std::optional<double> estimate = {};
  std::optional<double> std_error = {};
  std::optional<double> statistic = {};  // t or z
  std::optional<double> p_value = {};
  std::optional<double> low = {};  // 95 % interval
  std::optional<double> high = {};
};

struct FitReport {
  std::vector<Coefficient> coefficients = {};  // linear models
  std::vector<std::pair<std::string, double>> importance =
      {};                                  // trees: share of the gain, sums to 1
  std::vector<std::string> warnings = {};  // "did not converge", "separation"
  Json details = Json::object();  // trainer's own facts: iterations, r_squared, oob_accuracy, …
};

struct Fit {
  ModelBody body;
  FitReport report;
};

struct TrainerInfo {
  std::string_view name;
  std::string_view summary;  // one line
  std::vector<Task> tasks;
  std::vector<ParamSpec> params;
  /// Takes missing numbers and levels as they are; else the plan must fill or drop them.
  bool native_missing;
  Result<Fit> (*fit)(RowSource& source, const Params& params, FitContext& context);
};

/// Every trainer, in the order `skymill trainers` shows them.
std::span<const TrainerInfo> trainers();
/// Errors name the nearest trainer.
Result<const TrainerInfo*> trainer_named(std::string_view name);

/// The passes that the trainers ask for.
std::span<const PassInfo> train_passes();

}  // namespace skymill
