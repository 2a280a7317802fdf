// A set of CSV files as a table: layout, types, and the SELECT that reads them so that no value
// changes silently.
#include <algorithm>

#include "base/text.h"
#include "engine/embedded/csv_records.h"
#include "engine/embedded/csv_types.h"
#include "table/coercion.h"

namespace skymill {
namespace {

/// Finds the lines of values that a column cannot keep, in files that are plain text.
class DefectFinder {
 public:
  DefectFinder(const std::vector<DataFile>& files, const CsvLayout& layout,
               const std::vector<CsvColumn>& columns)
      : files_(files), layout_(layout), columns_(columns) {}

  /// At most `limit` of them, one for each row.
  std::vector<BadRow> find(size_t limit) const {
    std::vector<BadRow> out;
    for (const DataFile& file : files_) {
      std::shared_ptr<const void> owner;
      const auto text = plain_text(file, layout_, owner);
      if (!text) continue;
      CsvRecords records(*text, layout_.delimiter, layout_.quote);
      records.next();  // the header
      while (out.size() < limit && records.next()) {
        if (auto row = judge(file, records)) out.push_back(std::move(*row));
      }
    }
    return out;
  }

 private:
  std::optional<BadRow> judge(const DataFile& file, const CsvRecords& records) const {
    if (records.fields().size() != columns_.size()) return std::nullopt;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const CsvColumn& column = columns_[i];
      const std::string& field = records.fields()[i];
      if (column.defects == 0 || is_missing(field)) continue;
      ColumnBuilder builder(column.type);
      if (append_value(builder, field)) continue;
      const Error error = refused_value(column.type, field);
      return BadRow{.source = file.shown,
                    .line = records.line(),
                    .column = column.name,
                    .reason = cat(error.message, "; ", error.hint),
                    .text = join(records.fields(), std::string(1, layout_.delimiter))};
    }
    return std::nullopt;
  }

  bool is_missing(const std::string& field) const {
    const auto& texts = layout_.null_texts;
    return std::find(texts.begin(), texts.end(), field) != texts.end();
  }

  const std::vector<DataFile>& files_;
  const CsvLayout& layout_;
  const std::vector<CsvColumn>& columns_;
};

/// What reading a column with unusable values says.
Error defect_error(const CsvColumn& column, const std::vector<BadRow>& rows,
                   const std::vector<DataFile>& files) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const BadRow& each) { return each.column == column.name; });
  const std::string others =
      column.defects == 1 ? "" : cat(" (the first of ", column.defects, " such values)");
  Error error{Code::kCorruptData, "", "correct it, or leave such rows out with --bad-rows skip"};
  error.place.field = column.name;
  if (row == rows.end()) {
    error.message = cat("column '", column.name, "' holds values that do not fit the type ",
                        type_name(column.type), others);
    if (files.size() == 1) error.place.source = files.front().shown;
    return error;
  }
  const size_t hint = row->reason.find("; ");
  error.message = row->reason.substr(0, hint) + others;
  if (hint != std::string::npos) {
    error.hint = row->reason.substr(hint + 2) + ", or leave such rows out with --bad-rows skip";
  }
  error.place.source = row->source;
  error.place.line = row->line;
  return error;
}

class SelectWriter {
 public:
  SelectWriter(AttachedTable& table, const CsvLayout& layout, const EngineOptions& options)
      : table_(table), layout_(layout), options_(options) {}

  void write(const CsvTypes& settled) {
    const auto& columns = settled.columns;
    if (settled.invalid_text) require_all(columns);
    find_defects(settled);
    std::vector<std::string> types;
    std::vector<std::string> outputs(columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      types.push_back(columns[i].defects == 0 ? read_type(columns[i]) : proof_type(columns[i]));
      const size_t place = *table_.schema.find(columns[i].name);
      outputs[place] = output_of(columns[i]);
    }
    table_.select = cat("SELECT ", join(outputs, ", "), " FROM ",
                        read_csv_sql(layout_, paths_of(table_.files), types, 0));
    if (!conditions_.empty()) table_.select += " WHERE " + join(conditions_, " AND ");
  }

 private:
  /// DuckDB 1.5.6 fails for good ("Attempted to access index") when a row is not in the encoding
  /// and only some columns are read: a condition that is always true makes it read all of them.
  void require_all(const std::vector<CsvColumn>& columns) {
    std::vector<std::string> names;
    names.reserve(columns.size());
    for (const CsvColumn& column : columns) names.push_back(sql_identifier(column.name));
    conditions_.push_back(cat("hash(", join(names, ", "), ") >= 0"));
  }

  void find_defects(const CsvTypes& settled) {
    if (settled.defective_rows == 0) return;
    defects_ =
        DefectFinder(table_.files, layout_, settled.columns).find(options_.described_bad_rows);
    if (!options_.skip_bad_rows) return;
    table_.left_out = defects_;
    table_.left_out_count = settled.defective_rows;
  }

  /// The column's values in the type of the schema; raises or leaves out what would change.
  std::string output_of(const CsvColumn& column) {
    const std::string name = sql_identifier(column.name);
    std::string value = name;
    if (column.type == Type::kTimestamp) value += "::TIMESTAMP";
    if (column.defects != 0) {
      if (column.type == Type::kInteger) value += "::BIGINT";
      if (column.type == Type::kDate) value += "::TIMESTAMP::DATE";
      const std::string keeps = keeps_value_sql(column);
      if (options_.skip_bad_rows) {
        conditions_.push_back("(" + keeps + ")");
      } else {
        const std::string text = cat("skymill: unusable values in ", table_.files.front().path,
                                     ", column ", column.name);
        table_.raised.emplace_back(text, defect_error(column, defects_, table_.files));
        value =
            cat("CASE WHEN ", keeps, " THEN ", value, " ELSE error(", sql_literal(text), ") END");
      }
    }
    return cat(value, " AS ", name);
  }

  AttachedTable& table_;
  const CsvLayout& layout_;
  const EngineOptions& options_;
  std::vector<BadRow> defects_;
  std::vector<std::string> conditions_;
};

}  // namespace

Result<AttachedTable> attach_csv(const AttachContext& context, const DataFiles& files,
                                 const DataSource& source) {
  AttachedTable table{.files = files.files, .has_rejects = true};
  CsvLayout layout = SKYMILL_TRY(settle_csv_layout(context, files.files, source.dialect));
  if (source.schema) {
    SKYMILL_TRY(check_given_schema(*source.schema, layout.names, files.files.front().shown));
  }
  std::optional<CsvTypes> types =
      SKYMILL_TRY(quick_csv_types(context, files.files, layout, source.schema));
  if (!types) {
    SKYMILL_TRY(check_csv_texts(files.files, layout));
    types = SKYMILL_TRY(settle_csv_types(context, files.files, layout, source.schema));
  }
  if (source.schema) {
    table.schema = *source.schema;
  } else {
    for (const CsvColumn& column : types->columns) {
      table.schema.fields.push_back({column.name, column.type});
    }
  }
  table.dialect = layout.text();
  SelectWriter(table, layout, context.options).write(*types);
  return table;
}

}  // namespace skymill
