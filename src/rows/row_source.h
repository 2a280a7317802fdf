// RowSource: rows somewhere, folded by passes. Three kinds: local (threads here), loopback (the
// kernel library, in shuffled partitions, through bytes) and Spark executors.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "base/thread_pool.h"
#include "rows/bins.h"

namespace skymill {

/// What a run needs and may use. Everything must outlive the run.
struct RunContext {
  std::span<const PassInfo> passes;
  std::span<const TransformInfo> transforms;
  ThreadPool& pool;
  const Cancel& cancel;
  /// Called now and then with rows done and rows in all (0: not known yet); may be null.
  std::function<void(uint64_t done, uint64_t total)> progress = nullptr;

  /// The pass of this name, or an internal error.
  Result<const PassInfo*> pass(std::string_view name) const;
};

struct RowCounts {
  uint64_t read = 0;            // rows of the source
  uint64_t missing_label = 0;   // dropped
  uint64_t missing_weight = 0;  // dropped

  uint64_t used() const { return read - missing_label - missing_weight; }
};

class RowSource {
 public:
  virtual ~RowSource() = default;

  virtual const RowSchema& schema() const = 0;
  /// Known after the first run.
  virtual RowCounts counts() const = 0;
  /// ONE scan, many jobs; the states come back in the order of the jobs.
  virtual Result<std::vector<std::unique_ptr<PassState>>> run(std::span<const Job> jobs,
                                                              RunContext& context) = 0;
  /// Asks to keep blocks after these transforms, so that later jobs that start with them (the same
  /// objects) need not apply them again; replaces what was kept before, and an empty list frees it.
  /// A source without room may ignore it.
  virtual Result<void> keep(Transforms transforms) = 0;
  /// All rows after the transforms, the last of which is a Bins, for the local tree grower; nothing
  /// where the rows live elsewhere or would take more than `max_bytes`.
  virtual Result<std::optional<BinnedTable>> resident(const Transforms& transforms,
                                                      uint64_t max_bytes, RunContext& context) = 0;
};

/// Runs one job and returns its state as `State`.
template <typename State>
Result<std::unique_ptr<State>> run_one(RowSource& source, Job job, RunContext& context) {
  auto states = SKYMILL_TRY(source.run(std::span<const Job>(&job, 1), context));
  return state_as<State>(std::move(states.front()));
}

}  // namespace skymill
