// Model: schema, plan and body: everything needed to score a row, and the only way to do it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "body/body.h"
#include "prepare/feature_plan.h"
#include "rows/roles.h"

namespace skymill {

/// Scores of some rows. Valid until the predictor's next call.
struct Predictions {
  size_t num_rows = 0;
  size_t outputs = 1;                // per row: 1 for regression, else one probability per class
  std::span<const double> scores;    // row-major; NaN in rows that the plan drops
  std::span<const uint8_t> dropped;  // 1 = the plan drops this row

  /// The most probable class; the first of several. Precondition: outputs ≥ 2.
  size_t best_class(size_t row) const;
};

struct Model {
  RowSchema rows;  // raw features, label, task, classes
  std::shared_ptr<const FeaturePlan> plan;
  ModelBody body;
  std::vector<std::string> null_texts = {"", "NA"};  // spellings of missing in text files
  /// What determined the model: trainer, parameters, seed, build, kernel level, data query. No
  /// clock, host, path or thread count.
  Json provenance = Json::object();

  size_t outputs() const { return body_outputs(body); }
  /// Columns a scoring reader must deliver.
  Schema input_schema() const { return skymill::input_schema(rows, false); }
  /// Checks that the parts fit together. Loading does so; a trainer's result must pass too.
  Result<void> validate() const;
};

/// Scores rows for one thread; its memory is reused, so that steady state allocates nothing.
class Predictor {
 public:
  explicit Predictor(std::shared_ptr<const Model> model);

  const Model& model() const { return *model_; }
  /// Columns are found by name; those outside the model are ignored. Errors: a missing or mistyped
  /// column, an infinite value, a missing value that the plan refuses.
  Result<Predictions> predict(const TableView& table);
  /// A raw block with the model's features.
  Result<Predictions> predict(const Block& raw);

 private:
  std::shared_ptr<const Model> model_;
  Roles roles_;
  BlockBuffer raw_;
  BlockBuffer planned_;
  std::vector<double> scores_;
  std::vector<double> compact_;
  std::vector<uint8_t> dropped_;
};

}  // namespace skymill
