// The list of passes: those of each module, in the order of the flow.
#include <vector>

#include "evaluate/metrics.h"
#include "kernel/kernel.h"
#include "prepare/feature_plan.h"
#include "train/trainer.h"

namespace skymill {

std::span<const PassInfo> kernel_passes() {
  static const std::vector<PassInfo> kPasses = [] {
    std::vector<PassInfo> all;
    for (const auto part : {prepare_passes(), evaluate_passes(), train_passes()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return kPasses;
}

}  // namespace skymill
