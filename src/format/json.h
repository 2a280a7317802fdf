// The JSON format: one object a line, or one array of objects; formats.cc lists it.
#pragma once

#include "format/format.h"

namespace skymill {

/// Values must have the type of their column (table/json_rows.h); an absent field is missing. The
/// first rows tell which columns the file has: a column of the schema that none of them has is an
/// error, and so is a new field later on when others are kept.
Result<std::unique_ptr<TableStream>> open_json(const ObjectLocation& location,
                                               const ReadOptions& options);

/// Writes one object a line, every column in each, null when missing. NaN and infinities, which
/// JSON cannot name, become null.
Result<std::unique_ptr<TableWriter>> create_json(const ObjectLocation& location,
                                                 std::shared_ptr<const Schema> schema);

}  // namespace skymill
