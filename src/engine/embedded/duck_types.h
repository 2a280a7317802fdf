// DuckDB's types as ours. What has no counterpart is read as the text DuckDB makes of it.
#pragma once

#include <string>

#include "engine/embedded/duck.h"
#include "table/schema.h"

namespace skymill {

struct MappedType {
  Type type = Type::kText;
  /// What a value is converted to in SQL before it is fetched; empty when it is fetched as it is.
  std::string cast = {};
};

MappedType mapped_type(duckdb_type type);

/// Names and types of a prepared statement's result, with their casts.
struct ResultColumns {
  Schema schema;
  std::vector<std::string> casts;

  bool any_cast() const;
};
ResultColumns result_columns(duckdb_prepared_statement statement);

}  // namespace skymill
