// How a file's Arrow type becomes the type a schema asks for.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include <memory>
#include <optional>

#include "table/schema.h"

namespace skymill {

struct ColumnCast {
  std::string name;
  /// The Arrow type to cast to, or null when the C data interface's import gives the wanted type.
  std::shared_ptr<arrow::DataType> to;
};

/// The cast of a column of `from` to `wanted`, or to the nearest of our types when nothing is
/// wanted. Errors: kSchemaMismatch when values could not be kept (text as a number), kUnsupported
/// for types without a counterpart.
Result<ColumnCast> column_cast(const arrow::Field& from, std::optional<Type> wanted);

/// The column cast and checked: text is UTF-8, no integer or time overflows, no fraction is lost.
Result<std::shared_ptr<arrow::Array>> cast_column(const std::shared_ptr<arrow::Array>& column,
                                                  const ColumnCast& cast);

}  // namespace skymill
