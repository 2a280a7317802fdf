// JobRunner: evaluates a list of jobs over blocks that come from somewhere: the local source's
// threads and the kernel library share it, so a pass behaves the same in both.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "rows/row_source.h"

namespace skymill {

/// Blocks per state of a pass that is not order-free: partial states belong to fixed runs of
/// blocks, so that sums do not depend on threads.
inline constexpr size_t kRunBlocks = 4;

class JobRunner {
 public:
  /// Makes the states and groups the jobs by selection and transforms. `features` are those of the
  /// raw blocks.
  static Result<std::unique_ptr<JobRunner>> make(std::span<const Job> jobs,
                                                 std::span<const Feature> features,
                                                 const RunContext& context);

  /// A raw block, and optionally the same rows after the first transforms of the jobs.
  struct Input {
    Block raw;
    /// The block after `kept_transforms`, when a source kept it; else null.
    const Block* kept = nullptr;
    std::span<const std::shared_ptr<const Transform>> kept_transforms = {};
  };

  /// Folds run `run` (its blocks in order) into the states. Thread-safe for distinct `thread`s.
  /// Runs must be numbered 0, 1, … without a gap; they may finish in any order.
  Result<void> add_run(uint64_t run, std::span<const Input> blocks, unsigned thread);

  /// The states in the order of the jobs; all runs must have been added.
  Result<std::vector<std::unique_ptr<PassState>>> finish();

 private:
  /// Jobs that see the same rows.
  struct Group {
    Selection rows;
    Transforms transforms;
    std::vector<Feature> selected;  // features of the block a selection gathers
    std::vector<size_t> jobs;
  };
  /// Buffers of one thread.
  struct Scratch {
    std::vector<uint32_t> rows;
    BlockBuffer gathered;
    std::vector<BlockBuffer> transformed;
  };

  JobRunner() = default;
  Result<Block> view(const Group& group, const Input& input, Scratch& scratch) const;
  Result<void> merge_in_order(uint64_t run, std::vector<std::unique_ptr<PassState>> states);

  std::vector<Job> jobs_;
  std::vector<const PassInfo*> passes_;
  std::vector<Group> groups_;
  std::vector<Feature> features_;
  std::vector<Scratch> scratch_;                                        // per thread
  std::vector<std::vector<std::unique_ptr<PassState>>> thread_states_;  // order-free, per thread

  std::mutex mutex_;
  std::vector<std::unique_ptr<PassState>> merged_;  // of runs below next_run_
  std::map<uint64_t, std::vector<std::unique_ptr<PassState>>> waiting_;
  uint64_t next_run_ = 0;
};

}  // namespace skymill
