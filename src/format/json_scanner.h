// A JSON file cut into the texts of its rows: the lines, or the objects of one array.
#pragma once

#include <string_view>

#include "format/byte_window.h"

namespace skymill {

class JsonScanner {
 public:
  static constexpr size_t kMaxRow = 64 << 20;

  static Result<JsonScanner> open(const ObjectLocation& location, const ObjectInfo& object);

  /// The text of the next row, or false at the end. It is followed by ByteWindow::kPadding readable
  /// bytes and valid until the next call; that it is JSON is not yet checked.
  Result<bool> next();
  std::string_view text() const { return text_; }
  /// Where byte `offset` of the text stands in the file.
  Place place(size_t offset) const;
  /// Whether the rows are the items of an array.
  bool in_array() const { return form_ == Form::kArray; }

 private:
  enum class Form : uint8_t { kLines, kArray };
  enum class Scan : uint8_t { kRow, kMore, kEnd, kFailed };

  explicit JsonScanner(ByteWindow window) : window_(std::move(window)) {}

  Result<void> find_form();
  Scan scan_line();
  Scan scan_item();
  Scan scan_separator(const char*& at);
  const char* object_end(const char* at) const;
  Scan take(const char* begin, const char* end);
  Scan fail(const char* at, const char* message, const char* hint);
  Error too_long(const char* at);
  const char* skip_blanks(const char* at) const;

  ByteWindow window_;
  Form form_ = Form::kLines;
  const char* at_ = nullptr;   // where the next scan starts
  const char* low_ = nullptr;  // the last place whose line is known
  uint64_t line_ = 1;          // of low_
  uint64_t column_ = 1;        // of low_
  bool first_ = true;          // no item was read yet
  bool closed_ = false;        // the array's ']' was read
  std::string_view text_;
  Error error_;
};

}  // namespace skymill
