// Text the whole program agrees on: joining, numbers, nearest names.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace skymill {

/// The shortest decimal text that reads back as the same double; integers print without a point,
/// NaN as "nan", infinities as "inf" and "-inf".
std::string format_number(double value);
/// `value` with at most `digits` significant digits, for tables people read.
std::string format_short(double value, int digits = 6);
/// "1.4 GiB", "312 KiB", "17 B".
std::string format_bytes(uint64_t bytes);

namespace text_internal {
inline void append(std::string& out, std::string_view part) { out += part; }
inline void append(std::string& out, const char* part) { out += part; }
inline void append(std::string& out, const std::string& part) { out += part; }
inline void append(std::string& out, char part) { out += part; }
inline void append(std::string& out, std::floating_point auto part) { out += format_number(part); }
inline void append(std::string& out, std::integral auto part) { out += std::to_string(part); }
}  // namespace text_internal

/// Concatenates texts and numbers: `cat("row ", 7)`.
template <typename... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (text_internal::append(out, parts), ...);
  return out;
}

std::string join(std::span<const std::string> parts, std::string_view separator);
std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
std::string lower(std::string_view text);

/// The candidate closest to `name` by edit distance, if one is close enough to be a likely typo:
/// at least something of it is the same.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);
/// "did you mean 'age'?" or "known: a, b, c" (at most 12 names), for hints.
std::string suggest(std::string_view name, std::span<const std::string> candidates);

/// Strict: the whole text must be one decimal number (no surrounding blanks, no hex). "inf" and
/// "nan" are refused, and so is a number too large for a double.
std::optional<double> parse_number(std::string_view text);
std::optional<int64_t> parse_integer(std::string_view text);
/// "512MB", "4 GiB", "1000" → bytes (decimal and binary units).
std::optional<uint64_t> parse_bytes(std::string_view text);

/// Offset of the first byte that is not valid UTF-8 (RFC 3629), or nullopt.
std::optional<size_t> invalid_utf8(std::string_view text);

}  // namespace skymill
