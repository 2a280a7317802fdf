// The columns that predict adds to a table: `prediction`, and for classes `probability_<class>`.
#pragma once

#include <memory>

#include "model/model.h"

namespace skymill {

class PredictionColumns {
 public:
  /// For tables of the schema `input`; `only`: without the input's columns. Errors: the input
  /// already has a column of such a name.
  static Result<PredictionColumns> make(std::shared_ptr<const Model> model, const Schema& input,
                                        bool only);

  const std::shared_ptr<const Model>& model() const { return model_; }
  const std::shared_ptr<const Schema>& schema() const { return schema_; }
  /// The table with predictions; rows that the plan drops have them missing.
  Result<Table> append(Predictor& predictor, const Table& table) const;
  /// Rows of an appended table without a prediction.
  uint64_t dropped(const Table& table) const;

 private:
  PredictionColumns() = default;

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Schema> schema_;
  size_t first_ = 0;  // index of `prediction`
};

}  // namespace skymill
