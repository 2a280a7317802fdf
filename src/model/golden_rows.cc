#include "model/golden_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/text.h"

namespace skymill {
namespace {

constexpr size_t kMaxRows = 1024;

Error damaged(const std::string& what) {
  return {Code::kCorruptData, cat("the golden rows of the model are damaged: ", what),
          "write the model again"};
}

/// Appends a JSON value as golden_json wrote it.
Result<void> append_value(ColumnBuilder& column, const Json& value) {
  if (value.is_null()) {
    column.append_missing();
    return {};
  }
  switch (column.type()) {
    case Type::kBoolean:
      if (!value.is_bool()) return damaged("a boolean is none");
      column.append_boolean(value.as_bool());
      return {};
    case Type::kInteger:
      if (!value.is_integer()) return damaged("an integer is none");
      column.append_integer(value.as_integer());
      return {};
    case Type::kNumber:
    case Type::kFloat:
      if (!value.is_number()) return damaged("a number is none");
      column.append_number(value.as_number());
      return {};
    case Type::kText:
      if (!value.is_string()) return damaged("a text is none");
      column.append_text(value.as_string());
      return {};
    default:
      return damaged("a column's type cannot be a feature");
  }
}

bool close(double before, double now, bool same_build) {
  if (std::isnan(before) || std::isnan(now)) return std::isnan(before) && std::isnan(now);
  if (same_build) return std::bit_cast<uint64_t>(before) == std::bit_cast<uint64_t>(now);
  return std::fabs(before - now) <= 1e-12 * std::max({1.0, std::fabs(before), std::fabs(now)});
}

}  // namespace

Result<GoldenRows> make_golden_rows(std::shared_ptr<const Model> model, const Table& table,
                                    size_t limit) {
  GoldenRows golden{.table = table.slice(0, std::min(limit, table.num_rows)), .scores = {}};
  Predictor predictor(std::move(model));
  std::vector<ColumnView> views;
  const Predictions predictions = SKYMILL_TRY(predictor.predict(golden.table.view(views)));
  golden.scores.assign(predictions.scores.begin(), predictions.scores.end());
  return golden;
}

Json golden_json(const GoldenRows& golden) {
  Json columns = Json::array();
  for (const Column& column : golden.table.columns) {
    Json values = Json::array();
    for (size_t row = 0; row < golden.table.num_rows; ++row) {
      values.push(value_json(column.view, row));
    }
    columns.push(std::move(values));
  }
  Json scores = Json::array();
  for (const double score : golden.scores) scores.push(score);
  Json out = Json::object();
  out.set("columns",
          golden.table.schema == nullptr ? Json::array() : schema_json(*golden.table.schema));
  out.set("values", std::move(columns));
  out.set("rows", golden.table.num_rows);
  out.set("scores", std::move(scores));
  return out;
}

Result<void> replay_golden_rows(const Json& golden, const std::shared_ptr<const Model>& model,
                                bool same_build) {
  const Json* fields = golden.find("columns");
  if (fields == nullptr) return damaged("they have no columns");
  Table table{.schema = nullptr, .columns = {}, .num_rows = 0};
  table.schema = std::make_shared<Schema>(SKYMILL_TRY(schema_from_json(*fields)));
  const int64_t rows = SKYMILL_TRY(golden.integer_at("rows"));
  const auto& values = *SKYMILL_TRY(golden.array_at("values"));
  const auto& scores = *SKYMILL_TRY(golden.array_at("scores"));
  if (rows < 0 || static_cast<size_t>(rows) > kMaxRows || values.size() != table.schema->size()) {
    return damaged("their number is wrong");
  }
  table.num_rows = static_cast<size_t>(rows);
  for (size_t c = 0; c < values.size(); ++c) {
    if (!values[c].is_array() || values[c].items().size() != table.num_rows) {
      return damaged("a column has a wrong length");
    }
    ColumnBuilder builder(table.schema->fields[c].type);
    for (const Json& value : values[c].items()) SKYMILL_TRY(append_value(builder, value));
    table.columns.push_back(builder.finish());
  }
  Predictor predictor(model);
  std::vector<ColumnView> views;
  const Predictions now = SKYMILL_TRY(predictor.predict(table.view(views)));
  if (scores.size() != now.scores.size()) return damaged("their scores have a wrong number");
  for (size_t i = 0; i < scores.size(); ++i) {
    const double before = scores[i].is_number() ? scores[i].as_number() : std::nan("");
    if (!close(before, now.scores[i], same_build)) {
      return Error{Code::kCorruptData,
                   cat("the model does not predict as it did when it was written: ", before,
                       " then, ", now.scores[i], " now"),
                   "train it again with this build"};
    }
  }
  return {};
}

}  // namespace skymill
