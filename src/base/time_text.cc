#include "base/time_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "base/text.h"

namespace skymill {
namespace {

namespace chrono = std::chrono;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  int year, month, day, hour, minute, second;
};

Parts parts_of(int64_t seconds) {
  const chrono::sys_seconds time{chrono::seconds(seconds)};
  const auto midnight = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(midnight);
  const chrono::hh_mm_ss clock(time - midnight);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count())};
}

std::optional<int64_t> seconds_of(const Parts& parts) {
  const chrono::year_month_day date{chrono::year(parts.year),
                                    chrono::month(static_cast<unsigned>(parts.month)),
                                    chrono::day(static_cast<unsigned>(parts.day))};
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
  const auto midnight = chrono::sys_days(date).time_since_epoch();
  return chrono::duration_cast<chrono::seconds>(midnight).count() + 3600 * parts.hour +
         60 * parts.minute + parts.second;
}

/// The digits of `text` at `offset`; -1 when something else is there.
int digits(std::string_view text, size_t offset, size_t count) {
  if (text.size() < offset + count) return -1;
  int value = 0;
  for (const char c : text.substr(offset, count)) {
    if (c < '0' || c > '9') return -1;
    value = 10 * value + (c - '0');
  }
  return value;
}

std::string two(int value) { return cat(value < 10 ? "0" : "", value); }

}  // namespace

std::string iso_time(int64_t seconds) {
  const Parts at = parts_of(seconds);
  return cat(at.year, "-", two(at.month), "-", two(at.day), "T", two(at.hour), ":", two(at.minute),
             ":", two(at.second), "Z");
}

std::string http_date(int64_t seconds) {
  const Parts at = parts_of(seconds);
  const auto day = chrono::floor<chrono::days>(chrono::sys_seconds{chrono::seconds(seconds)});
  return cat(kDays.at(chrono::weekday(day).c_encoding()), ", ", two(at.day), " ",
             kMonths.at(static_cast<size_t>(at.month - 1)), " ", at.year, " ", two(at.hour), ":",
             two(at.minute), ":", two(at.second), " GMT");
}

std::optional<int64_t> parse_time(std::string_view text) {
  Parts at = {};
  if (text.size() == 29 && text.substr(3, 2) == ", " && text.ends_with(" GMT")) {
    const auto* month = std::ranges::find(kMonths, text.substr(8, 3));
    at = {digits(text, 12, 4), static_cast<int>(month - kMonths.begin()) + 1,
          digits(text, 5, 2),  digits(text, 17, 2),
          digits(text, 20, 2), digits(text, 23, 2)};
  } else if (text.size() >= 20 && text[4] == '-' && text[10] == 'T' && text.ends_with('Z')) {
    at = {digits(text, 0, 4),  digits(text, 5, 2),  digits(text, 8, 2),
          digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)};
  } else {
    return std::nullopt;
  }
  if (std::min({at.year, at.month, at.day, at.hour, at.minute, at.second}) < 0) return std::nullopt;
  return seconds_of(at);
}

int64_t now_in_seconds() {
  const auto now = chrono::system_clock::now().time_since_epoch();
  return chrono::duration_cast<chrono::seconds>(now).count();
}

}  // namespace skymill
