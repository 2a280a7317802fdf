#include "cli/prediction_columns.h"

#include "base/text.h"

namespace skymill {

Result<PredictionColumns> PredictionColumns::make(std::shared_ptr<const Model> model,
                                                  const Schema& input, bool only) {
  PredictionColumns columns;
  auto schema = std::make_shared<Schema>();
  if (!only) *schema = input;
  columns.first_ = schema->size();
  const bool classes = model->rows.task == Task::kClassification;
  schema->fields.push_back({"prediction", classes ? Type::kText : Type::kNumber});
  if (classes) {
    for (const std::string& name : model->rows.classes) {
      schema->fields.push_back({"probability_" + name, Type::kNumber});
    }
  }
  for (size_t f = columns.first_; f < schema->size(); ++f) {
    if (!only && input.find(schema->fields[f].name)) {
      return Error{Code::kSchemaMismatch,
                   cat("the input already has a column '", schema->fields[f].name, "'"),
                   "use --only, or rename it",
                   {.field = schema->fields[f].name}};
    }
  }
  columns.model_ = std::move(model);
  columns.schema_ = std::move(schema);
  return columns;
}

Result<Table> PredictionColumns::append(Predictor& predictor, const Table& table) const {
  std::vector<ColumnView> views;
  const Predictions predictions = SKYMILL_TRY(predictor.predict(table.view(views)));
  std::vector<ColumnBuilder> builders;
  for (size_t f = first_; f < schema_->size(); ++f) builders.emplace_back(schema_->fields[f].type);
  const bool classes = builders.size() > 1;
  for (size_t row = 0; row < predictions.num_rows; ++row) {
    if (predictions.dropped[row] != 0) {
      for (ColumnBuilder& builder : builders) builder.append_missing();
      continue;
    }
    const double* scores = predictions.scores.data() + row * predictions.outputs;
    if (!classes) {
      builders[0].append_number(scores[0]);
      continue;
    }
    builders[0].append_text(model_->rows.classes[predictions.best_class(row)]);
    for (size_t k = 0; k < predictions.outputs; ++k) builders[k + 1].append_number(scores[k]);
  }
  Table out{.schema = schema_, .columns = {}, .num_rows = table.num_rows};
  if (first_ > 0) out.columns = table.columns;
  for (ColumnBuilder& builder : builders) out.columns.push_back(builder.finish());
  return out;
}

uint64_t PredictionColumns::dropped(const Table& table) const {
  const ColumnView& prediction = table.columns[first_].view;
  uint64_t count = 0;
  for (size_t row = 0; row < table.num_rows; ++row) count += prediction.missing(row) ? 1 : 0;
  return count;
}

}  // namespace skymill
