// Pass: a fold over blocks. Everything learned from data, metrics included, is one; a trainer asks
// for passes and never reads rows itself.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "rows/selection.h"

namespace skymill {

/// What a pass has learned so far. Not thread-safe.
class PassState {
 public:
  virtual ~PassState() = default;

  /// Adds a block. Cannot fail: parameters were validated when the state was made. Precondition:
  /// the block's features are what the pass was made for.
  virtual void add(const Block& block) = 0;
  /// Adds what `other`, made with the same parameters, has learned.
  virtual Result<void> merge(PassState&& other) = 0;
  virtual void write(Bytes& out) const = 0;
};

using MakeState = Result<std::unique_ptr<PassState>> (*)(std::string_view parameters);
using ReadState = Result<std::unique_ptr<PassState>> (*)(std::string_view parameters,
                                                         std::string_view state);

struct PassInfo {
  std::string_view name;
  /// Integer state whose merge is exact in any order. Others are merged in (partition, number)
  /// order, one state per fixed run of blocks.
  bool order_free;
  MakeState make;
  ReadState read;
};

/// Rows to rows, or to fewer of them: FeaturePlan, Bins.
class Transform {
 public:
  virtual ~Transform() = default;

  virtual std::string_view name() const = 0;
  /// The features of its output.
  virtual const std::vector<Feature>& output() const = 0;
  /// `out` owns new columns and the kept row numbers; untouched columns may point into `block`,
  /// so the result lives only as long as both. Thread-safe.
  virtual Result<Block> apply(const Block& block, BlockBuffer& out) const = 0;
  virtual void write(Bytes& out) const = 0;
};

using ReadTransform = Result<std::shared_ptr<const Transform>> (*)(std::string_view bytes);

struct TransformInfo {
  std::string_view name;
  ReadTransform read;
};

/// Applied one after the other; none: raw blocks.
using Transforms = std::vector<std::shared_ptr<const Transform>>;

/// One pass over the rows of one selection after its transforms.
struct Job {
  std::string pass;
  Bytes parameters;
  Selection rows = {};
  Transforms transforms = {};
};

/// The state of a job as the type its pass makes. Precondition: it is of that type.
template <typename State>
std::unique_ptr<State> state_as(std::unique_ptr<PassState> state) {
  SKYMILL_CHECK(dynamic_cast<State*>(state.get()) != nullptr);
  return std::unique_ptr<State>(static_cast<State*>(state.release()));
}

/// For PassState::merge: `other` as the same type. Precondition as above.
template <typename State>
State& same_state(PassState& other) {
  SKYMILL_CHECK(dynamic_cast<State*>(&other) != nullptr);
  return static_cast<State&>(other);
}

}  // namespace skymill
