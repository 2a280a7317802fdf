// The pass grower: grows trees where rows cannot come: each round asks, by one tree_histogram pass,
// for the histograms of a batch of nodes. local_grower.h grows the same trees, faster.
#pragma once

#include "train/tree_histogram.h"

namespace skymill {

/// Which rows, on which bins.
struct BinnedRows {
  Selection rows;
  Transforms transforms;  // the last one is the Bins
};

/// Idea: level by level over all trees (PLANET, Panda et al. 2009), in batches of nodes whose
/// histograms take at most a share of `memory_bytes`. Only drawn features are asked for; nodes that
/// none of those can split ask once more, for all others.
/// Cost: a scan for each level or batch, each rows · trees · depth walks. Test:
/// local_grower_test.cc.
Result<std::vector<GrownTree>> grow_by_passes(RowSource& source, const BinnedRows& rows,
                                              const GrowSetup& setup, uint64_t memory_bytes,
                                              RunContext& context);

Result<OutOfBagSums> score_out_of_bag_by_pass(RowSource& source, const BinnedRows& rows,
                                              std::span<const GrownTree> trees,
                                              const GrowSetup& setup, RunContext& context);

}  // namespace skymill
