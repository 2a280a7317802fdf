#include "base/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace skymill {

std::string format_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  std::array<char, 32> buffer;
  // Integers that a double holds exactly print without exponent, as the data would.
  const bool whole = std::fabs(value) < 1e15 && value == std::trunc(value);
  const auto end = whole ? std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                         static_cast<int64_t>(value))
                         : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

std::string format_short(double value, int digits) {
  if (!std::isfinite(value)) return format_number(value);
  std::array<char, 64> buffer;
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*g", digits, value);
  return {buffer.data(), static_cast<size_t>(length)};
}

std::string format_bytes(uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 48> buffer;
  std::snprintf(buffer.data(), buffer.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value,
                kUnits[unit]);
  return buffer.data();
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty() || &part != parts.data()) out += separator;
    out += part;
  }
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  size_t start = 0;
  while (true) {
    const size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

std::string_view trim(std::string_view text) {
  static constexpr std::string_view kBlank = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

namespace {

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> above(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates) {
  if (name.size() > 256) return std::nullopt;
  const std::string wanted = lower(name);
  std::optional<std::string> best;
  size_t best_distance = std::max<size_t>(1, wanted.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 256) continue;
    const size_t distance = edit_distance(wanted, lower(candidate));
    // At the length of the longer one nothing is shared: any letter is one edit from any other.
    const bool alike = distance < std::max(wanted.size(), candidate.size());
    if (alike && distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggest(std::string_view name, std::span<const std::string> candidates) {
  if (const auto close = nearest(name, candidates)) return cat("did you mean '", *close, "'?");
  if (candidates.empty()) return {};
  static constexpr size_t kShown = 12;
  std::string out = "known: " + join(candidates.first(std::min(kShown, candidates.size())), ", ");
  if (candidates.size() > kShown) out += cat(", … (", candidates.size(), " in all)");
  return out;
}

namespace {

/// Whether a decimal number other than zero is below 1 in size: where its first digit stands.
bool below_one(std::string_view number) {
  const size_t e = std::min(number.find_first_of("eE"), number.size());
  const std::string_view digits = number.substr(0, e);
  const size_t point = std::min(digits.find('.'), digits.size());
  const size_t first = digits.find_first_of("123456789");
  int64_t exponent = 0;
  if (e < number.size()) {
    const std::string_view text = number.substr(e + 1);
    // An exponent beyond 64 bits outweighs any number of digits.
    const int64_t beyond = text.front() == '-' ? INT64_MIN : INT64_MAX;
    exponent = std::clamp(parse_integer(text).value_or(beyond), INT64_MIN / 2, INT64_MAX / 2);
  }
  const auto place = static_cast<int64_t>(point) - static_cast<int64_t>(first);
  return exponent + place - (first < point ? 1 : 0) < 0;
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char* first = text.data();
  const char* last = first + text.size();
  if (*first == '+') {
    ++first;
    if (first == last || *first == '-') return std::nullopt;
  }
  const char lead = *first == '-' && first + 1 != last ? first[1] : *first;
  if (lead != '.' && (lead < '0' || lead > '9')) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (end != last) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Underflow is a rounding to zero; overflow has no value.
    if (!below_one(std::string_view(first, last))) return std::nullopt;
    return *first == '-' ? -0.0 : 0.0;
  }
  if (error != std::errc{}) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<uint64_t> parse_bytes(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() &&
         (text[digits] == '.' || (text[digits] >= '0' && text[digits] <= '9')))
    ++digits;
  const auto number = parse_number(text.substr(0, digits));
  if (!number) return std::nullopt;
  const std::string unit = lower(trim(text.substr(digits)));
  static constexpr std::array<std::pair<std::string_view, double>, 14> kUnits = {
      {{"", 1},
       {"b", 1},
       {"kb", 1e3},
       {"k", 1024.0},
       {"kib", 1024.0},
       {"mb", 1e6},
       {"m", 1048576.0},
       {"mib", 1048576.0},
       {"gb", 1e9},
       {"g", 1073741824.0},
       {"gib", 1073741824.0},
       {"tb", 1e12},
       {"t", 1099511627776.0},
       {"tib", 1099511627776.0}}};
  for (const auto& [name, factor] : kUnits) {
    if (name == unit && *number * factor < 1e18) return static_cast<uint64_t>(*number * factor);
  }
  return std::nullopt;
}

std::optional<size_t> invalid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const size_t size = text.size();
  size_t i = 0;
  while (i < size) {
    const unsigned char lead = bytes[i];
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + length > size) return i;
    uint32_t point = lead & (0xFFU >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      if ((bytes[i + k] & 0xC0) != 0x80) return i;
      point = point << 6 | (bytes[i + k] & 0x3FU);
    }
    static constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
    if (point < kSmallest[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      return i;
    }
    i += length;
  }
  return std::nullopt;
}

}  // namespace skymill
