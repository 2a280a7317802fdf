// POST /predict: rows as JSON in, predictions as JSON out.
#include <array>

#include "base/text.h"
#include "serve/endpoints.h"
#include "serve/openapi.h"

namespace skymill {
namespace {

/// An answer has no place for the byte at which a body is wrong, so the message says it.
Error with_byte(Error error) {
  if (error.place.column != 0) error.message += cat(", at byte ", error.place.column);
  return error;
}

/// The column of that name, or nullptr.
const ColumnView* column_named(const TableView& table, std::string_view name) {
  const auto index = table.schema->find(name);
  return index ? &table.columns[*index] : nullptr;
}

std::string missing_hint(std::string_view field) {
  return cat("send a value for '", field, "': this model cannot predict without it");
}

/// The model refuses a missing value: says in which row it is.
Error locate_missing(Error error, const JsonRowsReader::Rows& rows) {
  const ColumnView* column = column_named(rows.table, error.place.field);
  if (column == nullptr) return error;
  size_t row = 0;
  while (row < column->size && !column->missing(row)) ++row;
  if (row == column->size) return error;
  error.hint = missing_hint(error.place.field);
  if (!rows.single && error.place.line == 0) error.place.line = row + 1;
  return error;
}

/// The model's plan drops a row: says which, and for which column.
Error dropped_row(size_t row, const JsonRowsReader::Rows& rows, const Model& model) {
  Error error{Code::kSchemaMismatch,
              "the model makes no prediction for this row",
              "send a value for every field",
              {.line = rows.single ? 0 : row + 1}};
  for (const ColumnPlan& plan : model.plan->columns()) {
    const ColumnView* column = column_named(rows.table, plan.input.name);
    if (plan.missing != MissingMethod::kDrop || column == nullptr || !column->missing(row))
      continue;
    error.message =
        cat("the model makes no prediction for a row in which '", plan.input.name, "' is missing");
    error.hint = missing_hint(plan.input.name);
    error.place.field = plan.input.name;
    break;
  }
  return error;
}

class Predict final : public Handler {
 public:
  std::string_view method() const override { return "POST"; }
  std::string_view path() const override { return "/predict"; }
  std::span<const std::string_view> accepts() const override {
    static constexpr std::array<std::string_view, 1> kTypes = {Response::kJson};
    return kTypes;
  }
  Json describe(const ServedModel&) const override { return predict_operation(); }

  Result<void> handle(const Request& request, Response& response,
                      WorkerState& state) const override {
    WorkerState::Scoring& scoring = *state.scoring;
    auto read = scoring.rows.read(request.body);
    if (!read) return with_byte(std::move(read).error());
    const JsonRowsReader::Rows& rows = *read;
    Predictions predictions;
    if (rows.table.num_rows > 0) {
      auto predicted = scoring.predictor.predict(rows.table);
      if (!predicted) return locate_missing(std::move(predicted).error(), rows);
      predictions = *predicted;
    }
    for (size_t row = 0; row < predictions.num_rows; ++row) {
      if (predictions.dropped[row] != 0) return dropped_row(row, rows, scoring.predictor.model());
    }
    const PredictionWriter& writer = scoring.serving->writer;
    SKYMILL_TRY(rows.single ? writer.write_single(predictions, response.body)
                            : writer.write_rows(predictions, response.body));
    state.counters.count_predictions(predictions.num_rows);
    return {};
  }
};

}  // namespace

const Handler& predict_endpoint() {
  static const Predict kEndpoint;
  return kEndpoint;
}

}  // namespace skymill
