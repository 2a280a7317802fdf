// Fitting trees: bins, growing, out-of-bag score, model: what decision_tree and random_forest
// share.
#pragma once

#include "train/grown_tree.h"
#include "train/trainer.h"

namespace skymill {

/// Parameters that every trainer of trees takes; `features` is the default of features_per_split,
/// which `about_features` explains.
struct TreeDefaults {
  int64_t max_depth = 8;
  int64_t min_rows = 5;
  std::string features = "all";
};
std::vector<ParamSpec> tree_params(const TreeDefaults& defaults);

/// features_per_split as a number of features: "all", "sqrt" (rounded), a count ("3"), a share
/// ("0.5", "1/3"), or "auto": sqrt for classification, 1/3 for regression. At least 1, at most all.
Result<uint32_t> parse_features_per_split(const std::string& text, size_t features, Task task);

/// The rules that tree_params() describe; a forest sets trees and sample itself.
Result<GrowRules> grow_rules(const Params& params, size_t features, Task task, uint64_t seed);

/// Fits the trees on the rows of the context: by the local grower where the source can hand over
/// the binned table, else by passes; both give the same bits.
Result<Fit> fit_trees(RowSource& source, const GrowRules& rules, uint32_t max_bins,
                      FitContext& context);

}  // namespace skymill
