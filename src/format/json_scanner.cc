#include "format/json_scanner.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace skymill {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Moves a line and a column over `bytes`.
void advance(std::string_view bytes, uint64_t& line, uint64_t& column) {
  const size_t last = bytes.rfind('\n');
  if (last == std::string_view::npos) {
    column += bytes.size();
    return;
  }
  line += static_cast<uint64_t>(std::ranges::count(bytes, '\n'));
  column = bytes.size() - last;
}

}  // namespace

Result<JsonScanner> JsonScanner::open(const ObjectLocation& location, const ObjectInfo& object) {
  JsonScanner scanner(SKYMILL_TRY(ByteWindow::open(location, object)));
  SKYMILL_TRY(scanner.find_form());
  return scanner;
}

Result<void> JsonScanner::find_form() {
  at_ = low_ = window_.begin();
  const char* first = skip_blanks(at_);
  if (first == window_.end() && !window_.last()) {
    return Error{Code::kCorruptData,
                 "the file starts with 1 MiB of blanks",
                 "remove them",
                 {.source = window_.location().text(), .line = 1}};
  }
  if (first != window_.end() && *first == '[') {
    form_ = Form::kArray;
    at_ = first + 1;
  }
  return {};
}

const char* JsonScanner::skip_blanks(const char* at) const {
  return std::find_if_not(at, window_.end(), blank);
}

Result<bool> JsonScanner::next() {
  while (true) {
    switch (form_ == Form::kLines ? scan_line() : scan_item()) {
      case Scan::kRow:
        if (text_.size() <= kMaxRow) return true;
        return too_long(text_.data());
      case Scan::kEnd:
        return false;
      case Scan::kFailed:
        return error_;
      case Scan::kMore:
        break;
    }
    if (static_cast<size_t>(window_.end() - at_) > kMaxRow) return too_long(at_);
    advance({low_, static_cast<size_t>(at_ - low_)}, line_, column_);
    SKYMILL_TRY(window_.refill(at_));
    at_ = low_ = window_.begin();
  }
}

/// The next line that is not blank.
JsonScanner::Scan JsonScanner::scan_line() {
  while (at_ != window_.end() || !window_.last()) {
    const auto left = static_cast<size_t>(window_.end() - at_);
    const auto* end = static_cast<const char*>(std::memchr(at_, '\n', left));
    if (end == nullptr && !window_.last()) return Scan::kMore;
    const char* const line_end = end == nullptr ? window_.end() : end;
    const char* const text = std::find_if_not(at_, line_end, blank);
    if (text != line_end) return take(text, line_end);
    at_ = end == nullptr ? line_end : end + 1;
  }
  return Scan::kEnd;
}

JsonScanner::Scan JsonScanner::scan_item() {
  const char* at = at_;
  const Scan separator = scan_separator(at);
  if (separator != Scan::kRow) return separator;
  if (*at != '{') {
    return fail(at, "an item of the array is no object", "write [{\"column\": value, …}, …]");
  }
  const char* const end = object_end(at);
  if (end != nullptr) return take(at, end);
  if (!window_.last()) return Scan::kMore;
  return fail(at, "this object never ends", "check that the file was written completely");
}

/// Steps over what stands before the next object: blanks and a comma. kEnd after the ']'.
JsonScanner::Scan JsonScanner::scan_separator(const char*& at) {
  at = skip_blanks(at);
  if (at == window_.end()) {
    if (!window_.last()) return Scan::kMore;
    if (closed_) return Scan::kEnd;
    return fail(at, "the array never ends", "check that the file was written completely");
  }
  if (closed_) {
    return fail(at, "something follows the array", "write one array, or one object a line");
  }
  if (*at == ']') {
    closed_ = true;
    at_ = at + 1;
    return scan_separator(++at);
  }
  if (first_) return Scan::kRow;
  if (*at != ',') return fail(at, "a comma is missing between two items", "separate them by ','");
  at = skip_blanks(at + 1);
  if (at == window_.end() && window_.last()) {
    return fail(at, "the array never ends", "check that the file was written completely");
  }
  return at == window_.end() ? Scan::kMore : Scan::kRow;
}

/// After the brace that closes the one at `at`, or null when it is not in the window.
const char* JsonScanner::object_end(const char* at) const {
  size_t depth = 0;
  bool in_text = false;
  for (; at != window_.end(); ++at) {
    if (in_text) {
      if (*at == '\\') {
        if (++at == window_.end()) return nullptr;
      } else if (*at == '"') {
        in_text = false;
      }
    } else if (*at == '"') {
      in_text = true;
    } else if (*at == '{') {
      ++depth;
    } else if (*at == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return nullptr;
}

JsonScanner::Scan JsonScanner::take(const char* begin, const char* end) {
  advance({low_, static_cast<size_t>(begin - low_)}, line_, column_);
  low_ = begin;
  text_ = {begin, static_cast<size_t>(end - begin)};
  at_ = end;
  first_ = false;
  return Scan::kRow;
}

JsonScanner::Scan JsonScanner::fail(const char* at, const char* message, const char* hint) {
  error_ = {Code::kCorruptData,
            message,
            hint,
            {.source = window_.location().text(), .line = line_, .column = column_}};
  advance({low_, static_cast<size_t>(at - low_)}, error_.place.line, error_.place.column);
  return Scan::kFailed;
}

Error JsonScanner::too_long(const char* at) {
  fail(at, "a row is longer than 64 MiB", "write one object a line");
  error_.code = Code::kResourceExhausted;
  return error_;
}

Place JsonScanner::place(size_t offset) const {
  Place out{.source = window_.location().text(), .line = line_, .column = column_};
  advance(text_.substr(0, offset), out.line, out.column);
  return out;
}

}  // namespace skymill
