#include "model/model.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace skymill {

size_t Predictions::best_class(size_t row) const {
  const auto begin = scores.begin() + static_cast<long>(row * outputs);
  return static_cast<size_t>(std::max_element(begin, begin + static_cast<long>(outputs)) - begin);
}

Result<void> Model::validate() const {
  if (plan == nullptr) return Error{Code::kCorruptData, "the model has no plan"};
  if (plan->columns().size() != rows.features.size()) {
    return Error{Code::kCorruptData, "the plan does not match the model's features"};
  }
  for (size_t f = 0; f < rows.features.size(); ++f) {
    if (!(plan->columns()[f].input == rows.features[f])) {
      return Error{Code::kCorruptData,
                   cat("the plan does not match feature '", rows.features[f].name, "'")};
    }
  }
  if (rows.task == Task::kClassification && rows.classes.size() < 2) {
    return Error{Code::kCorruptData, "the model has fewer than two classes"};
  }
  return validate_body(body, plan->output(), rows.task, rows.classes.size());
}

Predictor::Predictor(std::shared_ptr<const Model> model)
    : model_(std::move(model)), roles_(model_->rows, false) {}

Result<Predictions> Predictor::predict(const TableView& table) {
  return predict(SKYMILL_TRY(to_block(table, roles_, raw_)));
}

Result<Predictions> Predictor::predict(const Block& raw) {
  const Block planned = SKYMILL_TRY(model_->plan->apply(raw, planned_));
  const size_t outputs = model_->outputs();
  const size_t rows = raw.num_rows;
  scores_.resize(rows * outputs);
  dropped_.assign(rows, 0);
  const bool any_dropped = planned.num_rows < rows;
  if (!any_dropped) {
    evaluate_body(model_->body, planned, scores_);
  } else {
    compact_.resize(planned.num_rows * outputs);
    evaluate_body(model_->body, planned, compact_);
    std::fill(scores_.begin(), scores_.end(), std::nan(""));
    std::fill(dropped_.begin(), dropped_.end(), uint8_t{1});
    for (size_t i = 0; i < planned.num_rows; ++i) {
      const size_t row = planned_.kept_rows[i];
      dropped_[row] = 0;
      std::copy_n(compact_.begin() + static_cast<long>(i * outputs), outputs,
                  scores_.begin() + static_cast<long>(row * outputs));
    }
  }
  return Predictions{.num_rows = rows, .outputs = outputs, .scores = scores_, .dropped = dropped_};
}

}  // namespace skymill
