#include "engine/embedded/csv_records.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace skymill {

bool CsvRecords::next() {
  while (at_ < text_.size()) {
    line_ = lines_passed_ + 1;
    const size_t start = at_;
    read_record();
    const bool empty_line = fields_.size() == 1 && fields_[0].empty() && text_[start] != quote_;
    if (!empty_line) return true;
  }
  return false;
}

void CsvRecords::read_record() {
  fields_.clear();
  quoting_broken_ = false;
  while (true) {
    std::string& field = fields_.emplace_back();
    if (at_ < text_.size() && text_[at_] == quote_) read_quoted(field);
    while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' &&
           text_[at_] != '\r') {
      field += text_[at_++];
    }
    if (at_ == text_.size()) return;
    const char end = text_[at_++];
    if (end == delimiter_) continue;
    ++lines_passed_;
    crlf_ = end == '\r' && at_ < text_.size() && text_[at_] == '\n';
    if (crlf_) ++at_;
    return;
  }
}

/// Reads a quoted field up to its closing quote; a doubled quote stands for itself.
void CsvRecords::read_quoted(std::string& field) {
  ++at_;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == quote_) {
      if (at_ + 1 < text_.size() && text_[at_ + 1] == quote_) {
        ++at_;
      } else {
        ++at_;
        const char after = at_ < text_.size() ? text_[at_] : '\n';
        quoting_broken_ |= after != delimiter_ && after != '\n' && after != '\r';
        return;
      }
    } else if (c == '\n') {
      ++lines_passed_;
    }
    field += c;
  }
  quoting_broken_ = true;
}

bool mixed_line_ends(std::string_view text) {
  // Most files have no '\r' at all: one pass at the speed of memory.
  if (std::memchr(text.data(), '\r', text.size()) == nullptr) return false;
  const char* at = text.data();
  const char* const end = at + text.size();
  bool with = false;
  bool without = false;
  while (at != end) {
    const auto* line_end =
        static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    if (line_end == nullptr) break;
    const bool carriage = line_end != text.data() && line_end[-1] == '\r';
    (carriage ? with : without) = true;
    if (with && without) return true;
    at = line_end + 1;
  }
  return false;
}

std::vector<uint64_t> lines_at(std::string_view text, const std::vector<uint64_t>& offsets) {
  std::vector<uint64_t> out;
  uint64_t line = 1;
  size_t at = 0;
  for (const uint64_t offset : offsets) {
    const size_t stop = std::min<size_t>(offset, text.size());
    if (stop > at) {
      line +=
          static_cast<uint64_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                                           text.begin() + static_cast<std::ptrdiff_t>(stop), '\n'));
      at = stop;
    }
    out.push_back(line);
  }
  return out;
}

}  // namespace skymill
