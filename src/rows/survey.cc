#include "rows/survey.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <optional>

#include "table/coercion.h"

namespace skymill {
namespace {

constexpr size_t kMaxTracked = size_t{4} << 20;
/// A text column is likely meant as numbers when one in so many of its values, or fewer, is none.
constexpr size_t kOddShare = 10;

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

/// What has been seen of one column.
class Collector {
 public:
  /// `room`: how many values all collectors together may still track.
  Collector(const Field& field, bool is_label, size_t& room) : is_label_(is_label), room_(room) {
    survey_.field = field;
  }

  void add(const ColumnView& column) {
    switch (column.type) {
      case Type::kText:
      case Type::kBoolean:
        add_texts(column);
        break;
      case Type::kInteger:
      case Type::kTimestamp:
        add_integers(column);
        break;
      case Type::kNumber:
      case Type::kFloat:
        add_numbers(column);
        break;
      case Type::kDate:
        for (size_t row = 0; row < column.size; ++row) {
          if (column.missing(row)) ++survey_.missing;
        }
        survey_.constant = false;
        survey_.all_distinct = false;
        break;
    }
  }

  ColumnSurvey finish() {
    const Type type = survey_.field.type;
    if (type == Type::kText || type == Type::kBoolean) {
      survey_.constant = !survey_.too_many_levels && texts_.size() <= 1;
      survey_.all_distinct = survey_.all_distinct && present_ > 1;
      for (const std::string& text : texts_) survey_.levels.push_back(text);
      std::ranges::sort(survey_.levels);
      find_odd_text();
    } else if (type != Type::kDate) {
      survey_.constant = present_ == 0 || smallest_ == largest_;
      survey_.all_distinct = type == Type::kInteger && survey_.all_distinct && present_ > 1;
    }
    survey_.values.assign(values_.begin(), values_.end());
    std::ranges::sort(survey_.values);
    return std::move(survey_);
  }

 private:
  void add_texts(const ColumnView& column) {
    for (size_t row = 0; row < column.size; ++row) {
      if (column.missing(row)) {
        ++survey_.missing;
        continue;
      }
      ++present_;
      const std::string_view text = column.type == Type::kText ? column.text(row)
                                    : column.boolean(row)      ? std::string_view("true")
                                                               : std::string_view("false");
      if (last_ != nullptr && *last_ == text) {
        survey_.all_distinct = false;
        continue;
      }
      if (const auto found = texts_.find(text); found != texts_.end()) {
        survey_.all_distinct = false;
        last_ = &*found;
      } else if (texts_.size() < kMaxLevels) {
        last_ = &*texts_.emplace(text).first;
      } else {
        survey_.too_many_levels = true;
      }
    }
  }

  void add_integers(const ColumnView& column) {
    for (size_t row = 0; row < column.size; ++row) {
      if (column.missing(row)) {
        ++survey_.missing;
        continue;
      }
      add_value(static_cast<double>(column.integers[row]), column.integers[row]);
    }
  }

  void add_numbers(const ColumnView& column) {
    survey_.all_distinct = false;
    for (size_t row = 0; row < column.size; ++row) {
      if (column.missing(row) || std::isnan(column.numbers[row])) {
        ++survey_.missing;
        continue;
      }
      add_value(column.numbers[row], std::nullopt);
    }
  }

  void add_value(double value, std::optional<int64_t> integer) {
    smallest_ = present_ == 0 ? value : std::min(smallest_, value);
    largest_ = present_ == 0 ? value : std::max(largest_, value);
    ++present_;
    if (integer && survey_.all_distinct && room_ > 0) {
      survey_.all_distinct = tracked_.insert(*integer).second;
      --room_;
      if (!survey_.all_distinct) {
        room_ += tracked_.size() + 1;
        tracked_ = {};
      }
    }
    if (is_label_ && !survey_.too_many_values) {
      values_.insert(value);
      if (values_.size() > kMaxClasses) {
        survey_.too_many_values = true;
        values_.clear();
      }
    }
  }

  void find_odd_text() {
    if (survey_.field.type != Type::kText) return;
    size_t odd = 0;
    for (const std::string& level : survey_.levels) {
      if (number_of(level)) continue;
      ++odd;
      if (survey_.odd_text.empty()) survey_.odd_text = level;
    }
    if (odd * kOddShare > survey_.levels.size()) survey_.odd_text.clear();
  }

  bool is_label_;
  size_t& room_;
  ColumnSurvey survey_;
  uint64_t present_ = 0;
  double smallest_ = 0;
  double largest_ = 0;
  std::unordered_set<std::string, TextHash, std::equal_to<>> texts_;
  const std::string* last_ = nullptr;  // in texts_: node-based, so it stays
  std::unordered_set<int64_t> tracked_;
  std::unordered_set<double> values_;
};

}  // namespace

const ColumnSurvey* Survey::find(std::string_view name) const {
  for (const ColumnSurvey& column : columns) {
    if (column.field.name == name) return &column;
  }
  return nullptr;
}

Result<Survey> survey_rows(TableStream& stream, std::string_view label, const Cancel& cancel) {
  std::vector<Collector> collectors;
  size_t room = kMaxTracked;
  for (const Field& field : stream.schema()->fields) {
    collectors.emplace_back(field, field.name == label, room);
  }
  Survey survey;
  while (true) {
    SKYMILL_TRY(cancel.check());
    const std::optional<Table> table = SKYMILL_TRY(stream.next());
    if (!table) break;
    survey.rows += table->num_rows;
    for (size_t c = 0; c < collectors.size(); ++c) collectors[c].add(table->columns[c].view);
  }
  for (Collector& collector : collectors) survey.columns.push_back(collector.finish());
  return survey;
}

}  // namespace skymill
