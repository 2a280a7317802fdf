// Kernel: the lists of everything that runs where rows live, and the C entry through which
// executors and the loopback source call it. A pass or transform is not complete before it stands
// in one of these lists.
#pragma once

#include <span>

#include "rows/pass.h"

namespace skymill {

std::span<const PassInfo> kernel_passes();
std::span<const TransformInfo> kernel_transforms();

}  // namespace skymill
