// Parquet files to tables and back, decoded and encoded by Arrow.
#pragma once

#include "format/format.h"

namespace skymill {

/// May throw what Arrow throws; module.cc catches it.
Result<std::unique_ptr<TableStream>> open_parquet_file(const ObjectLocation& location,
                                                       const ReadOptions& options);

Result<std::unique_ptr<TableWriter>> create_parquet_file(const ObjectLocation& location,
                                                         std::shared_ptr<const Schema> schema);

}  // namespace skymill
