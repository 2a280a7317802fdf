// The gate: what one text of SQL may do, decided on its parse tree before anything is bound or run.
// DuckDB's lock alone is not enough: plain SELECTs can switch on logging to files, list settings,
// or write into folders that reading needs.
#pragma once

#include <string>
#include <vector>

#include "engine/embedded/duck.h"

namespace skymill {

/// A table named in FROM that is no common table expression.
struct TableName {
  std::string name;
  size_t position = 0;  // byte in the SQL
};

/// One SELECT that the gate let through.
struct Statement {
  std::string sql;                     // as given
  std::string body;                    // without the final ';' and what follows it
  std::vector<TableName> tables;       // distinct
  std::vector<std::string> functions;  // distinct names used in expressions, operators included
  bool plain_scan = false;  // one table with filter and projection only (functions not judged)
};

/// Parses `sql` in a database that only parses. Errors: kInvalidArgument for a syntax error or
/// several statements; kPermissionDenied for anything but a SELECT, for a table function outside
/// range, generate_series, unnest, json_each, for DESCRIBE and SHOW, and for names with a schema.
Result<Statement> parse_select(duckdb_connection parser, const std::string& sql);

/// Whether every one of these functions gives the same value for the same row in every run.
Result<bool> repeatable(duckdb_connection parser, const std::vector<std::string>& functions);

}  // namespace skymill
