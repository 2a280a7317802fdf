// The local grower: grows trees where the binned table is in memory. pass_grower.h grows the same
// trees where it is not.
#pragma once

#include "train/out_of_bag.h"

namespace skymill {

struct LocalOutput {
  uint64_t memory_bytes = 0;       // for the threads' copies of records
  OutOfBagVotes* votes = nullptr;  // where rows out of the bag are voted on; may be null
};

/// Idea: a node's records are contiguous. A split moves them (two buffers that alternate), so every
/// histogram is one sequential read, and trees grow depth first, so that small nodes stay in the
/// cache (Snap ML's breadth-to-depth idea, Dünner et al. 2020, without its breadth phase). Only the
/// drawn features are counted. A small node marks the bins it touches, so that neither clearing nor
/// scanning visits empty bins. One tree per thread.
/// Bootstrap: Poisson weights by (seed, tree, key). Rows of weight 0 travel in buffers of their
/// own, so that they arrive at the leaf that judges them without walking the tree. Memory: per
/// thread two copies of the records, at most `memory_bytes` in all (fewer threads then work). Cost:
/// rows · depth · features_per_split, about 0.5 ns each, plus about 3 ns per row and level to move.
/// Test: local_grower_test.cc (equal to the pass grower, node for node).
Result<std::vector<GrownTree>> grow_locally(const LocalRows& rows, const GrowSetup& setup,
                                            const LocalOutput& output, RunContext& context);

}  // namespace skymill
