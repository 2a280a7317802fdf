#include "train/fit_trees.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "train/bin_finder.h"
#include "train/local_grower.h"
#include "train/out_of_bag.h"
#include "train/pass_grower.h"
#include "train/tree_builder.h"

namespace skymill {
namespace {

constexpr uint64_t kMostRequestBytes = uint64_t{64} << 20;

/// Trees, and their out-of-bag score when rows were drawn.
struct Grown {
  std::vector<GrownTree> trees;
  OutOfBagSums out_of_bag;
  std::vector<std::string> warnings;
};

Result<Grown> grow_resident(BinnedTable table, const GrowSetup& setup, FitContext& context) {
  const LocalRows rows = LocalRows::make(table, context.rows, setup.target);
  table = {};
  // Rows out of the bag vote while trees grow, unless their votes take too much room.
  const bool draws = setup.rules.sample > 0;
  const bool follow =
      draws && OutOfBagVotes::bytes(rows.size(), setup.target) <= context.memory_bytes / 8;
  OutOfBagVotes votes(follow ? rows.size() : 0, setup.target);
  Grown grown;
  grown.trees = SKYMILL_TRY(grow_locally(
      rows, setup, {.memory_bytes = context.memory_bytes / 4, .votes = follow ? &votes : nullptr},
      context.run));
  if (follow) {
    grown.out_of_bag = votes.score(rows, setup.target, context.run.pool);
  } else if (draws) {
    grown.out_of_bag = SKYMILL_TRY(score_out_of_bag(rows, grown.trees, setup, context.run));
  }
  return grown;
}

Result<Grown> grow_remote(RowSource& source, const Transforms& transforms, const GrowSetup& setup,
                          FitContext& context) {
  const BinnedRows rows{.rows = context.rows, .transforms = transforms};
  Grown grown;
  grown.trees = SKYMILL_TRY(grow_by_passes(source, rows, setup, context.memory_bytes, context.run));
  for (GrownTree& tree : grown.trees) {
    limit_leaves(tree, setup.rules.max_leaves, setup.target.width());
  }
  if (setup.rules.sample == 0) return grown;
  uint64_t bytes = 0;
  for (const GrownTree& tree : grown.trees) {
    bytes += tree.nodes.size() * 15 + (tree.sets.size() + tree.leaf_totals.size()) * 8;
  }
  if (bytes > kMostRequestBytes) {
    grown.warnings.emplace_back(
        "no out-of-bag score: the trees are too large to send to where the rows are");
    return grown;
  }
  grown.out_of_bag =
      SKYMILL_TRY(score_out_of_bag_by_pass(source, rows, grown.trees, setup, context.run));
  return grown;
}

Json details_of(const Grown& grown, const GrowSetup& setup) {
  size_t nodes = 0;
  size_t leaves = 0;
  for (const GrownTree& tree : grown.trees) {
    nodes += tree.nodes.size();
    leaves += tree.leaf_totals.size() / setup.target.width();
  }
  Json details = Json::object();
  details.set("trees", Json(grown.trees.size()));
  details.set("nodes", Json(nodes));
  details.set("leaves", Json(leaves));
  if (setup.rules.sample > 0) grown.out_of_bag.report(setup.target, details);
  return details;
}

}  // namespace

std::vector<ParamSpec> tree_params(const TreeDefaults& defaults) {
  return {
      {.name = "max_depth",
       .type = ParamType::kInteger,
       .fallback = defaults.max_depth,
       .summary = "splits between the root and a leaf, at most",
       .smallest = 0,
       .largest = 1000},
      {.name = "max_leaves",
       .type = ParamType::kInteger,
       .fallback = int64_t{0},
       .summary = "leaves of a tree, at most: those that the largest gains lead to; 0: no limit",
       .smallest = 0,
       .largest = 1e9},
      {.name = "min_rows",
       .type = ParamType::kInteger,
       .fallback = defaults.min_rows,
       .summary = "rows in a leaf, at least (their weight, where rows have one)",
       .smallest = 1,
       .largest = 1e12},
      {.name = "max_bins",
       .type = ParamType::kInteger,
       .fallback = int64_t{256},
       .summary = "bins of a number, one of them for missing values; a number with fewer distinct "
                  "values is split exactly",
       .smallest = 3,
       .largest = 256},
      {.name = "features_per_split",
       .type = ParamType::kText,
       .fallback = defaults.features,
       .summary = "features drawn for a split: all, sqrt, a count (3), a share (0.5 or 1/3), or "
                  "auto: sqrt for classification, 1/3 for regression"},
  };
}

Result<uint32_t> parse_features_per_split(const std::string& text, size_t features, Task task) {
  const auto all = static_cast<double>(features);
  const auto rounded = [&](double count) {
    return static_cast<uint32_t>(std::clamp(std::floor(count + 0.5), 1.0, std::max(1.0, all)));
  };
  if (text == "all") return rounded(all);
  if (text == "sqrt" || (text == "auto" && task == Task::kClassification)) {
    return rounded(std::sqrt(all));
  }
  if (text == "auto") return rounded(all / 3);
  if (const auto count = parse_integer(text); count && *count >= 1) {
    return rounded(static_cast<double>(std::min<int64_t>(*count, 1'000'000'000)));
  }
  const std::vector<std::string> parts = split(text, '/');
  const auto share = parts.size() <= 2 ? parse_number(parts[0]) : std::nullopt;
  const auto divisor = parts.size() == 2 ? parse_number(parts[1]) : std::optional<double>(1);
  if (share && divisor && *divisor > 0 && *share > 0 && *share <= *divisor) {
    return rounded(all * (*share / *divisor));
  }
  return Error{Code::kInvalidArgument,
               cat("parameter features_per_split=", text, " is no count or share of the features"),
               "give all, sqrt, auto, a count of at least 1, or a share such as 0.5 or 1/3",
               {.field = "features_per_split"}};
}

Result<GrowRules> grow_rules(const Params& params, size_t features, Task task, uint64_t seed) {
  return GrowRules{.max_depth = static_cast<uint32_t>(params.integer("max_depth")),
                   .max_leaves = static_cast<uint32_t>(params.integer("max_leaves")),
                   .min_rows = static_cast<uint64_t>(params.integer("min_rows")),
                   .features_per_split = SKYMILL_TRY(
                       parse_features_per_split(params.text("features_per_split"), features, task)),
                   .seed = seed};
}

Result<Fit> fit_trees(RowSource& source, const GrowRules& rules, uint32_t max_bins,
                      FitContext& context) {
  BinPlan plan = SKYMILL_TRY(find_bins(source, max_bins, context));
  const RowSchema& schema = source.schema();
  const TreeTarget target = TreeTarget::make(schema.task, schema.classes.size(), plan.stats);
  const GrowSetup setup = GrowSetup::make(rules, target, std::move(plan.features), plan.stats);
  Transforms transforms = context.plan;
  transforms.push_back(plan.bins);

  auto table = SKYMILL_TRY(source.resident(transforms, context.memory_bytes / 4, context.run));
  Grown grown = table ? SKYMILL_TRY(grow_resident(std::move(*table), setup, context))
                      : SKYMILL_TRY(grow_remote(source, transforms, setup, context));
  BuiltTrees built =
      SKYMILL_TRY(build_trees(grown.trees, setup, plan.bins->features(), context.run.pool));
  Fit fit{.body = std::move(built.body), .report = {}};
  fit.report.details = details_of(grown, setup);
  fit.report.warnings = std::move(grown.warnings);
  for (size_t f = 0; f < context.features.size(); ++f) {
    fit.report.importance.emplace_back(context.features[f].name, built.importance[f]);
  }
  return fit;
}

}  // namespace skymill
