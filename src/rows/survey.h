// Survey: one look at every row before it is known what the columns mean: types, missing values,
// levels, classes. What a RowSchema is chosen from.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/cancel.h"
#include "rows/row_schema.h"
#include "table/table.h"

namespace skymill {

/// Texts with more distinct values than this are not levels.
inline constexpr size_t kMaxLevels = 65'536;
/// A numeric label with more distinct values than this has no classes.
inline constexpr size_t kMaxClasses = 1'000;

struct ColumnSurvey {
  Field field;
  uint64_t missing = 0;
  bool constant = true;      // at most one distinct value is present
  bool all_distinct = true;  // no present value occurs twice (integers and texts)
  bool too_many_levels = false;
  /// A text column nearly all of whose distinct values are numbers: one that is none.
  std::string odd_text = {};
  Levels levels = {};  // texts and booleans, ordered by bytes
  std::vector<double> values =
      {};  // numeric label: distinct values, ascending; empty when too many
  bool too_many_values = false;
};

struct Survey {
  uint64_t rows = 0;
  std::vector<ColumnSurvey> columns;

  const ColumnSurvey* find(std::string_view name) const;
};

/// Reads the stream to its end. `label` (may be empty): the column whose values are counted as
/// possible classes. Memory: the levels, and the values of integer columns while all are distinct
/// (4 Mi values of all columns; beyond that a column without a repetition counts as distinct).
Result<Survey> survey_rows(TableStream& stream, std::string_view label, const Cancel& cancel);

}  // namespace skymill
