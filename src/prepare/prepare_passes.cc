// The list of passes that preparing asks for.
#include "prepare/prepare_passes.h"

#include <array>

#include "prepare/feature_plan.h"

namespace skymill {

std::span<const PassInfo> prepare_passes() {
  static const std::array<PassInfo, 3> kPasses = {column_statistics_pass(), quantile_pass(),
                                                  row_count_pass()};
  return kPasses;
}

}  // namespace skymill
