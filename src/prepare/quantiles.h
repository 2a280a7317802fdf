// Exact quantiles from integer counts: values are mapped to 64-bit keys that sort as they do, and
// rounds of counting narrow down the cells that hold the wanted ranks. Integer counts have no
// order, so every source, thread count and partitioning gives the same result.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "rows/row_source.h"

namespace skymill {

/// Monotone: x < y ⇔ order_key(x) < order_key(y); -0 counts as 0. Precondition: not NaN.
inline uint64_t order_key(double value) {
  const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  return bits >> 63 != 0 ? ~bits : bits | uint64_t{1} << 63;
}
inline double order_value(uint64_t key) {
  return std::bit_cast<double>(key >> 63 != 0 ? key ^ uint64_t{1} << 63 : ~key);
}

/// What is ranked. Rows where it is missing do not count.
enum class RankedBy : uint8_t {
  kFeature,  // a number feature, by value
  kKeyHash,  // hash(seed, key) of the rows of one class (class -1: of all rows)
};

struct QuantileTarget {
  RankedBy by = RankedBy::kFeature;
  uint32_t feature = 0;
  uint64_t seed = 0;
  int32_t label_class = -1;
};

/// Counts of values and, on demand, the keys at ranks.
struct QuantileCounts {
  uint64_t count = 0;  // values that are not missing
  std::vector<uint64_t>
      keys;  // as many as ranks; exact to the leading `bits` bits or more, the rest 1s
};

/// For each target, the keys of the 0-based `ranks(count)` among its sorted values (ascending
/// ranks below count; called once per target). A scan settles 16 bits while at most two
/// ranks of each target are wanted, else 8.
/// A key of fewer bits is the largest one of its cell, so that value ≤ cut keeps the cell whole.
using WantedRanks = std::function<std::vector<uint64_t>(size_t target, uint64_t count)>;
struct RankedRows {
  Selection rows = {};
  Transforms transforms = {};
};
Result<std::vector<QuantileCounts>> exact_quantiles(RowSource& source, const RankedRows& ranked,
                                                    const std::vector<QuantileTarget>& targets,
                                                    const WantedRanks& ranks, unsigned bits,
                                                    RunContext& context);

}  // namespace skymill
