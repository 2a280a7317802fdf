// A fast proof that every value of CSV files fits the type its column is guessed to have. It knows
// a narrower grammar than DuckDB's reader: what it accepts DuckDB reads unchanged, and what it does
// not accept it leaves to DuckDB to judge. A few times as fast as reading the same values.
#pragma once

#include <string_view>
#include <vector>

#include "base/thread_pool.h"
#include "engine/embedded/csv_types.h"

namespace skymill {

/// Whether every record after the header has as many fields as there are columns, is UTF-8 without
/// NUL bytes, ends like all others, quotes as RFC 4180 says, and holds only values of the columns'
/// types or missing ones. Integer columns in which some file has a fraction become numbers; when
/// the answer is false nothing is changed. `texts` are whole files, without byte order marks.
/// Errors: cancelled.
Result<bool> prove_csv_types(const std::vector<std::string_view>& texts, const CsvLayout& layout,
                             const EngineOptions& options, std::vector<CsvColumn>& columns);

}  // namespace skymill
