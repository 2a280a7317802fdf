// random_forest: the mean of trees grown on bootstraps, each split on a few drawn features
// (Breiman 2001, "Random forests"). Growing: local_grower.h.
#include "train/fit_trees.h"

namespace skymill {
namespace {

Result<Fit> fit(RowSource& source, const Params& params, FitContext& context) {
  GrowRules rules =
      SKYMILL_TRY(grow_rules(params, context.features.size(), source.schema().task, context.seed));
  rules.trees = static_cast<uint32_t>(params.integer("trees"));
  rules.sample = params.number("sample");
  return fit_trees(source, rules, static_cast<uint32_t>(params.integer("max_bins")), context);
}

std::vector<ParamSpec> params() {
  std::vector<ParamSpec> params = {{.name = "trees",
                                    .type = ParamType::kInteger,
                                    .fallback = int64_t{100},
                                    .summary = "number of trees",
                                    .smallest = 1,
                                    .largest = 100'000}};
  for (ParamSpec& spec : tree_params({.max_depth = 20, .min_rows = 5, .features = "auto"})) {
    params.push_back(std::move(spec));
  }
  params.push_back({.name = "sample",
                    .type = ParamType::kNumber,
                    .fallback = 1.0,
                    .summary = "rows a tree draws, with replacement, as a share of all; 0: every "
                               "tree takes every row once, and there is no out-of-bag score",
                    .smallest = 0,
                    .largest = 1});
  return params;
}

}  // namespace

TrainerInfo random_forest() {
  return {.name = "random_forest",
          .summary =
              "the mean of many deep trees, each on a bootstrap of the rows; leaves of 5 "
              "rows by default, which costs less and scores better than single rows",
          .tasks = {Task::kRegression, Task::kClassification},
          .params = params(),
          .native_missing = true,
          .fit = fit};
}

}  // namespace skymill
