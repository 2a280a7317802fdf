// JSON text to rows under a schema, as requests and JSON files carry them.
#pragma once

#include <memory>
#include <string_view>

#include "table/table.h"

namespace skymill {

struct JsonRowsOptions {
  /// A server predicts a request in one go, and its thread's other clients wait: 0.4 s for 10,000
  /// rows on a forest of 400 small trees, seconds on deep ones.
  size_t max_rows = 10'000;
  size_t max_bytes = 64 << 20;
  int max_depth = 16;
  /// A field outside the schema is an error; otherwise it is ignored.
  bool refuse_unknown = true;
  /// A schema column without a field is an error; otherwise it is missing.
  bool refuse_absent = true;
};

/// Reused from request to request: the parser's and the rows' memory stays. Not thread-safe.
class JsonRowsReader {
 public:
  JsonRowsReader(std::shared_ptr<const Schema> schema, JsonRowsOptions options);
  ~JsonRowsReader();

  /// One row object `{"age": 16, …}`, or `{"rows": [{…}, …]}`. The view lives until the next call.
  /// `single` tells the first form. Null is missing. A number given for a text column, a text for a
  /// number column, a fraction for an integer column, and a boolean for anything else are errors;
  /// numbers are rounded to a float column's type. Errors: kCorruptData for text that is not JSON
  /// (with the byte offset as column) or repeats a field, kSchemaMismatch with place.field and
  /// place.line = row (1-based; 0 for the single form) for values that do not fit,
  /// kResourceExhausted for too many bytes or rows. About 0.5 µs for a row of 8 fields.
  struct Rows {
    TableView table;
    bool single = false;
  };
  Result<Rows> read(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace skymill
