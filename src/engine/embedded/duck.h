// Thin owners of DuckDB's C handles. Nothing outside this folder includes duckdb.h.
#pragma once

#include <duckdb.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace skymill {

/// A duckdb_result, zeroed from the start: DuckDB may fail without touching it, and would later
/// free what it finds there.
class DuckResult {
 public:
  DuckResult() = default;
  DuckResult(const DuckResult&) = delete;
  DuckResult& operator=(const DuckResult&) = delete;
  ~DuckResult() { duckdb_destroy_result(&result_); }

  duckdb_result* out() { return &result_; }
  duckdb_result get() const { return result_; }
  /// DuckDB's text of what went wrong, or empty.
  std::string error() { return text_or_empty(duckdb_result_error(&result_)); }

  static std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

 private:
  duckdb_result result_ = {};
};

class DuckStatement {
 public:
  DuckStatement() = default;
  DuckStatement(DuckStatement&& other) noexcept : statement_(std::exchange(other.statement_, {})) {}
  DuckStatement& operator=(DuckStatement&& other) noexcept {
    std::swap(statement_, other.statement_);
    return *this;
  }
  ~DuckStatement() {
    if (statement_ != nullptr) duckdb_destroy_prepare(&statement_);
  }

  /// Parses and binds one statement.
  static Result<DuckStatement> prepare(duckdb_connection connection, const std::string& sql);
  duckdb_prepared_statement get() const { return statement_; }

 private:
  duckdb_prepared_statement statement_ = nullptr;
};

/// Small results of our own statements: cells as text, nothing for NULL.
using DuckRow = std::vector<std::optional<std::string>>;
using DuckRows = std::vector<DuckRow>;

/// Runs one or more of our own statements and returns the last one's rows.
Result<DuckRows> duck_rows(duckdb_connection connection, const std::string& sql);
/// The same with one bound text, for text that comes from a user.
Result<DuckRows> duck_rows_of(duckdb_connection connection, const std::string& sql,
                              const std::string& parameter);

/// A cell as a count; 0 for NULL.
uint64_t duck_count(const std::optional<std::string>& cell);
/// "['a','b']" as SQL.
std::string duck_list(const std::vector<std::string>& texts);

}  // namespace skymill
