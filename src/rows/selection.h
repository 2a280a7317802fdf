// Selection: which rows a job sees: hold-out, folds. A row's fold is found from hash(seed, key) and
// cut points per class, so it does not depend on where or in which order rows are read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "rows/block.h"

namespace skymill {

/// Ascending hashes; a row with hash h is in fold number of cuts ≤ h.
using CutPoints = std::vector<uint64_t>;

struct Selection {
  uint64_t seed = 0;
  std::vector<CutPoints> cuts = {};  // one per class, or one for all; empty = every row is selected
  uint64_t mask = ~uint64_t{0};      // bit f: rows of fold f are selected

  bool all() const { return cuts.empty(); }
  /// `label` is the class index (ignored when there is one list of cuts).
  unsigned fold(uint64_t key, double label) const;
  bool selects(uint64_t key, double label) const { return mask >> fold(key, label) & 1; }

  bool operator==(const Selection&) const = default;
};

/// Rows of `block` the selection takes, in `rows`.
void select_rows(const Block& block, const Selection& selection, std::vector<uint32_t>& rows);

void write_selection(ByteWriter& out, const Selection& selection);
Result<Selection> read_selection(ByteReader& in);

}  // namespace skymill
