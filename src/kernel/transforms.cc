// The list of transforms.
#include <array>

#include "kernel/kernel.h"
#include "prepare/feature_plan.h"
#include "rows/bins.h"

namespace skymill {

std::span<const TransformInfo> kernel_transforms() {
  static const std::array<TransformInfo, 2> kTransforms = {
      {{"feature_plan", &FeaturePlan::read}, {"bins", &Bins::read}}};
  return kTransforms;
}

}  // namespace skymill
