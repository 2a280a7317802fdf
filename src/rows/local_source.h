// The local source: rows folded by this process's threads, cached in memory when they fit and
// streamed again when they do not.
#pragma once

#include <functional>
#include <memory>

#include "rows/row_source.h"
#include "table/table.h"

namespace skymill {

/// Opens the rows from the start, in the same order each time.
using StreamFactory = std::function<Result<std::unique_ptr<TableStream>>()>;

struct LocalOptions {
  uint64_t memory_bytes = uint64_t{4} << 30;  // for cached and kept blocks together
};

/// `rows` names columns of the stream's schema. The factory is called once for each scan that the
/// cache cannot answer.
std::unique_ptr<RowSource> make_local_source(StreamFactory factory, RowSchema rows,
                                             LocalOptions options = {});

}  // namespace skymill
