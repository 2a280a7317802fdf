// The CSV format; formats.cc lists it.
#pragma once

#include "format/format.h"

namespace skymill {

/// Strict RFC 4180 with a header; csv_scanner.h says what is accepted, table/coercion.h which texts
/// are values. A line without any character is skipped unless the file has one column, where it is
/// a missing value.
Result<std::unique_ptr<TableStream>> open_csv(const ObjectLocation& location,
                                              const ReadOptions& options);

/// Writes a header and rows with LF line ends, quoting only where needed. Numbers are the shortest
/// text that reads back equal, missing values are empty, an empty text is "".
Result<std::unique_ptr<TableWriter>> create_csv(const ObjectLocation& location,
                                                std::shared_ptr<const Schema> schema);

/// The delimiter that the suffix of `path` stands for.
char csv_delimiter(std::string_view path);

}  // namespace skymill
