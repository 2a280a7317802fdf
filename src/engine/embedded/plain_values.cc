#include "engine/embedded/plain_values.h"

#include "base/text.h"
#include "table/column.h"

namespace skymill {
namespace {

/// Takes the digits at the front and tells how many there were.
size_t take_digits(std::string_view& text) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  text.remove_prefix(count);
  return count;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool plain_integer(std::string_view text) {
  take(text, "-");
  const size_t digits = take_digits(text);
  return text.empty() && digits >= 1 && digits <= kPlainIntegerDigits;
}

/// -12.5 or 3e-05: a point only between digits, the exponent far from overflow.
bool plain_number(Type type, std::string_view text) {
  if (text.size() > kPlainNumberLength) return false;
  take(text, "-");
  if (take_digits(text) == 0) return false;
  if (take(text, ".") && take_digits(text) == 0) return false;
  if (type == Type::kNumber && take(text, "eE")) {
    take(text, "+-");
    const size_t digits = take_digits(text);
    if (digits == 0 || digits > 2) return false;
  }
  return text.empty();
}

bool plain_boolean(std::string_view text) {
  return (text.size() == 4 || text.size() == 5) &&
         (lower(text) == "true" || lower(text) == "false");
}

bool plain_date(std::string_view text) {
  return text.size() == 10 && text.front() != '-' && parse_date(text).has_value();
}

/// A date, or 2026-11-24T08:05:00 with at most six decimals and no zone.
bool plain_timestamp(std::string_view text) {
  if (text.size() < 19) return plain_date(text);
  return text.size() <= 26 && plain_date(text.substr(0, 10)) &&
         text.find_first_not_of("0123456789:.", 11) == std::string_view::npos &&
         parse_timestamp(text).has_value();
}

}  // namespace

bool is_plain_value(Type type, std::string_view text) {
  switch (type) {
    case Type::kBoolean:
      return plain_boolean(text);
    case Type::kInteger:
      return plain_integer(text);
    case Type::kNumber:
    case Type::kFloat:
      return plain_number(type, text);
    case Type::kText:
      return true;
    case Type::kDate:
      return plain_date(text);
    case Type::kTimestamp:
      return plain_timestamp(text);
  }
  return false;
}

bool has_fraction(std::string_view number) {
  constexpr size_t kExactLength = 15;
  const size_t point = number.find('.');
  return point != std::string_view::npos && number.size() <= kExactLength &&
         number.find_first_of("eE") == std::string_view::npos &&
         number.find_first_not_of('0', point + 1) != std::string_view::npos;
}

}  // namespace skymill
