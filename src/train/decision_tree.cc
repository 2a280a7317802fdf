// decision_tree: one tree, for people to read and for quick looks. Growing: local_grower.h.
#include "train/fit_trees.h"

namespace skymill {
namespace {

Result<Fit> fit(RowSource& source, const Params& params, FitContext& context) {
  const GrowRules rules =
      SKYMILL_TRY(grow_rules(params, context.features.size(), source.schema().task, context.seed));
  return fit_trees(source, rules, static_cast<uint32_t>(params.integer("max_bins")), context);
}

}  // namespace

TrainerInfo decision_tree() {
  return {.name = "decision_tree",
          .summary =
              "one tree; by default at most 8 levels and leaves of 5 rows, so that it stays "
              "readable and does not learn single rows by heart",
          .tasks = {Task::kRegression, Task::kClassification},
          .params = tree_params({.max_depth = 8, .min_rows = 5, .features = "all"}),
          .native_missing = true,
          .fit = fit};
}

}  // namespace skymill
