// Numbers take a fast path: up to 19 digits that make an integer a double holds exactly, times a
// power of ten that is exact too, need one correctly rounded operation (Clinger 1990, "How to read
// floating point numbers accurately"). Everything else goes to the strict parser of base/text.h.
#include "table/coercion.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/text.h"

namespace skymill {
namespace {

bool blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

/// A decimal number cut into its parts: ±mantissa × 10^exponent.
struct Decimal {
  bool negative = false;
  bool exact = true;  // the mantissa holds every digit
  uint64_t mantissa = 0;
  int64_t exponent = 0;
};

/// Collects digits. Zeros stay out of the mantissa until another digit follows them, so that
/// "1000…0.000" is exact; digits beyond the mantissa's room only move the exponent.
class DigitReader {
 public:
  explicit DigitReader(Decimal& out) : out_(out) {}

  /// Reads digits of `text` from `at`, returns the index after them. `places` is 1 after the point.
  size_t read(std::string_view text, size_t at, int64_t places) {
    for (; at < text.size() && digit(text[at]); ++at) {
      any_ = true;
      out_.exponent -= places;
      if (!out_.exact) {
        ++out_.exponent;
        continue;
      }
      ++zeros_;
      if (text[at] != '0') add(static_cast<uint64_t>(text[at] - '0'));
    }
    return at;
  }
  bool any() const { return any_; }
  void finish() { out_.exponent += zeros_; }

 private:
  void add(uint64_t value) {
    if (out_.mantissa == 0) zeros_ = 1;
    for (; zeros_ > 0; --zeros_) {
      if (out_.mantissa > (UINT64_MAX - 9) / 10) {
        out_.exact = false;
        return;  // finish() puts the digits left out into the exponent
      }
      out_.mantissa *= 10;
    }
    out_.mantissa += value;
  }

  Decimal& out_;
  int64_t zeros_ = 0;  // digits not yet in the mantissa
  bool any_ = false;
};

/// The exponent after 'e', bounded so that sums of it never overflow.
std::optional<int64_t> read_exponent(std::string_view text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  int64_t value = 0;
  for (const char c : text) {
    if (!digit(c)) return std::nullopt;
    if (value < 1'000'000'000) value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal out;
  size_t at = 0;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    out.negative = text[0] == '-';
    at = 1;
  }
  DigitReader digits(out);
  at = digits.read(text, at, 0);
  if (at < text.size() && text[at] == '.') at = digits.read(text, at + 1, 1);
  if (!digits.any()) return std::nullopt;
  digits.finish();
  if (at == text.size()) return out;
  if (text[at] != 'e' && text[at] != 'E') return std::nullopt;
  const auto exponent = read_exponent(text.substr(at + 1));
  if (!exponent) return std::nullopt;
  out.exponent += *exponent;
  return out;
}

/// ±digits[.digits] of at most 19 digits, without an exponent: nearly every number in a table.
std::optional<double> short_number(std::string_view text) {
  static constexpr std::array<double, 20> kPowers = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                                     1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                                     1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  if (end - at > 20 || at == end) return std::nullopt;
  uint64_t mantissa = 0;
  const char* const start = at;
  while (at != end && digit(*at)) mantissa = mantissa * 10 + static_cast<uint64_t>(*at++ - '0');
  int64_t digits = at - start;
  int64_t places = 0;
  if (at != end && *at == '.') {
    const char* const point = at++;
    while (at != end && digit(*at)) mantissa = mantissa * 10 + static_cast<uint64_t>(*at++ - '0');
    places = at - point - 1;
    digits += places;
  }
  constexpr uint64_t kExact = 1ULL << 53;
  if (at != end || digits == 0 || digits > 19 || mantissa > kExact) return std::nullopt;
  const double value = static_cast<double>(mantissa) / kPowers[static_cast<size_t>(places)];
  return negative ? -value : value;
}

/// What std::from_chars reads of a text that read_decimal accepts.
template <typename T>
std::optional<double> long_number(std::string_view text) {
  const auto decimal = read_decimal(text);
  if (!decimal) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    // Too small is a rounding to zero; too large has no value.
    const double size = std::log10(static_cast<double>(decimal->mantissa));
    if (size + static_cast<double>(decimal->exponent) > 0) return std::nullopt;
    return decimal->negative ? -0.0 : 0.0;
  }
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return static_cast<double>(value);
}

bool equal_without_case(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower_case[i]) return false;
  }
  return true;
}

std::string_view way_out(Type type) {
  switch (type) {
    case Type::kBoolean:
      return "write true or false";
    case Type::kInteger:
      return "write digits only, or read the column as a number";
    case Type::kNumber:
    case Type::kFloat:
      return "correct it, or name it as a spelling of missing (--null)";
    case Type::kText:
      return "convert the file to UTF-8";
    case Type::kDate:
      return "write dates as 2026-11-24";
    case Type::kTimestamp:
      return "write times as 2026-11-24 08:05:00";
  }
  return {};
}

template <typename Value, typename Append>
bool append_if(const std::optional<Value>& value, Append append) {
  if (!value) return false;
  append(*value);
  return true;
}

}  // namespace

std::optional<bool> boolean_of(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, bool>, 10> kSpellings = {
      {{"true", true},
       {"false", false},
       {"t", true},
       {"f", false},
       {"yes", true},
       {"no", false},
       {"y", true},
       {"n", false},
       {"1", true},
       {"0", false}}};
  for (const auto& [spelling, value] : kSpellings) {
    if (equal_without_case(text, spelling)) return value;
  }
  return std::nullopt;
}

std::optional<int64_t> integer_of(std::string_view text) {
  text = without_blanks(text);
  if (text.empty()) return std::nullopt;
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto simple = std::from_chars(text.data(), end, value);
  if (simple.ec == std::errc{} && simple.ptr == end) return value;
  const auto decimal = read_decimal(text);
  if (!decimal || !decimal->exact || decimal->exponent < 0) return std::nullopt;
  uint64_t magnitude = decimal->mantissa;
  for (int64_t i = 0; i < decimal->exponent && magnitude != 0; ++i) {
    if (magnitude > UINT64_MAX / 10) return std::nullopt;
    magnitude *= 10;
  }
  constexpr uint64_t kLargest = static_cast<uint64_t>(INT64_MAX);
  if (magnitude > kLargest + (decimal->negative ? 1 : 0)) return std::nullopt;
  return static_cast<int64_t>(decimal->negative ? 0 - magnitude : magnitude);
}

std::optional<double> number_of(std::string_view text) {
  if (const auto value = short_number(text)) return value;
  text = without_blanks(text);
  return text.empty() ? std::nullopt : long_number<double>(text);
}

std::optional<double> float_of(std::string_view text) {
  text = without_blanks(text);
  return text.empty() ? std::nullopt : long_number<float>(text);
}

std::optional<double> round_to_float(double value) {
  const auto rounded = static_cast<float>(value);
  if (std::isinf(rounded)) return std::nullopt;
  return static_cast<double>(rounded);
}

std::optional<int64_t> exact_integer(double value) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (!(value >= -kLimit && value < kLimit) || value != std::trunc(value)) return std::nullopt;
  return static_cast<int64_t>(value);
}

bool append_value(ColumnBuilder& builder, std::string_view text) {
  switch (builder.type()) {
    case Type::kBoolean:
      return append_if(boolean_of(text), [&](bool value) { builder.append_boolean(value); });
    case Type::kInteger:
      return append_if(integer_of(text), [&](int64_t value) { builder.append_integer(value); });
    case Type::kNumber:
      return append_if(number_of(text), [&](double value) { builder.append_number(value); });
    case Type::kFloat:
      return append_if(float_of(text), [&](double value) { builder.append_number(value); });
    case Type::kText:
      if (text.find('\0') != std::string_view::npos || invalid_utf8(text)) return false;
      builder.append_text(text);
      return true;
    case Type::kDate:
      return append_if(parse_date(without_blanks(text)),
                       [&](int32_t value) { builder.append_date(value); });
    case Type::kTimestamp:
      return append_if(parse_timestamp(without_blanks(text)),
                       [&](int64_t value) { builder.append_integer(value); });
  }
  return false;
}

Error refused_value(Type type, std::string_view text) {
  if (type == Type::kText) {
    const bool nul = text.find('\0') != std::string_view::npos;
    return {Code::kCorruptData,
            cat(quote_text(text), nul ? " holds a NUL byte" : " is not valid UTF-8"),
            std::string(way_out(type))};
  }
  Error error{Code::kSchemaMismatch, cat(quote_text(text), " is no ", type_name(type)),
              std::string(way_out(type))};
  const auto decimal = read_decimal(without_blanks(text));
  if (!decimal) return error;
  if (type == Type::kInteger && number_of(text) && decimal->exponent < 0) {
    error.message = cat(quote_text(text), " has a fraction, but the column holds integers");
    error.hint = "round it, or read the column as a number";
  } else if (type == Type::kInteger || type == Type::kNumber || type == Type::kFloat) {
    error.message = cat(quote_text(text), " is too large for the type ", type_name(type));
    error.hint = "correct the value";
  }
  return error;
}

std::string quote_text(std::string_view text) {
  constexpr size_t kShown = 40;
  std::string out = "'";
  const bool cut = text.size() > kShown;
  if (cut) {
    text = text.substr(0, kShown);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) {
      text.remove_suffix(1);
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0) text.remove_suffix(1);
  }
  const bool plain = !invalid_utf8(text);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F || (!plain && byte >= 0x80) ? '?' : c;
  }
  return out + (cut ? "…'" : "'");
}

}  // namespace skymill
