#include "engine/embedded/csv_guess.h"

#include <charconv>

#include "base/text.h"
#include "table/column.h"

namespace skymill {
namespace {

/// Blanks around values are ignored, as readers do.
std::string_view without_sign(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return text;
}

/// Too large a number and "nan" count: the column is meant as numbers, and the proof names them.
bool looks_like_number(std::string_view text) {
  text = without_sign(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return end == text.data() + text.size() && !text.empty() && error != std::errc::invalid_argument;
}

bool looks_like(Type type, std::string_view text) {
  switch (type) {
    case Type::kBoolean:
      return (text.size() == 4 || text.size() == 5) &&
             (lower(text) == "true" || lower(text) == "false");
    case Type::kInteger:
      return parse_integer(without_sign(text)).has_value();
    case Type::kNumber:
      return looks_like_number(text);
    case Type::kDate:
      return parse_date(text).has_value();
    case Type::kTimestamp:
      return parse_timestamp(text).has_value();
    default:
      return true;
  }
}

/// The type after `type`, for values that do not fit it.
std::optional<Type> next_wider(Type type) {
  if (type == Type::kInteger) return Type::kNumber;
  if (type == Type::kDate) return Type::kTimestamp;
  return std::nullopt;
}

}  // namespace

void TypeGuess::add(std::string_view text) {
  if (type_ == Type::kText) return;
  text = trim(text);
  if (!type_) {
    for (const Type first : {Type::kInteger, Type::kNumber, Type::kDate, Type::kTimestamp,
                             Type::kBoolean, Type::kText}) {
      type_ = first;
      if (looks_like(first, text)) return;
    }
  }
  while (!looks_like(*type_, text)) type_ = next_wider(*type_).value_or(Type::kText);
}

}  // namespace skymill
