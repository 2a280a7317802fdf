// Splitting rows into hold-out or folds: exact shares, stratified by class, by seed and row key.
#pragma once

#include "rows/row_source.h"

namespace skymill {

/// A selection of all rows whose folds have these shares (summing to 1, at most 64 of them), each
/// class split on its own when there are at most 32. Four scans over the keys. Folds differ from
/// their share by less than one row of each class.
Result<Selection> split_rows(RowSource& source, uint64_t seed, const std::vector<double>& shares,
                             RunContext& context);

/// The same split seen through one fold, or through all but one.
Selection only_fold(const Selection& split, size_t fold);
Selection all_but_fold(const Selection& split, size_t fold, size_t folds);

}  // namespace skymill
