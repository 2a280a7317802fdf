// From rows to a model and how good it is: split, plan, fit, evaluate, refit. What the command line
// and job files call.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/metrics.h"
#include "model/model.h"
#include "train/trainer.h"

namespace skymill {

struct FitOptions {
  const TrainerInfo* trainer = nullptr;
  Params params = {};
  MissingPolicy missing = {};
  uint64_t seed = 0;
  /// Share of the rows held out to judge the model; 0: no hold-out. Ignored with folds.
  double hold_out = 0.2;
  /// Cross-validation with so many folds; 0 or 1: none.
  unsigned folds = 0;
  /// After judging, fit again on all rows; else the model of the training rows is kept (hold-out).
  bool refit = true;
  uint64_t memory_bytes = uint64_t{4} << 30;
  std::vector<std::string> null_texts = {"", "NA"};
};

struct FitSeconds {
  double plan = 0;
  double fit = 0;
  double evaluate = 0;
};

struct FitOutcome {
  std::shared_ptr<const Model> model;
  FitReport report;                     // of the model
  std::optional<MetricReport> metrics;  // from rows that the judged model did not see
  std::string judged_by;                // "hold-out of 20 %", "5-fold cross-validation", or empty
  RowCounts counts;
  uint64_t rows_dropped_by_plan = 0;  // training rows that the plan leaves out
  FitSeconds seconds;
};

/// The same source rows, options and build give the same model and metrics at any thread count.
Result<FitOutcome> fit_model(RowSource& source, const FitOptions& options, RunContext& context);

}  // namespace skymill
