// PredictionWriter: predictions as the JSON of an answer. Everything that does not depend on the
// row is prepared once; numbers are the shortest text that reads back as the same double.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/model.h"

namespace skymill {

/// Immutable, thread-safe.
class PredictionWriter {
 public:
  /// `label` is what answers give as "model".
  PredictionWriter(const Model& model, const std::string& label);

  /// Appends {"prediction", "probabilities"?, "model"}. Precondition: one row, not dropped.
  Result<void> write_single(const Predictions& predictions, std::string& out) const;
  /// Appends {"predictions": [{"prediction", "probabilities"?}, …], "model"}. Precondition: no row
  /// is dropped.
  Result<void> write_rows(const Predictions& predictions, std::string& out) const;

 private:
  Result<void> write_row(const Predictions& predictions, size_t row, std::string& out) const;

  struct ClassText {
    std::string start;  // {"prediction":"yes","probabilities":{
    std::string key;    // "yes":  with a comma before it, but for the first
  };
  std::vector<ClassText> classes_;  // empty for regression
  std::string end_;                 // ,"model":"name/version"}
};

/// A class as JSON: a number or boolean where the label column holds such, else a text.
Json class_json(const RowSchema& rows, const std::string& name);

}  // namespace skymill
