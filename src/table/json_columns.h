// JSON objects to columns under a schema: what requests (json_rows.h) and JSON files
// (format/json_reader.cc) have in common.
#pragma once

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "table/table.h"

namespace skymill {

struct JsonColumnsOptions {
  bool refuse_unknown = true;  // a field outside the schema is an error, else it is ignored
  bool refuse_absent = true;   // a column without a field is an error, else it is missing
  /// Columns with true here are text that takes any value, as JSON writes it, and may be absent.
  /// Empty: none.
  std::vector<bool> loose = {};
};

/// Collects rows; its memory is reused. A row that fails leaves the columns unusable until clear.
class JsonColumns {
 public:
  JsonColumns(std::shared_ptr<const Schema> schema, const JsonColumnsOptions& options);

  void clear();
  size_t num_rows() const { return num_rows_; }
  /// Bytes of values held.
  size_t bytes() const;

  /// Fields are matched by name, fastest when they come in the schema's order. Errors:
  /// kSchemaMismatch with place.field for a value, a field or a column that does not fit,
  /// kCorruptData for a field that occurs twice.
  Result<void> append(const simdjson::dom::object& row);

  /// Valid until the next call.
  TableView view();
  /// Leaves the columns empty.
  Table take();
  /// Whether any row so far had a field for this column.
  bool found(size_t column) const { return last_row_[column] != 0; }

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  Result<void> append_absent();
  Error unknown(std::string_view name) const;
  bool loose(size_t column) const { return !options_.loose.empty() && options_.loose[column]; }

  std::shared_ptr<const Schema> schema_;
  JsonColumnsOptions options_;
  std::unordered_map<std::string, size_t, TextHash, std::equal_to<>> index_;
  std::vector<ColumnBuilder> builders_;
  std::vector<ColumnView> views_;
  std::vector<uint64_t> last_row_;  // number of the last row with a field for the column
  uint64_t row_ = 0;                // rows since the beginning, never reset
  size_t num_rows_ = 0;             // rows since clear
};

/// kCorruptData for text that simdjson refused: says why, with the byte offset (from 1) as column
/// when it can be found in little time.
Error json_text_error(simdjson::error_code code, std::string_view text, int max_depth);

}  // namespace skymill
