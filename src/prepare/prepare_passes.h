// The passes of this module; prepare_passes.cc lists them.
#pragma once

#include "rows/pass.h"

namespace skymill {

PassInfo quantile_pass();
PassInfo column_statistics_pass();
PassInfo row_count_pass();

}  // namespace skymill
