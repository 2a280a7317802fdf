// Column: typed, immutable values over Arrow-layout buffers, with a shared owner; ColumnView is
// the same without the owner. Batches come from the engine, Arrow or the C data interface without
// a copy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "table/schema.h"

namespace skymill {

/// `size` values. Which pointers are set follows from the type:
///   kBoolean             bits: 1 bit a value, least significant first
///   kInteger, kTimestamp integers
///   kNumber, kFloat      numbers
///   kDate                days
///   kText                offsets (size + 1 of them) into chars; or, when `codes` is set, codes
///                        into a dictionary whose texts offsets and chars describe
/// `validity` has 1 bit a value (1 = present), or is null when all are present. What stands under
/// a missing value is arbitrary but readable; a code under a missing value may be out of range.
struct ColumnView {
  Type type = Type::kText;
  size_t size = 0;
  const uint8_t* validity = nullptr;
  size_t bit_offset = 0;  // first bit of validity and bits
  const uint8_t* bits = nullptr;
  const int64_t* integers = nullptr;
  const double* numbers = nullptr;
  const int32_t* days = nullptr;
  const int32_t* offsets = nullptr;
  const char* chars = nullptr;
  const uint32_t* codes = nullptr;
  size_t dictionary_size = 0;

  static bool bit(const uint8_t* bits, size_t index) { return bits[index >> 3] >> (index & 7) & 1; }

  bool missing(size_t row) const { return validity != nullptr && !bit(validity, bit_offset + row); }
  bool boolean(size_t row) const { return bit(bits, bit_offset + row); }
  std::string_view dictionary_text(size_t entry) const {
    return {chars + offsets[entry], static_cast<size_t>(offsets[entry + 1] - offsets[entry])};
  }
  /// The text of a present value.
  std::string_view text(size_t row) const {
    return dictionary_text(codes == nullptr ? row : codes[row]);
  }
  /// The same values from `start`, `count` of them.
  ColumnView slice(size_t start, size_t count) const;
};

/// The value as text, as CSV, tables and messages show it; empty for a missing one.
std::string value_text(const ColumnView& column, size_t row);
/// The value as JSON; null for a missing one. Dates and timestamps are ISO 8601 texts.
Json value_json(const ColumnView& column, size_t row);

struct Column {
  ColumnView view;
  std::shared_ptr<const void> owner;  // keeps the buffers alive
};

/// Collects values of one type in memory and hands them over as a Column.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(Type type) : type_(type) {}

  Type type() const { return type_; }
  size_t size() const { return size_; }
  /// Bytes held, without unused capacity.
  size_t bytes() const;

  void append_missing();
  /// Preconditions: the builder's type fits; a kFloat value is a float's value.
  void append_boolean(bool value);
  void append_integer(int64_t value) {  // also kTimestamp
    integers_.push_back(value);
    append_valid(true);
  }
  void append_number(double value) {  // also kFloat
    numbers_.push_back(value);
    append_valid(true);
  }
  void append_date(int32_t days);
  /// Precondition: at most 2 GiB of text in one column.
  void append_text(std::string_view value);

  /// Leaves the builder empty.
  Column finish();

  /// For one who reuses the memory: the values so far, valid until the next call; and none of them.
  ColumnView view() const;
  void clear();

 private:
  void append_valid(bool valid) {
    const size_t bit = size_ & 7;
    if (bit == 0) validity_.push_back(0);
    validity_.back() = static_cast<uint8_t>(validity_.back() | (valid ? 1U : 0U) << bit);
    any_missing_ |= !valid;
    ++size_;
  }

  Type type_;
  size_t size_ = 0;
  bool any_missing_ = false;
  std::vector<uint8_t> validity_;
  std::vector<uint8_t> bits_;
  std::vector<int64_t> integers_;
  std::vector<double> numbers_;
  std::vector<int32_t> days_;
  std::vector<int32_t> offsets_;
  std::string chars_;
};

/// Columns made of one value or of given values, for tests and small tables.
Column text_column(const std::vector<std::string>& values);
Column number_column(const std::vector<double>& values);  // NaN is missing
Column integer_column(const std::vector<int64_t>& values);

/// ISO 8601: "2026-11-24", "2026-11-24T08:05:00.25" (microseconds, no trailing zeros).
std::string date_text(int32_t days);
std::string timestamp_text(int64_t microseconds);
std::optional<int32_t> parse_date(std::string_view text);
/// Date, 'T' or blank, time; an optional zone ("Z", "+02:00") is applied.
std::optional<int64_t> parse_timestamp(std::string_view text);

}  // namespace skymill
