// Records of CSV text, one after the other: what DuckDB's reader cannot tell us (the physical line
// of a value, whether quotes close) is looked up here. Not the reader of data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skymill {

class CsvRecords {
 public:
  /// `text` must outlive the object.
  CsvRecords(std::string_view text, char delimiter, char quote)
      : text_(text), delimiter_(delimiter), quote_(quote) {}

  /// Moves to the next record that is not an empty line; false at the end.
  bool next();
  /// Of the current record: its first physical line, counted from 1.
  uint64_t line() const { return line_; }
  /// Of the current record, without quotes; valid until the next call.
  const std::vector<std::string>& fields() const { return fields_; }
  /// Whether text follows a closing quote, or the text ends inside quotes.
  bool quoting_broken() const { return quoting_broken_; }
  /// Whether the record ends with CR LF; at the end of the text, whether the one before does.
  bool ends_with_crlf() const { return crlf_; }

 private:
  void read_record();
  void read_quoted(std::string& field);

  std::string_view text_;
  char delimiter_;
  char quote_;
  size_t at_ = 0;
  uint64_t lines_passed_ = 0;
  uint64_t line_ = 0;
  std::vector<std::string> fields_;
  bool quoting_broken_ = false;
  bool crlf_ = false;
};

/// Whether some lines end with CR LF and others with LF, those inside quotes included.
bool mixed_line_ends(std::string_view text);

/// The physical lines (from 1) on which these ascending byte offsets lie.
std::vector<uint64_t> lines_at(std::string_view text, const std::vector<uint64_t>& offsets);

}  // namespace skymill
