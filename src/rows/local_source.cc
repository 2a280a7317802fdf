#include "rows/local_source.h"

#include <algorithm>
#include <atomic>

#include "base/text.h"
#include "rows/job_runner.h"
#include "rows/roles.h"

namespace skymill {
namespace {

/// A block with its memory.
struct OwnedBlock {
  BlockBuffer buffer;
  Block block;
};

using OwnedBlocks = std::vector<std::shared_ptr<const OwnedBlock>>;

class LocalSource final : public RowSource {
 public:
  LocalSource(StreamFactory factory, RowSchema rows, LocalOptions options)
      : factory_(std::move(factory)),
        options_(options),
        roles_(std::make_shared<Roles>(std::move(rows), true)) {}

  const RowSchema& schema() const override { return roles_->rows(); }
  RowCounts counts() const override { return counts_; }

  Result<std::vector<std::unique_ptr<PassState>>> run(std::span<const Job> jobs,
                                                      RunContext& context) override {
    auto runner = SKYMILL_TRY(JobRunner::make(jobs, schema().features, context));
    if (cached_) {
      SKYMILL_TRY(run_cached(*runner, context));
    } else {
      SKYMILL_TRY(run_streamed(*runner, context));
    }
    return runner->finish();
  }

  Result<void> keep(Transforms transforms) override {
    kept_transforms_ = std::move(transforms);
    kept_.clear();
    return {};
  }

  Result<std::optional<BinnedTable>> resident(const Transforms& transforms, uint64_t max_bytes,
                                              RunContext& context) override;

 private:
  Result<void> run_cached(JobRunner& runner, RunContext& context);
  Result<void> run_streamed(JobRunner& runner, RunContext& context);
  Result<void> fill_kept(RunContext& context);
  /// Keeps a raw block in the cache while there is room.
  void cache(std::shared_ptr<OwnedBlock> block);

  StreamFactory factory_;
  LocalOptions options_;
  std::shared_ptr<const Roles> roles_;
  RowCounts counts_;
  bool counted_ = false;

  OwnedBlocks blocks_;  // raw, in order; complete when cached_
  uint64_t cached_bytes_ = 0;
  bool cached_ = false;
  bool too_large_ = false;

  Transforms kept_transforms_;
  OwnedBlocks kept_;  // as many as blocks_, or none
};

void LocalSource::cache(std::shared_ptr<OwnedBlock> block) {
  if (too_large_) return;
  cached_bytes_ += block->buffer.bytes();
  if (cached_bytes_ > options_.memory_bytes) {
    too_large_ = true;
    blocks_.clear();
    blocks_.shrink_to_fit();
    return;
  }
  blocks_.push_back(std::move(block));
}

/// The first error of any thread wins; the others stop at their next look.
class FirstError {
 public:
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  void set(Error error) {
    const std::lock_guard lock(mutex_);
    if (!failed_.exchange(true)) error_ = std::move(error);
  }
  Result<void> result() {
    if (failed()) return error_;
    return {};
  }

 private:
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  Error error_;
};

Result<void> LocalSource::fill_kept(RunContext& context) {
  if (kept_transforms_.empty() || !kept_.empty() || blocks_.empty()) return {};
  kept_.resize(blocks_.size());
  FirstError failure;
  std::atomic<uint64_t> bytes = 0;
  context.pool.parallel_for(blocks_.size(), [&](size_t b, unsigned) {
    if (failure.failed() || cached_bytes_ + bytes > options_.memory_bytes) return;
    auto kept = std::make_shared<OwnedBlock>();
    Block block = blocks_[b]->block;
    std::vector<BlockBuffer> stages(kept_transforms_.size());
    for (size_t t = 0; t < stages.size(); ++t) {
      auto next = kept_transforms_[t]->apply(block, stages[t]);
      if (!next) return failure.set(std::move(next).error());
      block = *next;
    }
    // Untouched columns still point into the raw block: copy all, so that the kept one stands
    // alone.
    std::vector<uint32_t> rows(block.num_rows);
    for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<uint32_t>(i);
    kept->block = gather(block, rows, kept_transforms_.back()->output(), kept->buffer);
    bytes += kept->buffer.bytes();
    kept_[b] = std::move(kept);
  });
  SKYMILL_TRY(failure.result());
  if (std::ranges::any_of(kept_, [](const auto& block) { return block == nullptr; })) {
    kept_.clear();
    kept_transforms_.clear();
  }
  return {};
}

Result<void> LocalSource::run_cached(JobRunner& runner, RunContext& context) {
  SKYMILL_TRY(fill_kept(context));
  const size_t runs = (blocks_.size() + kRunBlocks - 1) / kRunBlocks;
  FirstError failure;
  std::atomic<uint64_t> done = 0;
  context.pool.parallel_for(runs, [&](size_t run, unsigned thread) {
    if (failure.failed()) return;
    if (auto going = context.cancel.check(); !going) return failure.set(std::move(going).error());
    std::vector<JobRunner::Input> inputs;
    const size_t end = std::min(blocks_.size(), (run + 1) * kRunBlocks);
    for (size_t b = run * kRunBlocks; b < end; ++b) {
      JobRunner::Input input{.raw = blocks_[b]->block};
      if (!kept_.empty()) {
        input.kept = &kept_[b]->block;
        input.kept_transforms = kept_transforms_;
      }
      inputs.push_back(input);
    }
    auto added = runner.add_run(run, inputs, thread);
    if (!added) return failure.set(std::move(added).error());
    if (context.progress) {
      context.progress((done += inputs.size()) * kBlockRows, blocks_.size() * kBlockRows);
    }
  });
  return failure.result();
}

Result<void> LocalSource::run_streamed(JobRunner& runner, RunContext& context) {
  auto stream = factory_();
  if (!stream) return std::move(stream).error();
  BlockReader reader(std::move(*stream), roles_, 0);
  blocks_.clear();
  cached_bytes_ = 0;
  FirstError failure;
  std::mutex mutex;
  uint64_t next_run = 0;
  bool ended = false;
  // Every thread takes the next run of blocks under the lock and folds it outside.
  context.pool.on_all([&](unsigned thread) {
    while (!failure.failed()) {
      std::vector<std::shared_ptr<OwnedBlock>> taken;
      uint64_t run = 0;
      {
        const std::lock_guard lock(mutex);
        if (ended) return;
        if (auto going = context.cancel.check(); !going) {
          return failure.set(std::move(going).error());
        }
        while (taken.size() < kRunBlocks) {
          auto owned = std::make_shared<OwnedBlock>();
          auto block = reader.next(owned->buffer);
          if (!block) return failure.set(std::move(block).error());
          if (!*block) {
            ended = true;
            break;
          }
          owned->block = **block;
          taken.push_back(owned);
          cache(owned);
        }
        if (taken.empty()) return;
        run = next_run++;
        if (context.progress) context.progress(reader.counts().read, 0);
      }
      std::vector<JobRunner::Input> inputs;
      for (const auto& owned : taken) inputs.push_back({.raw = owned->block});
      auto added = runner.add_run(run, inputs, thread);
      if (!added) return failure.set(std::move(added).error());
    }
  });
  SKYMILL_TRY(failure.result());
  if (counted_ && reader.counts().read != counts_.read) {
    return Error{Code::kCorruptData,
                 cat("the rows changed while they were read: ", counts_.read, " at first, now ",
                     reader.counts().read),
                 "work on files that nobody is writing"};
  }
  counts_ = reader.counts();
  counted_ = true;
  cached_ = !too_large_;
  return {};
}

Result<std::optional<BinnedTable>> LocalSource::resident(const Transforms& transforms,
                                                         uint64_t max_bytes, RunContext& context) {
  SKYMILL_CHECK(!transforms.empty());
  if (!cached_) SKYMILL_TRY(run({}, context));
  if (!cached_) return std::optional<BinnedTable>();  // the rows themselves do not fit
  const size_t width = transforms.back()->output().size();
  uint64_t rows = 0;
  for (const auto& owned : blocks_) rows += owned->block.num_rows;
  const bool weighted = !schema().weight.empty();
  const uint64_t row_bytes = width + sizeof(double) * (weighted ? 2 : 1) + sizeof(uint64_t);
  if (rows * row_bytes > max_bytes) return std::optional<BinnedTable>();

  BinnedTable table{.num_features = width, .stride = width};
  std::vector<BlockBuffer> stages(transforms.size());
  table.bins.reserve(rows * width);
  for (const auto& owned : blocks_) {
    SKYMILL_TRY(context.cancel.check());
    Block block = owned->block;
    for (size_t t = 0; t < stages.size(); ++t) {
      block = SKYMILL_TRY(transforms[t]->apply(block, stages[t]));
    }
    table.bins.resize((table.num_rows + block.num_rows) * width);
    uint8_t* to = table.bins.data() + table.num_rows * width;
    for (size_t f = 0; f < width; ++f) {
      const uint8_t* from = block.features[f].bin;
      for (size_t i = 0; i < block.num_rows; ++i) to[i * width + f] = from[i];
    }
    table.label.insert(table.label.end(), block.label.begin(), block.label.end());
    table.weight.insert(table.weight.end(), block.weight.begin(), block.weight.end());
    table.key.insert(table.key.end(), block.key.begin(), block.key.end());
    table.num_rows += block.num_rows;
  }
  return std::optional<BinnedTable>(std::move(table));
}

}  // namespace

std::unique_ptr<RowSource> make_local_source(StreamFactory factory, RowSchema rows,
                                             LocalOptions options) {
  return std::make_unique<LocalSource>(std::move(factory), std::move(rows), options);
}

}  // namespace skymill
