// Made-up rows that every trainer can learn something from, and one call to fit any trainer on them
// through any source.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "rows/local_source.h"
#include "train/fit_model.h"

namespace skymill {

/// One trainer doing one of its tasks.
struct TrainerCase {
  const TrainerInfo* trainer = nullptr;
  Task task = Task::kRegression;
};

/// Every trainer with each of its tasks.
std::vector<TrainerCase> trainer_cases();
/// "random_forest_regression".
std::string case_name(const TrainerCase& trainer_case);
/// For GoogleTest's messages.
// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name.
void PrintTo(const TrainerCase& trainer_case, std::ostream* out);

struct DataOptions {
  size_t rows = 3000;
  size_t rows_per_table = 1000;  // the stream hands them out so
  bool missing = true;           // some values of features are missing
  bool constant = false;         // a number and a text that never change
  bool all_missing = false;      // a number that is never there
  bool weight = false;           // column "w"
  bool key = false;              // column "id"
};

/// Features height, age (integer), kind (four levels), member (boolean); label "y". Regression:
/// a noisy sum; classification: "no" or "yes" by its sign.
struct ConformanceData {
  RowSchema rows;
  std::shared_ptr<const Schema> schema;
  std::vector<Table> tables;

  StreamFactory factory() const;
  size_t num_rows() const;
};

ConformanceData make_data(Task task, const DataOptions& options = {});

struct FitCase {
  unsigned threads = 2;
  bool loopback = false;
  uint64_t cache_bytes = uint64_t{4} << 30;  // 0: every scan streams the rows again
  double hold_out = 0.2;
  unsigned folds = 0;
  std::function<void(uint64_t, uint64_t)> progress = nullptr;
  const Cancel* cancel = nullptr;
};

/// Fits with the defaults, but few trees where there are trees, and fills missing values for the
/// trainers that cannot take them.
Result<FitOutcome> fit_case(const TrainerCase& trainer_case, const ConformanceData& data,
                            const FitCase& fit = {});

/// Only the model's input columns of a table.
Table input_table(const Model& model, const Table& table);
/// The model file, golden rows from the first table.
Result<std::string> model_bytes(const std::shared_ptr<const Model>& model,
                                const ConformanceData& data);
/// Scores of a whole table in one call.
Result<std::vector<double>> scores_of(const std::shared_ptr<const Model>& model,
                                      const Table& table);

}  // namespace skymill
