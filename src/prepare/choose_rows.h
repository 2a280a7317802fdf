// Choosing rows: which columns become features, what the label means, and why the others are left
// out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rows/survey.h"

namespace skymill {

struct RowRequest {
  std::string label;
  std::vector<std::string> features = {};  // empty: every column that can be used
  std::string weight = {};
  std::string key = {};
  std::optional<Task> task = {};  // empty: decided by the label
  bool classifier = false;        // the trainer can classify
  bool regressor = true;          // the trainer can predict numbers
  std::string trainer = {};       // for messages
};

struct LeftOut {
  std::string column;
  std::string reason;
};

struct ChosenRows {
  RowSchema rows;
  std::vector<LeftOut> left_out;
  std::string task_reason;  // how the task was decided, for people
  std::vector<std::string> warnings;
};

/// Errors: an unknown column; the label missing, constant, all missing, or also a feature; a text
/// label for a trainer of numbers; no usable feature.
Result<ChosenRows> choose_rows(const Survey& survey, const RowRequest& request);

}  // namespace skymill
