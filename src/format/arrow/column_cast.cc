#include "format/arrow/column_cast.h"

#include <arrow/array/array_binary.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/initialize.h>

#include "base/text.h"
#include "format/arrow/store_io.h"

namespace skymill {
namespace {

bool is_text(const arrow::DataType& type) {
  return type.id() == arrow::Type::STRING || type.id() == arrow::Type::LARGE_STRING;
}

/// What the import of the C data interface makes of a type (table/arrow_c.h), if it takes it.
std::optional<Type> imported(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return Type::kBoolean;
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
      return Type::kInteger;
    case arrow::Type::FLOAT:
      return Type::kFloat;
    case arrow::Type::DOUBLE:
      return Type::kNumber;
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
      return Type::kText;
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return Type::kDate;
    case arrow::Type::TIMESTAMP:
      return Type::kTimestamp;
    case arrow::Type::DICTIONARY:
      if (is_text(*static_cast<const arrow::DictionaryType&>(type).value_type())) {
        return Type::kText;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

/// The nearest of our types for one that the import does not take.
std::optional<Type> nearest_type(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::UINT64:
      return Type::kInteger;
    case arrow::Type::HALF_FLOAT:
      return Type::kFloat;
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return Type::kNumber;
    case arrow::Type::NA:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::TIME32:
    case arrow::Type::TIME64:
      return Type::kText;
    default:
      return std::nullopt;
  }
}

bool can_become(const arrow::DataType& from, Type wanted) {
  const bool number =
      arrow::is_integer(from.id()) || arrow::is_floating(from.id()) || arrow::is_decimal(from.id());
  if (from.id() == arrow::Type::NA) return true;
  switch (wanted) {
    case Type::kInteger:
    case Type::kNumber:
    case Type::kFloat:
      return number;
    case Type::kText:
      return arrow::is_integer(from.id()) || from.id() == arrow::Type::BOOL ||
             arrow::is_base_binary_like(from.id()) || arrow::is_time(from.id());
    case Type::kTimestamp:
      return arrow::is_date(from.id());
    case Type::kBoolean:
    case Type::kDate:
      return false;
  }
  return false;
}

std::shared_ptr<arrow::DataType> arrow_type(Type type) {
  switch (type) {
    case Type::kBoolean:
      return arrow::boolean();
    case Type::kInteger:
      return arrow::int64();
    case Type::kNumber:
      return arrow::float64();
    case Type::kFloat:
      return arrow::float32();
    case Type::kText:
      return arrow::utf8();
    case Type::kDate:
      return arrow::date32();
    case Type::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
  }
  return arrow::utf8();
}

arrow::compute::CastOptions options_of(const arrow::DataType& from,
                                       const std::shared_ptr<arrow::DataType>& to) {
  auto options = arrow::compute::CastOptions::Safe(to);
  // A large integer is rounded to the nearest double, as everywhere else.
  if (arrow::is_floating(to->id())) options.allow_float_truncate = true;
  if (arrow::is_decimal(from.id()) && arrow::is_floating(to->id())) {
    options.allow_decimal_truncate = true;
  }
  return options;
}

/// Registers Arrow's cast functions, which costs 6 ms: on the first cast only.
arrow::Status initialize_compute() {
  static const arrow::Status kDone = arrow::compute::Initialize();
  return kDone;
}

arrow::Status check_text(const arrow::Array& column) {
  if (column.type_id() == arrow::Type::STRING) {
    return static_cast<const arrow::StringArray&>(column).ValidateUTF8();
  }
  if (column.type_id() == arrow::Type::LARGE_STRING) {
    return static_cast<const arrow::LargeStringArray&>(column).ValidateUTF8();
  }
  return arrow::Status::OK();
}

}  // namespace

Result<ColumnCast> column_cast(const arrow::Field& from, std::optional<Type> wanted) {
  const arrow::DataType& type = *from.type();
  const auto own = imported(type);
  if (own && (!wanted || wanted == own)) return ColumnCast{from.name(), nullptr};
  const auto to = wanted ? wanted : nearest_type(type);
  if (!to) {
    return Error{Code::kUnsupported,
                 cat("column '", from.name(), "' has the type ", type.ToString(),
                     ", which has no counterpart"),
                 "leave it out, or cast it where the file is made",
                 {.field = from.name()}};
  }
  if (can_become(type, *to)) return ColumnCast{from.name(), arrow_type(*to)};
  return Error{Code::kSchemaMismatch,
               cat("column '", from.name(), "' has the type ", type.ToString(), ", but ",
                   type_name(*to), " is needed"),
               "cast it where the file is made",
               {.field = from.name()}};
}

Result<std::shared_ptr<arrow::Array>> cast_column(const std::shared_ptr<arrow::Array>& column,
                                                  const ColumnCast& cast) {
  if (cast.to == nullptr) {
    const arrow::Status valid = check_text(*column);
    if (valid.ok()) return column;
    return Error{Code::kCorruptData,
                 cat("column '", cast.name, "' holds text that is not UTF-8"),
                 "correct the text where the file is made",
                 {.field = cast.name}};
  }
  arrow::Status status = initialize_compute();
  if (status.ok()) {
    auto done = arrow::compute::Cast(*column, cast.to, options_of(*column->type(), cast.to));
    if (done.ok()) return std::move(done).ValueUnsafe();
    status = done.status();
  }
  return Error{
      Code::kSchemaMismatch,
      cat("column '", cast.name, "' does not fit ", cast.to->ToString(), ": ", status.message()),
      "correct the values, or cast the column where the file is made",
      {.field = cast.name}};
}

}  // namespace skymill
