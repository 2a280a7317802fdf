// The list of passes that trainers ask for.
#include <array>

#include "train/trainer.h"

namespace skymill {

PassInfo gram_pass();
PassInfo logistic_pass();
PassInfo bin_count_pass();
PassInfo tree_histogram_pass();

std::span<const PassInfo> train_passes() {
  static const std::array<PassInfo, 4> kPasses = {gram_pass(), logistic_pass(), bin_count_pass(),
                                                  tree_histogram_pass()};
  return kPasses;
}

}  // namespace skymill
