// A DuckDB chunk as a Table: numbers, dates and validity stay where DuckDB put them; booleans are
// packed and texts laid end to end.
#pragma once

#include <memory>

#include "engine/embedded/duck.h"
#include "table/table.h"

namespace skymill {

/// Takes `chunk`. Precondition: its columns have the types that mapped_type() fetches for `schema`.
/// Errors: an infinite date or timestamp, more than 2 GiB of text.
Result<Table> chunk_table(std::shared_ptr<const Schema> schema, duckdb_data_chunk chunk);

}  // namespace skymill
