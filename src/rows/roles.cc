#include "rows/roles.h"

#include <cmath>
#include <cstring>

#include "base/text.h"

namespace skymill {
namespace {

bool numeric(Type type) {
  return type == Type::kInteger || type == Type::kNumber || type == Type::kFloat;
}

/// The key of a text: 8 bytes of FNV-1a, mixed.
uint64_t text_key(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return mix_bits(hash);
}

}  // namespace

Roles::Roles(RowSchema rows, bool with_label) : rows_(std::move(rows)), with_label_(with_label) {
  levels_.resize(rows_.features.size());
  for (size_t f = 0; f < rows_.features.size(); ++f) {
    uint32_t code = 0;
    for (const std::string& level : rows_.features[f].levels) levels_[f].emplace(level, code++);
  }
  uint32_t code = 0;
  for (const std::string& name : rows_.classes) classes_.emplace(name, code++);
}

Result<Roles::Columns> Roles::locate(const Schema& schema) const {
  Columns columns;
  for (const Feature& feature : rows_.features) {
    const size_t index = SKYMILL_TRY(schema.require(feature.name));
    const Type type = schema.fields[index].type;
    const bool fits = feature.kind == FeatureKind::kNumber ? numeric(type) : type == feature.type;
    if (!fits) {
      return Error{Code::kSchemaMismatch,
                   cat("column '", feature.name, "' is ", type_name(type), " but the model needs ",
                       type_name(feature.type)),
                   "cast the column, or train on data of this type",
                   {.field = feature.name}};
    }
    columns.features.push_back(index);
  }
  if (!with_label_) return columns;
  if (!rows_.label.empty()) columns.label = SKYMILL_TRY(schema.require(rows_.label));
  if (!rows_.weight.empty()) columns.weight = SKYMILL_TRY(schema.require(rows_.weight));
  if (!rows_.key.empty()) columns.key = SKYMILL_TRY(schema.require(rows_.key));
  if (!rows_.weight.empty() && !numeric(schema.fields[columns.weight].type)) {
    return Error{Code::kSchemaMismatch,
                 cat("the weight column '", rows_.weight, "' is no number"),
                 "name a numeric column",
                 {.field = rows_.weight}};
  }
  return columns;
}

uint32_t Roles::code_of(size_t feature, std::string_view text) const {
  const auto found = levels_[feature].find(text);
  return found == levels_[feature].end() ? kUnseenCode : found->second;
}

Error Roles::row_error(const ColumnView& column, size_t row, const std::string& name,
                       const std::string& what) const {
  return {Code::kSchemaMismatch,
          cat("column '", name, "' holds ", value_text(column, row), what),
          "filter or correct such rows",
          {.field = name}};
}

Result<double> Roles::label_value(const ColumnView& column, size_t row) const {
  if (rows_.task == Task::kRegression) {
    const double value = column.type == Type::kInteger ? static_cast<double>(column.integers[row])
                         : numeric(column.type)        ? column.numbers[row]
                                                       : std::nan("");
    if (!numeric(column.type)) {
      return row_error(column, row, rows_.label, ", which is no number to predict");
    }
    if (std::isinf(value)) return row_error(column, row, rows_.label, ", which is not finite");
    return value;
  }
  const auto found = column.type == Type::kText ? classes_.find(column.text(row))
                     : column.type == Type::kNumber || column.type == Type::kFloat
                         ? classes_.find(class_text(column.numbers[row]))
                         : classes_.find(value_text(column, row));
  if (found == classes_.end()) {
    return row_error(column, row, rows_.label,
                     cat(", which is none of the model's classes ", join(rows_.classes, ", ")));
  }
  return found->second;
}

Result<uint64_t> Roles::key_value(const ColumnView& column, size_t row) const {
  if (column.missing(row)) {
    return row_error(column, row, rows_.key, "nothing in a row, but every row needs its key");
  }
  if (column.type == Type::kInteger) return static_cast<uint64_t>(column.integers[row]);
  return column.type == Type::kText ? text_key(column.text(row))
                                    : text_key(value_text(column, row));
}

Result<void> Roles::append_features(const TableView& table, const Columns& columns,
                                    std::span<const uint32_t> kept, BlockBuffer& out,
                                    size_t filled) const {
  const size_t count = kept.size();
  if (count == 0) return {};
  const bool contiguous = kept.back() - kept.front() + 1 == count;
  for (size_t f = 0; f < rows_.features.size(); ++f) {
    const ColumnView& column = table.columns[columns.features[f]];
    if (rows_.features[f].kind == FeatureKind::kCategory) {
      uint32_t* to = out.codes(f).data() + filled;
      std::vector<uint32_t> translated;  // dictionary entry → code
      if (column.codes != nullptr) {
        for (size_t e = 0; e < column.dictionary_size; ++e) {
          translated.push_back(code_of(f, column.dictionary_text(e)));
        }
      }
      for (size_t i = 0; i < count; ++i) {
        const size_t row = kept[i];
        if (column.missing(row)) {
          to[i] = kMissingCode;
        } else if (column.type == Type::kBoolean) {
          to[i] = code_of(f, column.boolean(row) ? "true" : "false");
        } else {
          to[i] = column.codes != nullptr ? translated[column.codes[row]]
                                          : code_of(f, column.text(row));
        }
      }
      continue;
    }
    double* to = out.numbers(f).data() + filled;
    if (column.type == Type::kInteger) {
      for (size_t i = 0; i < count; ++i) to[i] = static_cast<double>(column.integers[kept[i]]);
    } else if (contiguous) {
      std::memcpy(to, column.numbers + kept.front(), count * sizeof(double));
    } else {
      for (size_t i = 0; i < count; ++i) to[i] = column.numbers[kept[i]];
    }
    if (column.validity != nullptr) {
      for (size_t i = 0; i < count; ++i) {
        if (column.missing(kept[i])) to[i] = std::nan("");
      }
    }
    bool infinite = false;
    for (size_t i = 0; i < count; ++i) infinite |= std::isinf(to[i]);
    if (infinite) {
      for (size_t i = 0; i < count; ++i) {
        if (std::isinf(to[i])) {
          return row_error(column, kept[i], rows_.features[f].name, ", which is not finite");
        }
      }
    }
  }
  return {};
}

Result<size_t> Roles::append(const TableView& table, const Columns& columns, size_t start,
                             size_t count, uint64_t first_ordinal, BlockBuffer& out, size_t filled,
                             RowCounts& counts) const {
  thread_local std::vector<uint32_t> kept;
  kept.clear();
  counts.read += count;
  const bool labels = with_label_ && !rows_.label.empty();
  const bool weights = with_label_ && !rows_.weight.empty();
  for (size_t row = start; row < start + count; ++row) {
    const size_t at = filled + kept.size();
    if (labels) {
      const ColumnView& column = table.columns[columns.label];
      const bool missing =
          column.missing(row) || (column.numbers != nullptr && numeric(column.type) &&
                                  column.type != Type::kInteger && std::isnan(column.numbers[row]));
      if (missing) {
        ++counts.missing_label;
        continue;
      }
      out.label[at] = SKYMILL_TRY(label_value(column, row));
    }
    if (weights) {
      const ColumnView& column = table.columns[columns.weight];
      const double value = column.missing(row) ? std::nan("")
                           : column.type == Type::kInteger
                               ? static_cast<double>(column.integers[row])
                               : column.numbers[row];
      if (std::isnan(value)) {
        ++counts.missing_weight;
        continue;
      }
      if (value < 0 || std::isinf(value)) {
        return row_error(column, row, rows_.weight, ", which is no weight (0 or more)");
      }
      out.weight[at] = value;
    }
    out.key[at] = with_label_ && !rows_.key.empty()
                      ? SKYMILL_TRY(key_value(table.columns[columns.key], row))
                      : first_ordinal + row;
    kept.push_back(static_cast<uint32_t>(row));
  }
  SKYMILL_TRY(append_features(table, columns, kept, out, filled));
  return kept.size();
}

Result<Block> to_block(const TableView& table, const Roles& roles, BlockBuffer& out) {
  const Roles::Columns columns = SKYMILL_TRY(roles.locate(*table.schema));
  const RowSchema& rows = roles.rows();
  out.resize(rows.features, table.num_rows, roles.with_label() && !rows.label.empty(),
             roles.with_label() && !rows.weight.empty());
  out.own_columns(rows.features);
  RowCounts counts;
  const size_t kept =
      SKYMILL_TRY(roles.append(table, columns, 0, table.num_rows, 0, out, 0, counts));
  return out.block(0, 0, kept);
}

Result<std::optional<Block>> BlockReader::next(BlockBuffer& out) {
  const RowSchema& rows = roles_->rows();
  if (!columns_) columns_ = SKYMILL_TRY(roles_->locate(*stream_->schema()));
  out.resize(rows.features, kBlockRows, roles_->with_label() && !rows.label.empty(),
             roles_->with_label() && !rows.weight.empty());
  out.own_columns(rows.features);
  size_t filled = 0;
  while (filled < kBlockRows) {
    if (!table_ || taken_ == table_->num_rows) {
      if (table_) ordinal_ += table_->num_rows;
      table_ = SKYMILL_TRY(stream_->next());
      taken_ = 0;
      if (!table_) break;
    }
    const size_t count = std::min(kBlockRows - filled, table_->num_rows - taken_);
    const TableView view = table_->view(views_);
    filled +=
        SKYMILL_TRY(roles_->append(view, *columns_, taken_, count, ordinal_, out, filled, counts_));
    taken_ += count;
  }
  if (filled == 0) return std::optional<Block>();
  return std::optional<Block>(out.block(partition_, number_++, filled));
}

}  // namespace skymill
