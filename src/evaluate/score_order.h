// Rows in ascending order of a score: the sort that AUC spends its time in.
#pragma once

#include "evaluate/auc.h"

namespace skymill {

struct ScoredRow {
  uint64_t key = 0;  // order-preserving bits of the score: equal scores, equal keys
  uint32_t row = 0;
};

/// All rows by their score of `of_class`. About 40 ns a row, and 32 bytes a row while it runs.
std::vector<ScoredRow> score_order(const AucRows& rows, size_t of_class);

}  // namespace skymill
