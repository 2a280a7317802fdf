// CSV bytes cut into rows of fields (RFC 4180), read in pieces from any store.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/byte_window.h"

namespace skymill {

struct CsvField {
  const char* begin;
  size_t size;
  const char* raw;  // where it stands in the file: at the opening quote, if it has one

  std::string_view text() const { return {begin, size}; }
  bool quoted() const { return begin != raw; }
};

struct CsvDialectChars {
  char delimiter = ',';
  char quote = '"';  // 0: none
};

/// Accepted beyond the RFC, as the engine's reader does: LF as well as CRLF, in any mixture; one
/// blank before an opening quote and any after a closing one; quotes inside a field that does not
/// start with one; a missing line end at the end. Refused: anything else after a closing quote, a
/// quote that never closes, a CR without LF, fields over 16 MiB, rows over 64 MiB, more than
/// 100,000 columns.
class CsvScanner {
 public:
  static constexpr size_t kMaxField = 16 << 20;
  static constexpr size_t kMaxRow = 64 << 20;
  static constexpr size_t kMaxColumns = 100'000;

  /// Errors: no such object. A byte order mark is skipped; UTF-16 and a dialect of equal characters
  /// are refused.
  static Result<CsvScanner> open(const ObjectLocation& location, CsvDialectChars dialect);

  CsvScanner(CsvScanner&&) = default;
  CsvScanner& operator=(CsvScanner&&) = default;

  /// The next row, or false at the end. Its fields are valid until the next call. A line without
  /// any character is a row of one empty field. Errors have line and column.
  Result<bool> next();
  std::span<const CsvField> fields() const { return {fields_.data(), count_}; }

  /// Physical line at which the row starts, from 1.
  uint64_t line() const { return line_; }
  /// Bytes of the row, its line end included.
  size_t row_bytes() const { return static_cast<size_t>(next_row_ - row_); }
  /// Where a field of the row starts; the end of the row for one it does not have.
  Place place(size_t field) const;
  /// Whether some byte so far was not valid UTF-8: then fields must be checked one by one.
  bool invalid_bytes() const { return invalid_bytes_; }

 private:
  enum class Scan : uint8_t { kRow, kMore, kEnd, kFailed };

  CsvScanner(ByteWindow window, CsvDialectChars dialect);

  Result<void> refill();
  void check_utf8();
  Scan scan_row();
  Scan scan_quoted(const char*& at);
  void add_field(const char* begin, const char* end, const char* raw);
  const char* skip_blanks(const char* at) const;
  bool line_end(const char*& at);
  void unescape();
  Scan fail(Code code, const char* at, std::string message, std::string hint);
  Error too_long(const char* at);
  Place place_at(const char* at) const;

  ByteWindow window_;
  CsvDialectChars dialect_;
  std::array<bool, 256> stops_ = {};  // bytes that end an unquoted field

  const char* end_;                 // of the window
  const char* checked_;             // up to here the bytes went through check_utf8
  const char* row_ = nullptr;       // the current row
  const char* row_end_ = nullptr;   // its last byte before the line end
  const char* next_row_ = nullptr;  // where the next row starts
  const char* open_quote_ = nullptr;
  uint64_t line_ = 0;
  uint64_t lines_in_row_ = 1;
  bool invalid_bytes_ = false;
  std::vector<CsvField> fields_;  // the first count_ belong to the row
  size_t count_ = 0;
  std::vector<size_t> escaped_;  // fields with doubled quotes
  std::string unescaped_;        // their texts
  Error error_;
};

}  // namespace skymill
