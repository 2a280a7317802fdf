// Column statistics of raw blocks, as one order-free pass: what a plan is fitted from.
#pragma once

#include <map>
#include <vector>

#include "base/exact_sum.h"
#include "rows/row_source.h"

namespace skymill {

struct ColumnStatistics {
  /// Numbers whose distinct values are counted give up beyond this many.
  static constexpr size_t kMaxCounted = 4096;

  uint64_t rows = 0;
  uint64_t missing = 0;
  double smallest = 0;  // numbers; meaningful when any value is present
  double largest = 0;
  ExactSum sum = {};
  std::map<uint64_t, uint64_t> values = {};  // order key → count; empty when too many
  bool too_many_values = false;              // or never asked to count
  std::vector<uint64_t> levels = {};         // categories: rows of each level
  uint64_t unseen = 0;

  uint64_t present() const { return rows - missing; }
  double mean() const { return present() == 0 ? 0 : sum.value() / static_cast<double>(present()); }
};

/// One scan over the raw features of the selected rows. Weights are not looked at. `counted`: the
/// features whose distinct values are to be counted, which costs about 50 ns a value.
Result<std::vector<ColumnStatistics>> column_statistics(RowSource& source, const Selection& rows,
                                                        const std::vector<bool>& counted,
                                                        RunContext& context);

}  // namespace skymill
