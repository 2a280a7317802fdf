#include "prepare/feature_plan.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace skymill {
namespace {

bool numeric(const ColumnPlan& column) { return column.input.kind == FeatureKind::kNumber; }

/// Marks rows of `keep` that this column's method drops, or says which column refuses.
Result<void> mark_missing(const ColumnPlan& column, const FeatureColumn& values, size_t rows,
                          std::vector<uint8_t>& dropped) {
  if (column.missing != MissingMethod::kDrop && column.missing != MissingMethod::kFail) return {};
  for (size_t i = 0; i < rows; ++i) {
    const bool missing =
        numeric(column) ? std::isnan(values.number[i]) : values.code[i] == kMissingCode;
    if (!missing) continue;
    if (column.missing == MissingMethod::kFail) {
      return Error{Code::kSchemaMismatch,
                   cat("column '", column.input.name, "' is missing in a row"),
                   "fill it, drop such rows, or choose another method with --missing",
                   {.field = column.input.name}};
    }
    if (dropped.empty()) dropped.resize(rows);
    dropped[i] = 1;
  }
  return {};
}

bool fills(const ColumnPlan& column) {
  switch (column.missing) {
    case MissingMethod::kFail:
    case MissingMethod::kDrop:
    case MissingMethod::kNative:
      return false;
    default:
      return true;
  }
}

/// Points `out` at the column with missing values filled, copying only when there are any.
void fill_column(const ColumnPlan& column, const FeatureColumn& from, size_t rows,
                 FeatureColumn& to, std::span<double> numbers, std::span<uint32_t> codes) {
  if (numeric(column)) {
    const double* values = from.number;
    if (std::none_of(values, values + rows, [](double v) { return std::isnan(v); })) return;
    for (size_t i = 0; i < rows; ++i) numbers[i] = std::isnan(values[i]) ? column.fill : values[i];
    to.number = numbers.data();
    return;
  }
  const uint32_t* values = from.code;
  if (std::none_of(values, values + rows, [](uint32_t c) { return c == kMissingCode; })) return;
  for (size_t i = 0; i < rows; ++i) {
    codes[i] = values[i] == kMissingCode ? column.fill_code : values[i];
  }
  to.code = codes.data();
}

}  // namespace

FeaturePlan::FeaturePlan(std::vector<ColumnPlan> columns) : columns_(std::move(columns)) {
  for (const ColumnPlan& column : columns_) {
    Feature feature = column.input;
    feature.levels.insert(feature.levels.end(), column.added_levels.begin(),
                          column.added_levels.end());
    output_.push_back(std::move(feature));
  }
}

Result<std::shared_ptr<const FeaturePlan>> FeaturePlan::make(std::vector<ColumnPlan> columns) {
  for (const ColumnPlan& column : columns) {
    const size_t levels = column.input.levels.size() + column.added_levels.size();
    const bool code_fits = column.fill_code < levels || column.fill_code == kUnseenCode;
    const bool kind_fits =
        column.input.kind != FeatureKind::kBin &&
        (numeric(column) ? column.missing != MissingMethod::kLevel && column.added_levels.empty()
                         : code_fits);
    if (!kind_fits || !std::isfinite(column.fill)) {
      return Error{Code::kCorruptData,
                   cat("the plan of column '", column.input.name, "' is damaged")};
    }
  }
  return std::shared_ptr<const FeaturePlan>(new FeaturePlan(std::move(columns)));
}

std::shared_ptr<const FeaturePlan> FeaturePlan::identity(const std::vector<Feature>& features) {
  std::vector<ColumnPlan> columns;
  for (const Feature& feature : features) columns.push_back({.input = feature});
  return std::shared_ptr<const FeaturePlan>(new FeaturePlan(std::move(columns)));
}

Result<Block> FeaturePlan::apply(const Block& block, BlockBuffer& out) const {
  thread_local std::vector<uint8_t> dropped;
  dropped.clear();
  for (size_t f = 0; f < columns_.size(); ++f) {
    SKYMILL_TRY(mark_missing(columns_[f], block.features[f], block.num_rows, dropped));
  }
  Block result = block;
  out.kept_rows.clear();
  if (!dropped.empty()) {
    std::vector<uint32_t> kept;
    for (size_t i = 0; i < block.num_rows; ++i) {
      if (dropped[i] == 0) kept.push_back(static_cast<uint32_t>(i));
    }
    result = gather(block, kept, output_, out);
    out.kept_rows = std::move(kept);
  } else {
    out.resize(output_, block.num_rows, false, false);
  }
  std::vector<FeatureColumn>& columns = out.columns;
  if (dropped.empty()) columns.assign(block.features.begin(), block.features.end());
  for (size_t f = 0; f < columns_.size(); ++f) {
    if (!fills(columns_[f])) continue;
    const FeatureColumn from = columns[f];
    const bool number = numeric(columns_[f]);
    fill_column(columns_[f], from, result.num_rows, columns[f],
                number ? out.numbers(f) : std::span<double>(),
                number ? std::span<uint32_t>() : out.codes(f));
  }
  result.features = columns;
  return result;
}

Json FeaturePlan::to_json() const {
  Json out = Json::array();
  for (const ColumnPlan& column : columns_) {
    Json item = Json::object();
    item.set("input", features_json({column.input}).items().front());
    item.set("missing", missing_method_name(column.missing));
    if (numeric(column)) {
      item.set("fill", column.fill);
    } else {
      item.set("fill_code", column.fill_code);
      Json added = Json::array();
      for (const std::string& level : column.added_levels) added.push(level);
      item.set("added_levels", std::move(added));
    }
    item.set("missing_rows", column.missing_rows);
    out.push(std::move(item));
  }
  return out;
}

namespace {

Result<ColumnPlan> column_from_json(const Json& item) {
  const Json* input = item.find("input");
  if (input == nullptr) return Error{Code::kCorruptData, "'input' is missing"};
  Json one = Json::array();
  one.push(*input);
  ColumnPlan column{.input = SKYMILL_TRY(features_from_json(one)).front()};
  const std::string name = SKYMILL_TRY(item.string_at("missing"));
  bool known = false;
  for (uint8_t m = 0; m <= static_cast<uint8_t>(MissingMethod::kLevel); ++m) {
    if (missing_method_name(static_cast<MissingMethod>(m)) != name) continue;
    column.missing = static_cast<MissingMethod>(m);
    known = true;
  }
  if (!known) return Error{Code::kCorruptData, cat("unknown method '", name, "'")};
  column.missing_rows = static_cast<uint64_t>(SKYMILL_TRY(item.integer_at("missing_rows")));
  if (numeric(column)) {
    column.fill = SKYMILL_TRY(item.number_at("fill"));
    return column;
  }
  const int64_t code = SKYMILL_TRY(item.integer_at("fill_code"));
  if (code < 0 || code > kUnseenCode) return Error{Code::kCorruptData, "a fill code is damaged"};
  column.fill_code = static_cast<uint32_t>(code);
  for (const Json& level : *SKYMILL_TRY(item.array_at("added_levels"))) {
    if (!level.is_string()) return Error{Code::kCorruptData, "an added level is damaged"};
    column.added_levels.push_back(level.as_string());
  }
  return column;
}

}  // namespace

Result<std::shared_ptr<const FeaturePlan>> FeaturePlan::from_json(const Json& json) {
  if (!json.is_array()) return Error{Code::kCorruptData, "a plan is not an array of columns"};
  std::vector<ColumnPlan> columns;
  for (const Json& item : json.items()) columns.push_back(SKYMILL_TRY(column_from_json(item)));
  return make(std::move(columns));
}

void FeaturePlan::write(Bytes& out) const { out += to_json().dump(); }

Result<std::shared_ptr<const Transform>> FeaturePlan::read(std::string_view bytes) {
  return std::shared_ptr<const Transform>(SKYMILL_TRY(from_json(SKYMILL_TRY(Json::parse(bytes)))));
}

}  // namespace skymill
