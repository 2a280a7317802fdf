#include "format/value_writer.h"

#include <array>
#include <charconv>
#include <cmath>

namespace skymill {

void append_plain_value(std::string& out, const ColumnView& column, size_t row) {
  std::array<char, 32> buffer;
  char* const begin = buffer.data();
  char* const end = begin + buffer.size();
  if (column.type == Type::kInteger) {
    out.append(begin, std::to_chars(begin, end, column.integers[row]).ptr);
    return;
  }
  if (column.type == Type::kNumber) {
    // Whole numbers and what is not finite have forms of their own: base/text.h.
    const double value = column.numbers[row];
    if (std::isfinite(value) && value != std::trunc(value)) {
      out.append(begin, std::to_chars(begin, end, value).ptr);
      return;
    }
  }
  out += value_text(column, row);
}

}  // namespace skymill
