#include "rows/job_runner.h"

#include <algorithm>

#include "base/text.h"

namespace skymill {
namespace {

/// How many of `transforms` the kept ones already cover: all of them or none.
size_t covered(const Transforms& transforms,
               std::span<const std::shared_ptr<const Transform>> kept) {
  if (kept.empty() || kept.size() > transforms.size()) return 0;
  return std::equal(kept.begin(), kept.end(), transforms.begin()) ? kept.size() : 0;
}

}  // namespace

Result<const PassInfo*> RunContext::pass(std::string_view name) const {
  for (const PassInfo& info : passes) {
    if (info.name == name) return &info;
  }
  return Error{Code::kInternal, cat("no pass is named '", name, "'"),
               "list it in kernel/passes.cc"};
}

Result<std::unique_ptr<JobRunner>> JobRunner::make(std::span<const Job> jobs,
                                                   std::span<const Feature> features,
                                                   const RunContext& context) {
  std::unique_ptr<JobRunner> runner(new JobRunner());
  runner->jobs_.assign(jobs.begin(), jobs.end());
  runner->features_.assign(features.begin(), features.end());
  runner->merged_.resize(jobs.size());
  runner->scratch_.resize(context.pool.threads());
  runner->thread_states_.resize(context.pool.threads());
  for (auto& states : runner->thread_states_) states.resize(jobs.size());
  for (size_t j = 0; j < jobs.size(); ++j) {
    const PassInfo* pass = SKYMILL_TRY(context.pass(jobs[j].pass));
    runner->passes_.push_back(pass);
    // Also validates the parameters, so that later makes cannot fail.
    runner->merged_[j] = SKYMILL_TRY(pass->make(jobs[j].parameters));
    const auto same = std::ranges::find_if(runner->groups_, [&](const Group& group) {
      return group.rows == jobs[j].rows && group.transforms == jobs[j].transforms;
    });
    if (same != runner->groups_.end()) {
      same->jobs.push_back(j);
    } else {
      runner->groups_.push_back({jobs[j].rows, jobs[j].transforms, {}, {j}});
    }
  }
  return runner;
}

Result<Block> JobRunner::view(const Group& group, const Input& input, Scratch& scratch) const {
  const size_t done = input.kept == nullptr ? 0 : covered(group.transforms, input.kept_transforms);
  Block block = done == 0 ? input.raw : *input.kept;
  if (!group.rows.all()) {
    select_rows(block, group.rows, scratch.rows);
    if (scratch.rows.size() < block.num_rows) {
      const std::vector<Feature>& features =
          done == 0 ? features_ : group.transforms[done - 1]->output();
      block = gather(block, scratch.rows, features, scratch.gathered);
    }
  }
  if (scratch.transformed.size() < group.transforms.size()) {
    scratch.transformed.resize(group.transforms.size());
  }
  for (size_t t = done; t < group.transforms.size(); ++t) {
    block = SKYMILL_TRY(group.transforms[t]->apply(block, scratch.transformed[t]));
  }
  return block;
}

Result<void> JobRunner::add_run(uint64_t run, std::span<const Input> blocks, unsigned thread) {
  std::vector<std::unique_ptr<PassState>> ordered(jobs_.size());
  for (size_t j = 0; j < jobs_.size(); ++j) {
    auto& state = passes_[j]->order_free ? thread_states_[thread][j] : ordered[j];
    if (state == nullptr) state = SKYMILL_TRY(passes_[j]->make(jobs_[j].parameters));
  }
  Scratch& scratch = scratch_[thread];
  for (const Input& input : blocks) {
    for (const Group& group : groups_) {
      const Block block = SKYMILL_TRY(view(group, input, scratch));
      if (block.num_rows == 0) continue;
      for (const size_t j : group.jobs) {
        (passes_[j]->order_free ? thread_states_[thread][j] : ordered[j])->add(block);
      }
    }
  }
  return merge_in_order(run, std::move(ordered));
}

Result<void> JobRunner::merge_in_order(uint64_t run,
                                       std::vector<std::unique_ptr<PassState>> states) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(run, std::move(states));
  for (auto next = waiting_.find(next_run_); next != waiting_.end();
       next = waiting_.find(++next_run_)) {
    for (size_t j = 0; j < jobs_.size(); ++j) {
      if (next->second[j] != nullptr) {
        SKYMILL_TRY(merged_[j]->merge(std::move(*next->second[j])));
      }
    }
    waiting_.erase(next);
  }
  return {};
}

Result<std::vector<std::unique_ptr<PassState>>> JobRunner::finish() {
  SKYMILL_CHECK(waiting_.empty());
  for (auto& states : thread_states_) {
    for (size_t j = 0; j < jobs_.size(); ++j) {
      if (states[j] != nullptr) SKYMILL_TRY(merged_[j]->merge(std::move(*states[j])));
    }
  }
  return std::move(merged_);
}

}  // namespace skymill
