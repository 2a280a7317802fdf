#include "format/csv_scanner.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace skymill {

CsvScanner::CsvScanner(ByteWindow window, CsvDialectChars dialect)
    : window_(std::move(window)),
      dialect_(dialect),
      end_(window_.end()),
      checked_(window_.begin()),
      row_(checked_),
      row_end_(checked_),
      next_row_(checked_) {
  for (const char c : {dialect.delimiter, '\n', '\r'}) stops_[static_cast<unsigned char>(c)] = true;
  check_utf8();
}

Result<CsvScanner> CsvScanner::open(const ObjectLocation& location, CsvDialectChars dialect) {
  const std::string_view reserved = "\n\r ";
  if (dialect.delimiter == dialect.quote || reserved.find(dialect.delimiter) != reserved.npos ||
      reserved.find(dialect.quote) != reserved.npos || dialect.delimiter == 0) {
    return Error{Code::kInvalidArgument, "this delimiter and quote cannot be told apart",
                 "choose two different characters, neither a blank nor a line end"};
  }
  ObjectInfo object = SKYMILL_TRY(location.store->stat(location.key));
  return CsvScanner(SKYMILL_TRY(ByteWindow::open(location, std::move(object))), dialect);
}

Result<void> CsvScanner::refill() {
  const auto checked = static_cast<size_t>(std::max(checked_, row_) - row_);
  SKYMILL_TRY(window_.refill(row_));
  end_ = window_.end();
  next_row_ = window_.begin();
  checked_ = next_row_ + checked;
  check_utf8();
  return {};
}

void CsvScanner::check_utf8() {
  const char* until = end_;
  if (!window_.last()) {
    // A character may go on in the next piece: stop before the last lead byte.
    for (int i = 0; i < 3 && until > checked_ && (until[-1] & 0xC0) == 0x80; ++i) --until;
    if (until > checked_ && static_cast<unsigned char>(until[-1]) >= 0xC0) --until;
  }
  const auto count = static_cast<size_t>(until - checked_);
  if (!invalid_bytes_) {
    invalid_bytes_ =
        !simdjson::validate_utf8(checked_, count) || std::memchr(checked_, '\0', count) != nullptr;
  }
  checked_ = until;
}

Result<bool> CsvScanner::next() {
  line_ += lines_in_row_;
  while (true) {
    row_ = next_row_;
    switch (scan_row()) {
      case Scan::kRow:
        if (row_bytes() > kMaxRow) return too_long(row_);
        if (!escaped_.empty()) unescape();
        return true;
      case Scan::kEnd:
        return false;
      case Scan::kFailed:
        return error_;
      case Scan::kMore:
        break;
    }
    if (static_cast<size_t>(end_ - row_) > kMaxRow) {
      return too_long(open_quote_ != nullptr ? open_quote_ : row_);
    }
    SKYMILL_TRY(refill());
  }
}

inline void CsvScanner::add_field(const char* begin, const char* end, const char* raw) {
  if (count_ == fields_.size()) fields_.resize(2 * count_ + 16);
  fields_[count_++] = {begin, static_cast<size_t>(end - begin), raw};
}

CsvScanner::Scan CsvScanner::scan_row() {
  count_ = 0;
  escaped_.clear();
  open_quote_ = nullptr;
  lines_in_row_ = 1;
  const bool last = window_.last();
  const char* at = row_;
  if (at == end_) return last ? Scan::kEnd : Scan::kMore;
  while (true) {
    const char* start = at;
    // One blank before a quote is skipped, as the engine does; more make the quote text.
    const char* quote = *at == ' ' && at[1] == dialect_.quote ? at + 1 : at;
    if (*quote == dialect_.quote && quote != end_ && dialect_.quote != 0) {
      at = quote;
      const Scan done = scan_quoted(at);
      if (done != Scan::kRow) return done;
    } else {
      while (!stops_[static_cast<unsigned char>(*at)]) ++at;
      if (at == end_ && !last) return Scan::kMore;
      add_field(start, at, start);
    }
    if (*at == dialect_.delimiter) {
      if (count_ >= kMaxColumns) {
        return fail(Code::kResourceExhausted, at, "a row has more than 100000 fields",
                    "check the delimiter");
      }
      ++at;
      continue;
    }
    row_end_ = at;
    if (*at == '\r' && at + 1 == end_ && !last) return Scan::kMore;
    if (!line_end(at)) return Scan::kFailed;
    next_row_ = at;
    return Scan::kRow;
  }
}

const char* CsvScanner::skip_blanks(const char* at) const {
  while (*at == ' ') ++at;
  return at;
}

/// From the opening quote at `at` to the delimiter or line end after the closing one.
CsvScanner::Scan CsvScanner::scan_quoted(const char*& at) {
  const bool last = window_.last();
  open_quote_ = at;
  const char* const begin = at + 1;
  const char* close = begin;
  bool doubled = false;
  while (true) {
    close = static_cast<const char*>(
        std::memchr(close, dialect_.quote, static_cast<size_t>(end_ - close)));
    if (close == nullptr || (close + 1 == end_ && !last)) {
      if (!last) return Scan::kMore;
      return fail(Code::kCorruptData, open_quote_, "this quote never closes",
                  "close it, or double quotes that belong to the text");
    }
    if (close[1] != dialect_.quote || close + 1 == end_) break;
    doubled = true;
    close += 2;
  }
  if (static_cast<size_t>(close - begin) > kMaxField) {
    return fail(Code::kResourceExhausted, open_quote_, "a field is longer than 16 MiB",
                "check the quotes around this place");
  }
  lines_in_row_ += static_cast<uint64_t>(std::count(begin, close, '\n'));
  if (doubled) escaped_.push_back(count_);
  add_field(begin, close, open_quote_);
  at = skip_blanks(close + 1);
  if (at == end_ && !last) return Scan::kMore;
  if (!stops_[static_cast<unsigned char>(*at)]) {
    return fail(Code::kCorruptData, at, "text follows a closing quote",
                "double quotes that belong to the text");
  }
  open_quote_ = nullptr;
  return Scan::kRow;
}

/// Steps over LF, CRLF or the end of the file.
bool CsvScanner::line_end(const char*& at) {
  if (fields_[count_ - 1].size > kMaxField) {
    fail(Code::kResourceExhausted, fields_[count_ - 1].begin, "a field is longer than 16 MiB",
         "check the delimiter");
    return false;
  }
  const char* const start = at;
  if (*at == '\r') {
    ++at;
    if (*at != '\n') {
      fail(Code::kCorruptData, start, "a carriage return (CR) stands without a line feed",
           "convert the line ends to LF, or put the field in quotes");
      return false;
    }
  }
  if (at != end_) ++at;
  return true;
}

/// Copies the texts with doubled quotes; the window stays as it is, for places.
void CsvScanner::unescape() {
  size_t room = 0;
  for (const size_t index : escaped_) room += fields_[index].size;
  unescaped_.clear();
  unescaped_.reserve(room);
  for (const size_t index : escaped_) {
    CsvField& field = fields_[index];
    const size_t start = unescaped_.size();
    for (const char* from = field.begin; from != field.begin + field.size; ++from) {
      unescaped_ += *from;
      if (*from == dialect_.quote) ++from;
    }
    field.begin = unescaped_.data() + start;
    field.size = unescaped_.size() - start;
  }
}

CsvScanner::Scan CsvScanner::fail(Code code, const char* at, std::string message,
                                  std::string hint) {
  error_ = {code, std::move(message), std::move(hint), place_at(at)};
  return Scan::kFailed;
}

Error CsvScanner::too_long(const char* at) {
  fail(Code::kResourceExhausted, at,
       open_quote_ != nullptr ? "a quote opens a field that is too long, or never closes"
                              : "a row is longer than 64 MiB",
       "check the quotes and the line ends around this place");
  return error_;
}

Place CsvScanner::place(size_t field) const {
  if (field >= count_) return place_at(row_end_);
  return place_at(fields_[field].raw);
}

Place CsvScanner::place_at(const char* at) const {
  const std::string_view before(row_, static_cast<size_t>(at - row_));
  const size_t last = before.rfind('\n');
  const auto lines = static_cast<uint64_t>(std::count(before.begin(), before.end(), '\n'));
  return {.source = window_.location().text(),
          .line = line_ + lines,
          .column = before.size() - (last == std::string_view::npos ? 0 : last + 1) + 1};
}

}  // namespace skymill
