// DuckDB's error texts as our errors: a code, a place in the SQL, and a way out.
#pragma once

#include <string>

#include "base/result.h"

namespace skymill {

/// `text` is what DuckDB reports; connections set errors_as_json, which gives type, position and
/// candidates as data. A position becomes place.column, counted from 1.
Error duck_error(const std::string& text);

/// Moves an error's position in `sql_run` back to the user's text, which begins at `offset` in it,
/// and turns it into line and column; a position outside the user's text is dropped.
Error in_user_text(Error error, const std::string& user_sql, size_t offset);

/// Place of the byte `position` (from 0) of `sql`.
Place sql_place(const std::string& sql, size_t position);

/// Whether a stream lost its own error's text: with several threads DuckDB reports only that the
/// query was closed or interrupted.
bool lost_its_text(const Error& error);

}  // namespace skymill
