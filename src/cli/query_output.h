// The rows of a query as the commands print them.
#pragma once

#include <vector>

#include "base/json.h"
#include "table/table.h"

namespace skymill {

/// All tables of a stream.
Result<std::vector<Table>> read_all(TableStream& stream);

/// {schema: [{name, type}], rows: [[…]]}
Json rows_json(const Schema& schema, const std::vector<Table>& tables);

}  // namespace skymill
