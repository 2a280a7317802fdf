// The entry of skymill_arrow.so: a C symbol, so that no exception, no type test and no second copy
// of a global crosses between the core and what it opens. It fills the table and returns null, or
// returns why it refuses: the build is not its own.
#pragma once

#include "format/format.h"

namespace skymill {

/// None of these may throw.
struct ArrowModule {
  Result<std::unique_ptr<TableStream>> (*open_parquet)(const ObjectLocation& location,
                                                       const ReadOptions& options) = nullptr;
  Result<std::unique_ptr<TableWriter>> (*create_parquet)(
      const ObjectLocation& location, std::shared_ptr<const Schema> schema) = nullptr;
};

}  // namespace skymill
