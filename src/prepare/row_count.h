// How many rows a selection and its transforms leave.
#pragma once

#include "rows/row_source.h"

namespace skymill {

Result<uint64_t> count_rows(RowSource& source, const Selection& rows, const Transforms& transforms,
                            RunContext& context);

}  // namespace skymill
