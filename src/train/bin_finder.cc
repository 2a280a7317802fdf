#include "train/bin_finder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "prepare/quantiles.h"

namespace skymill {

double mid_point(double lower, double upper) {
  const double middle = lower / 2 + upper / 2;  // no overflow; denormals may round
  return middle >= lower && middle < upper ? middle : lower;
}

FeatureBins category_bins(std::span<const uint64_t> level_counts) {
  std::vector<uint32_t> occurring;
  for (uint32_t level = 0; level < level_counts.size(); ++level) {
    if (level_counts[level] > 0) occurring.push_back(level);
  }
  const bool shared = occurring.size() > kOwnBinLevels;
  std::vector<uint32_t> own = occurring;
  if (shared) {
    std::ranges::stable_sort(
        own, [&](uint32_t a, uint32_t b) { return level_counts[a] > level_counts[b]; });
    own.resize(kOwnBinLevels);
    std::ranges::sort(own);
  }
  const auto values = static_cast<uint32_t>(own.size()) + (shared ? 1 : 0);
  FeatureBins bins{.kind = FeatureKind::kCategory, .num_bins = values + 1};
  bins.level_bin.assign(level_counts.size(), static_cast<uint8_t>(values));
  for (const uint32_t level : occurring) bins.level_bin[level] = static_cast<uint8_t>(own.size());
  for (uint32_t bin = 0; bin < own.size(); ++bin) {
    bins.level_bin[own[bin]] = static_cast<uint8_t>(bin);
  }
  return bins;
}

namespace {

FeatureBins number_bins(std::vector<double> upper) {
  FeatureBins bins{.kind = FeatureKind::kNumber};
  bins.num_bins = static_cast<uint32_t>(upper.size()) + 2;
  bins.upper = std::move(upper);
  return bins;
}

/// Cuts between all neighbours.
FeatureBins exact_bins(const std::vector<uint64_t>& keys) {
  std::vector<double> upper;
  for (size_t i = 0; i + 1 < keys.size(); ++i) {
    upper.push_back(mid_point(order_value(keys[i]), order_value(keys[i + 1])));
  }
  return number_bins(std::move(upper));
}

/// Ranks whose values close a bin, and the largest value, which needs no cut above it.
std::vector<uint64_t> cut_ranks(uint64_t count, uint32_t values) {
  std::vector<uint64_t> ranks;
  for (uint32_t i = 1; i < values; ++i) {
    const auto rank = static_cast<uint64_t>(static_cast<Sum128>(count) * i / values);
    if (rank > 0 && (ranks.empty() || rank - 1 > ranks.back())) ranks.push_back(rank - 1);
  }
  if (count > 0 && (ranks.empty() || ranks.back() < count - 1)) ranks.push_back(count - 1);
  return ranks;
}

FeatureBins quantile_bins(const std::vector<uint64_t>& keys) {
  std::vector<double> upper;
  for (const uint64_t key : keys) {
    if (key >= keys.back()) break;
    const double cut = order_value(key);
    if (upper.empty() || cut > upper.back()) upper.push_back(cut);
  }
  return number_bins(std::move(upper));
}

Result<std::unique_ptr<BinCountState>> count_rows(RowSource& source, uint32_t most_values,
                                                  FitContext& context) {
  BinCountRequest request{.most_values = most_values};
  for (const Feature& feature : context.features) {
    request.num_levels.push_back(feature.kind == FeatureKind::kNumber
                                     ? BinCountRequest::kNumber
                                     : static_cast<uint32_t>(feature.levels.size()));
  }
  Job job{.pass = "bin_count", .rows = context.rows, .transforms = context.plan};
  request.write(job.parameters);
  return run_one<BinCountState>(source, std::move(job), context.run);
}

/// Bins of the numbers with too many values, by exact quantiles.
Result<void> cut_numbers(RowSource& source, const std::vector<uint32_t>& wide, uint32_t values,
                         FitContext& context, std::vector<FeatureBins>& bins) {
  if (wide.empty()) return {};
  std::vector<QuantileTarget> targets;
  for (const uint32_t feature : wide) {
    targets.push_back({.by = RankedBy::kFeature, .feature = feature});
  }
  const auto ranks = [values](size_t, uint64_t count) { return cut_ranks(count, values); };
  const auto quantiles = SKYMILL_TRY(exact_quantiles(
      source, {.rows = context.rows, .transforms = context.plan}, targets, ranks, 48, context.run));
  for (size_t i = 0; i < wide.size(); ++i) bins[wide[i]] = quantile_bins(quantiles[i].keys);
  return {};
}

bool two_bins_occur(const BinCountState::FeatureCount& count, const FeatureBins& bins) {
  size_t values = bins.upper.size() + 1;
  if (bins.kind == FeatureKind::kCategory) {
    values = bins.num_bins - 1;
  } else if (!count.values.too_many() && count.values.sorted().empty()) {
    values = 0;
  }
  return values + (count.missing > 0 ? 1 : 0) >= 2;
}

}  // namespace

Result<BinPlan> find_bins(RowSource& source, uint32_t max_bins, FitContext& context) {
  const uint32_t values = max_bins - 1;
  const auto counts = SKYMILL_TRY(count_rows(source, values, context));
  BinPlan plan{.stats = counts->stats()};
  if (plan.stats.rows == 0) {
    return Error{Code::kInvalidArgument, "there are no rows with a positive weight to train on",
                 "check --where, the label and the weight column"};
  }
  std::vector<FeatureBins> bins(context.features.size());
  std::vector<uint32_t> wide;
  for (uint32_t f = 0; f < bins.size(); ++f) {
    const auto& count = counts->features()[f];
    if (context.features[f].kind != FeatureKind::kNumber) {
      bins[f] = category_bins(count.levels);
    } else if (count.values.too_many()) {
      wide.push_back(f);
    } else {
      bins[f] = exact_bins(count.values.sorted());
    }
  }
  SKYMILL_TRY(cut_numbers(source, wide, values, context, bins));
  for (size_t f = 0; f < bins.size(); ++f) {
    plan.features.push_back({.category = bins[f].kind == FeatureKind::kCategory,
                             .num_bins = bins[f].num_bins,
                             .usable = two_bins_occur(counts->features()[f], bins[f])});
  }
  plan.bins = SKYMILL_TRY(Bins::make(context.features, std::move(bins)));
  return plan;
}

}  // namespace skymill
