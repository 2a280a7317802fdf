#include "engine/embedded/duck_types.h"

#include <algorithm>

namespace skymill {

MappedType mapped_type(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      return {Type::kBoolean};
    case DUCKDB_TYPE_BIGINT:
      return {Type::kInteger};
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
      return {Type::kInteger, "BIGINT"};  // or an error that says so
    case DUCKDB_TYPE_FLOAT:
      return {Type::kFloat, "DOUBLE"};
    case DUCKDB_TYPE_DOUBLE:
      return {Type::kNumber};
    case DUCKDB_TYPE_DECIMAL:
      return {Type::kNumber, "DOUBLE"};
    case DUCKDB_TYPE_VARCHAR:
      return {Type::kText};
    case DUCKDB_TYPE_DATE:
      return {Type::kDate};
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return {Type::kTimestamp};
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return {Type::kTimestamp, "TIMESTAMP"};
    default:
      return {Type::kText, "VARCHAR"};
  }
}

bool ResultColumns::any_cast() const {
  return std::any_of(casts.begin(), casts.end(),
                     [](const std::string& cast) { return !cast.empty(); });
}

ResultColumns result_columns(duckdb_prepared_statement statement) {
  ResultColumns out;
  const idx_t count = duckdb_prepared_statement_column_count(statement);
  for (idx_t i = 0; i < count; ++i) {
    const char* name = duckdb_prepared_statement_column_name(statement, i);
    duckdb_logical_type logical = duckdb_prepared_statement_column_logical_type(statement, i);
    MappedType mapped = mapped_type(duckdb_get_type_id(logical));
    // JSON is VARCHAR under another name; its text is what is wanted.
    duckdb_destroy_logical_type(&logical);
    out.schema.fields.push_back({DuckResult::text_or_empty(name), mapped.type});
    out.casts.push_back(std::move(mapped.cast));
    duckdb_free(const_cast<char*>(name));
  }
  return out;
}

}  // namespace skymill
