#include "prepare/split.h"

#include <cmath>

#include "prepare/quantiles.h"

namespace skymill {
namespace {

constexpr size_t kMaxStrata = 32;

}  // namespace

Result<Selection> split_rows(RowSource& source, uint64_t seed, const std::vector<double>& shares,
                             RunContext& context) {
  SKYMILL_CHECK(!shares.empty() && shares.size() <= 64);
  const size_t classes = source.schema().classes.size();
  const bool stratified = classes >= 2 && classes <= kMaxStrata;
  std::vector<QuantileTarget> targets;
  for (size_t c = 0; c < (stratified ? classes : 1); ++c) {
    targets.push_back({.by = RankedBy::kKeyHash,
                       .feature = 0,
                       .seed = seed,
                       .label_class = stratified ? static_cast<int32_t>(c) : -1});
  }
  // The first rank of each fold but the first; a rank beyond the end is an empty fold.
  const auto first_rank = [&](size_t fold, uint64_t count) {
    double before = 0;
    for (size_t f = 0; f < fold; ++f) before += shares[f];
    return static_cast<uint64_t>(std::llround(before * static_cast<double>(count)));
  };
  const auto ranks = [&](size_t, uint64_t count) {
    std::vector<uint64_t> wanted;
    for (size_t fold = 1; fold < shares.size(); ++fold) {
      const uint64_t rank = first_rank(fold, count);
      if (rank < count) wanted.push_back(rank);
    }
    return wanted;
  };
  const auto found = SKYMILL_TRY(exact_quantiles(source, {}, targets, ranks, 64, context));
  Selection split{.seed = seed};
  for (const QuantileCounts& counts : found) {
    CutPoints cuts = counts.keys;
    cuts.resize(shares.size() - 1, ~uint64_t{0});
    split.cuts.push_back(std::move(cuts));
  }
  return split;
}

Selection only_fold(const Selection& split, size_t fold) {
  Selection out = split;
  out.mask = uint64_t{1} << fold;
  return out;
}

Selection all_but_fold(const Selection& split, size_t fold, size_t folds) {
  Selection out = split;
  const uint64_t all = folds >= 64 ? ~uint64_t{0} : (uint64_t{1} << folds) - 1;
  out.mask = all & ~(uint64_t{1} << fold);
  return out;
}

}  // namespace skymill
