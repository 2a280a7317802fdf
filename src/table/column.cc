#include "table/column.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/text.h"

namespace skymill {

ColumnView ColumnView::slice(size_t start, size_t count) const {
  ColumnView out = *this;
  out.size = count;
  out.bit_offset += start;
  if (integers != nullptr) out.integers += start;
  if (numbers != nullptr) out.numbers += start;
  if (days != nullptr) out.days += start;
  if (codes != nullptr) {
    out.codes += start;
  } else if (offsets != nullptr) {
    out.offsets += start;
  }
  return out;
}

std::string value_text(const ColumnView& column, size_t row) {
  if (column.missing(row)) return {};
  switch (column.type) {
    case Type::kBoolean:
      return column.boolean(row) ? "true" : "false";
    case Type::kInteger:
      return std::to_string(column.integers[row]);
    case Type::kNumber:
      return format_number(column.numbers[row]);
    case Type::kFloat: {
      // The shortest text that reads back as the same float.
      std::array<char, 32> buffer;
      const double value = column.numbers[row];
      if (!std::isfinite(value) || value == std::trunc(value)) return format_number(value);
      const auto end =
          std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<float>(value));
      return {buffer.data(), end.ptr};
    }
    case Type::kText:
      return std::string(column.text(row));
    case Type::kDate:
      return date_text(column.days[row]);
    case Type::kTimestamp:
      return timestamp_text(column.integers[row]);
  }
  return {};
}

Json value_json(const ColumnView& column, size_t row) {
  if (column.missing(row)) return {};
  switch (column.type) {
    case Type::kBoolean:
      return column.boolean(row);
    case Type::kInteger:
      return column.integers[row];
    case Type::kNumber:
    case Type::kFloat:
      return column.numbers[row];
    default:
      return value_text(column, row);
  }
}

size_t ColumnBuilder::bytes() const {
  return validity_.size() + bits_.size() + integers_.size() * sizeof(int64_t) +
         numbers_.size() * sizeof(double) + days_.size() * sizeof(int32_t) +
         offsets_.size() * sizeof(int32_t) + chars_.size();
}

void ColumnBuilder::append_missing() {
  switch (type_) {
    case Type::kBoolean:
      if ((size_ & 7) == 0) bits_.push_back(0);
      break;
    case Type::kInteger:
    case Type::kTimestamp:
      integers_.push_back(0);
      break;
    case Type::kNumber:
    case Type::kFloat:
      numbers_.push_back(0);
      break;
    case Type::kDate:
      days_.push_back(0);
      break;
    case Type::kText:
      if (offsets_.empty()) offsets_.push_back(0);
      offsets_.push_back(static_cast<int32_t>(chars_.size()));
      break;
  }
  append_valid(false);
}

void ColumnBuilder::append_boolean(bool value) {
  const size_t bit = size_ & 7;
  if (bit == 0) bits_.push_back(0);
  if (value) bits_.back() = static_cast<uint8_t>(bits_.back() | 1U << bit);
  append_valid(true);
}

void ColumnBuilder::append_date(int32_t days) {
  days_.push_back(days);
  append_valid(true);
}

void ColumnBuilder::append_text(std::string_view value) {
  if (offsets_.empty()) offsets_.push_back(0);
  chars_ += value;
  SKYMILL_CHECK(chars_.size() <= INT32_MAX);
  offsets_.push_back(static_cast<int32_t>(chars_.size()));
  append_valid(true);
}

ColumnView ColumnBuilder::view() const {
  static constexpr int32_t kNoOffset = 0;
  ColumnView out;
  out.type = type_;
  out.size = size_;
  if (any_missing_) out.validity = validity_.data();
  out.bits = bits_.data();
  out.integers = integers_.data();
  out.numbers = numbers_.data();
  out.days = days_.data();
  out.offsets = offsets_.empty() ? &kNoOffset : offsets_.data();
  out.chars = chars_.data();
  return out;
}

void ColumnBuilder::clear() {
  size_ = 0;
  any_missing_ = false;
  validity_.clear();
  bits_.clear();
  integers_.clear();
  numbers_.clear();
  days_.clear();
  offsets_.clear();
  chars_.clear();
}

Column ColumnBuilder::finish() {
  // The builder itself, moved into the owner: its buffers are where the view says.
  auto owner = std::make_shared<ColumnBuilder>(std::move(*this));
  *this = ColumnBuilder(owner->type_);
  return {owner->view(), std::move(owner)};
}

Column text_column(const std::vector<std::string>& values) {
  ColumnBuilder builder(Type::kText);
  for (const std::string& value : values) builder.append_text(value);
  return builder.finish();
}

Column number_column(const std::vector<double>& values) {
  ColumnBuilder builder(Type::kNumber);
  for (const double value : values) {
    if (std::isnan(value)) {
      builder.append_missing();
    } else {
      builder.append_number(value);
    }
  }
  return builder.finish();
}

Column integer_column(const std::vector<int64_t>& values) {
  ColumnBuilder builder(Type::kInteger);
  for (const int64_t value : values) builder.append_integer(value);
  return builder.finish();
}

namespace {

// Days from and to civil dates: Howard Hinnant, "chrono-compatible low-level date algorithms".
int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

std::optional<unsigned> digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  unsigned value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int32_t> take_date(std::string_view& text) {
  const auto year = digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = digits(text, 2);
  if (!day || *month < 1 || *month > 12 || *day < 1) return std::nullopt;
  static constexpr std::array<unsigned, 12> kDays = {31, 28, 31, 30, 31, 30,
                                                     31, 31, 30, 31, 30, 31};
  const bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
  if (*day > kDays[*month - 1] + (*month == 2 && leap ? 1 : 0)) return std::nullopt;
  return static_cast<int32_t>(days_from_civil(*year, *month, *day));
}

/// Minutes east of UTC after a time: nothing, "Z", "+hh", "+hhmm" or "+hh:mm".
std::optional<int> take_zone(std::string_view& text) {
  if (text.empty() || take(text, 'Z')) return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = digits(text, 2);
  if (!hours || *hours > 15) return std::nullopt;
  unsigned minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    const auto given = digits(text, 2);
    if (!given || *given > 59) return std::nullopt;
    minutes = *given;
  }
  return sign * static_cast<int>(*hours * 60 + minutes);
}

}  // namespace

std::string date_text(int32_t days) {
  const int64_t z = static_cast<int64_t>(days) + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(z - era * 146097);
  const unsigned year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned mp = (5 * day_of_year + 2) / 153;
  const unsigned day = day_of_year - (153 * mp + 2) / 5 + 1;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  const int64_t year = static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
  std::array<char, 40> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%04lld-%02u-%02u", static_cast<long long>(year),
                month, day);
  return buffer.data();
}

std::string timestamp_text(int64_t microseconds) {
  constexpr int64_t kDay = 86'400'000'000;
  int64_t days = microseconds / kDay;
  int64_t rest = microseconds % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  std::array<char, 40> buffer;
  std::snprintf(
      buffer.data(), buffer.size(), "T%02lld:%02lld:%02lld.%06lld",
      static_cast<long long>(rest / 3'600'000'000), static_cast<long long>(rest / 60'000'000 % 60),
      static_cast<long long>(rest / 1'000'000 % 60), static_cast<long long>(rest % 1'000'000));
  std::string time = buffer.data();
  time.erase(time.find_last_not_of('0') + 1);
  if (time.back() == '.') time.pop_back();
  return date_text(static_cast<int32_t>(days)) + time;
}

std::optional<int32_t> parse_date(std::string_view text) {
  const auto days = take_date(text);
  if (!days || !text.empty()) return std::nullopt;
  return days;
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
  const auto days = take_date(text);
  if (!days) return std::nullopt;
  int64_t value = static_cast<int64_t>(*days) * 86'400'000'000;
  if (text.empty()) return value;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto hours = digits(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = digits(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  value += (*hours * 60LL + *minutes) * 60'000'000;
  if (take(text, ':')) {
    const auto seconds = digits(text, 2);
    if (!seconds || *seconds > 59) return std::nullopt;
    value += *seconds * 1'000'000LL;
    if (take(text, '.')) {
      int64_t unit = 100'000;
      size_t count = 0;
      while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if (++count > 9) return std::nullopt;
        value += unit * (text.front() - '0');
        unit /= 10;
        text.remove_prefix(1);
      }
      if (count == 0) return std::nullopt;
    }
  }
  const auto zone = take_zone(text);
  if (!zone || !text.empty()) return std::nullopt;
  return value - *zone * 60'000'000LL;
}

}  // namespace skymill
