// The Parquet format, in a module of its own because Arrow's libraries cost 12 to 21 ms to load;
// formats.cc lists it.
#pragma once

#include "format/format.h"

namespace skymill {

/// Columns have the file's types; under a schema they are cast where no value is lost, except that
/// numbers are rounded to float columns. Errors: the module is missing or of another build, a type
/// without a counterpart, a value that does not fit.
Result<std::unique_ptr<TableStream>> open_parquet(const ObjectLocation& location,
                                                  const ReadOptions& options);

/// Row groups of 122,880 rows, compressed with Zstandard.
Result<std::unique_ptr<TableWriter>> create_parquet(const ObjectLocation& location,
                                                    std::shared_ptr<const Schema> schema);

}  // namespace skymill
