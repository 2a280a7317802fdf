#include "serve/prediction_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace skymill {
namespace {

void append_number(double value, std::string& out) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

Error not_finite(size_t row, bool single) {
  return {Code::kSchemaMismatch,
          "the prediction for this row is not a finite number",
          "values as large as these are far outside the training data",
          {.line = single ? 0 : row + 1}};
}

}  // namespace

Json class_json(const RowSchema& rows, const std::string& name) {
  if (rows.label_type == Type::kBoolean && (name == "true" || name == "false")) {
    return name == "true";
  }
  if (rows.label_type == Type::kInteger) {
    if (const auto integer = parse_integer(name)) return *integer;
  }
  if (rows.label_type == Type::kNumber || rows.label_type == Type::kFloat) {
    if (const auto number = parse_number(name)) return *number;
  }
  return name;
}

PredictionWriter::PredictionWriter(const Model& model, const std::string& label) {
  if (model.rows.task == Task::kClassification) {
    for (const std::string& name : model.rows.classes) {
      ClassText text;
      text.start = R"({"prediction":)" + class_json(model.rows, name).dump();
      text.start += R"(,"probabilities":{)";
      if (!classes_.empty()) text.key = ",";
      append_json_string(text.key, name);
      text.key += ':';
      classes_.push_back(std::move(text));
    }
  }
  end_ = R"(,"model":)";
  append_json_string(end_, label);
  end_ += '}';
}

Result<void> PredictionWriter::write_row(const Predictions& predictions, size_t row,
                                         std::string& out) const {
  const auto scores = predictions.scores.subspan(row * predictions.outputs, predictions.outputs);
  for (const double score : scores) {
    if (!std::isfinite(score)) return not_finite(row, false);
  }
  if (classes_.empty()) {
    out += R"({"prediction":)";
    append_number(scores[0], out);
    return {};
  }
  out += classes_[predictions.best_class(row)].start;
  for (size_t c = 0; c < scores.size(); ++c) {
    out += classes_[c].key;
    append_number(scores[c], out);
  }
  out += '}';
  return {};
}

Result<void> PredictionWriter::write_single(const Predictions& predictions,
                                            std::string& out) const {
  if (!write_row(predictions, 0, out)) return not_finite(0, true);
  out += end_;
  return {};
}

Result<void> PredictionWriter::write_rows(const Predictions& predictions, std::string& out) const {
  out += R"({"predictions":[)";
  for (size_t row = 0; row < predictions.num_rows; ++row) {
    if (row != 0) out += ',';
    SKYMILL_TRY(write_row(predictions, row, out));
    out += '}';
  }
  out += ']';
  out += end_;
  return {};
}

}  // namespace skymill
