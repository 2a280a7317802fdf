#include "engine/embedded/duck.h"

#include "base/text.h"
#include "engine/embedded/duck_error.h"
#include "engine/engine.h"

namespace skymill {
namespace {

DuckRows all_cells(duckdb_result* result) {
  DuckRows rows(duckdb_row_count(result));
  const idx_t columns = duckdb_column_count(result);
  for (idx_t row = 0; row < rows.size(); ++row) {
    for (idx_t column = 0; column < columns; ++column) {
      char* text = duckdb_value_varchar(result, column, row);
      rows[row].push_back(text == nullptr ? std::optional<std::string>() : std::string(text));
      duckdb_free(text);
    }
  }
  return rows;
}

}  // namespace

Result<DuckStatement> DuckStatement::prepare(duckdb_connection connection, const std::string& sql) {
  DuckStatement out;
  if (duckdb_prepare(connection, sql.c_str(), &out.statement_) != DuckDBSuccess) {
    return duck_error(DuckResult::text_or_empty(duckdb_prepare_error(out.statement_)));
  }
  return out;
}

Result<DuckRows> duck_rows(duckdb_connection connection, const std::string& sql) {
  DuckResult result;
  if (duckdb_query(connection, sql.c_str(), result.out()) != DuckDBSuccess) {
    return duck_error(result.error());
  }
  return all_cells(result.out());
}

Result<DuckRows> duck_rows_of(duckdb_connection connection, const std::string& sql,
                              const std::string& parameter) {
  const auto statement = SKYMILL_TRY(DuckStatement::prepare(connection, sql));
  duckdb_bind_varchar_length(statement.get(), 1, parameter.data(), parameter.size());
  DuckResult result;
  if (duckdb_execute_prepared(statement.get(), result.out()) != DuckDBSuccess) {
    return duck_error(result.error());
  }
  return all_cells(result.out());
}

uint64_t duck_count(const std::optional<std::string>& cell) {
  return cell ? static_cast<uint64_t>(parse_integer(*cell).value_or(0)) : 0;
}

std::string duck_list(const std::vector<std::string>& texts) {
  std::vector<std::string> literals;
  literals.reserve(texts.size());
  for (const std::string& text : texts) literals.push_back(sql_literal(text));
  return "[" + join(literals, ",") + "]";
}

}  // namespace skymill
