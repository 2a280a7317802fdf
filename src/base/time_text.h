// Times as text: ISO 8601 and the dates of HTTP, in seconds since 1970, always UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skymill {

/// 2026-11-24T15:02:07Z
std::string iso_time(int64_t seconds);
/// Tue, 24 Nov 2026 15:02:07 GMT, whatever the locale.
std::string http_date(int64_t seconds);
/// Either of them, ISO 8601 also with a fraction, which is cut off. Nothing when it is neither.
std::optional<int64_t> parse_time(std::string_view text);

int64_t now_in_seconds();

}  // namespace skymill
