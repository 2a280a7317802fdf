// Types of CSV columns: guessed from the first rows by strict rules, then proven on every row of
// every file and widened where they do not hold. What the proof cannot mend is a defect.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/embedded/bad_rows.h"
#include "engine/embedded/csv_layout.h"

namespace skymill {

struct CsvColumn {
  std::string name;
  Type type = Type::kText;
  bool given = false;    // by the caller's schema: never widened
  bool unknown = false;  // no value seen yet
  /// Present values that DuckDB would turn into something else: 1e400 into infinity, 2.5 into the
  /// integer 3, a time into its date.
  uint64_t defects = 0;
};

struct CsvTypes {
  std::vector<CsvColumn> columns;
  bool invalid_text = false;    // some rows, to be left out, are not in the encoding
  uint64_t defective_rows = 0;  // with a defect in some column
};

/// Tries the fast proof alone; nothing when it cannot tell.
Result<std::optional<CsvTypes>> quick_csv_types(const AttachContext& context,
                                                const std::vector<DataFile>& files,
                                                const CsvLayout& layout,
                                                const std::optional<Schema>& given);

/// Errors: rows of a wrong structure or encoding, unless they are to be left out.
Result<CsvTypes> settle_csv_types(const AttachContext& context, const std::vector<DataFile>& files,
                                  const CsvLayout& layout, const std::optional<Schema>& given);

/// SQL that tells whether the column, read as `proof_type`, is missing or keeps its value.
std::string keeps_value_sql(const CsvColumn& column);
/// The SQL type in which a value can be judged.
std::string proof_type(const CsvColumn& column);
/// The SQL type in which a column without defects is read.
std::string read_type(const CsvColumn& column);

}  // namespace skymill
