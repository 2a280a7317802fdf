#include "prepare/column_statistics.h"

#include <algorithm>
#include <cmath>

#include "base/bytes.h"
#include "prepare/prepare_passes.h"
#include "prepare/quantiles.h"

namespace skymill {
namespace {

/// Parameters: for each feature its number of levels, or one of these for a number.
constexpr uint64_t kNumber = ~uint64_t{0};
constexpr uint64_t kCountedNumber = kNumber - 1;  // counts distinct values too

class StatisticsState final : public PassState {
 public:
  explicit StatisticsState(const std::vector<uint64_t>& levels) : columns_(levels.size()) {
    for (size_t f = 0; f < levels.size(); ++f) {
      number_.push_back(levels[f] >= kCountedNumber);
      columns_[f].too_many_values = levels[f] != kCountedNumber;
      if (!number_[f]) columns_[f].levels.resize(levels[f]);
    }
  }

  std::vector<ColumnStatistics>& columns() { return columns_; }

  void add(const Block& block) override {
    for (size_t f = 0; f < columns_.size(); ++f) {
      ColumnStatistics& column = columns_[f];
      if (number_[f]) {
        add_numbers(column, block.features[f].number, block.num_rows);
      } else {
        add_codes(column, block.features[f].code, block.num_rows);
      }
      column.rows += block.num_rows;
    }
  }

  Result<void> merge(PassState&& other) override {
    auto& state = same_state<StatisticsState>(other);
    for (size_t f = 0; f < columns_.size(); ++f) merge_column(columns_[f], state.columns_[f]);
    return {};
  }

  void write(Bytes& out) const override {
    ByteWriter writer(out);
    for (const ColumnStatistics& column : columns_) {
      writer.put(column.rows);
      writer.put(column.missing);
      writer.put(column.smallest);
      writer.put(column.largest);
      column.sum.write(writer);
      writer.put(column.too_many_values);
      writer.put(static_cast<uint64_t>(column.values.size()));
      for (const auto& [key, count] : column.values) {
        writer.put(key);
        writer.put(count);
      }
      writer.put_array(column.levels);
      writer.put(column.unseen);
    }
  }

  Result<void> read(std::string_view bytes) {
    ByteReader reader(bytes);
    for (ColumnStatistics& column : columns_) {
      column.rows = SKYMILL_TRY(reader.get<uint64_t>());
      column.missing = SKYMILL_TRY(reader.get<uint64_t>());
      column.smallest = SKYMILL_TRY(reader.get<double>());
      column.largest = SKYMILL_TRY(reader.get<double>());
      column.sum = SKYMILL_TRY(ExactSum::read(reader));
      column.too_many_values = SKYMILL_TRY(reader.get<uint8_t>()) != 0;
      const uint64_t values = SKYMILL_TRY(reader.get_count(2 * sizeof(uint64_t)));
      for (uint64_t v = 0; v < values; ++v) {
        const uint64_t key = SKYMILL_TRY(reader.get<uint64_t>());
        column.values[key] = SKYMILL_TRY(reader.get<uint64_t>());
      }
      auto levels = SKYMILL_TRY(reader.get_array<uint64_t>());
      if (levels.size() != column.levels.size() || column.missing > column.rows) {
        return Error{Code::kCorruptData, "the state of a statistics pass is damaged"};
      }
      column.levels = std::move(levels);
      column.unseen = SKYMILL_TRY(reader.get<uint64_t>());
    }
    return reader.finish();
  }

 private:
  static void give_up_counting(ColumnStatistics& column) {
    column.too_many_values = true;
    column.values.clear();
  }

  static void add_numbers(ColumnStatistics& column, const double* values, size_t rows) {
    bool any = column.present() > 0;
    for (size_t i = 0; i < rows; ++i) {
      const double value = values[i];
      if (std::isnan(value)) {
        ++column.missing;
        continue;
      }
      column.smallest = any ? std::min(column.smallest, value) : value;
      column.largest = any ? std::max(column.largest, value) : value;
      any = true;
      column.sum.add(value);
      if (!column.too_many_values) {
        ++column.values[order_key(value)];
        if (column.values.size() > ColumnStatistics::kMaxCounted) give_up_counting(column);
      }
    }
  }

  static void add_codes(ColumnStatistics& column, const uint32_t* codes, size_t rows) {
    for (size_t i = 0; i < rows; ++i) {
      if (codes[i] == kMissingCode) {
        ++column.missing;
      } else if (codes[i] < column.levels.size()) {
        ++column.levels[codes[i]];
      } else {
        ++column.unseen;
      }
    }
  }

  static void merge_column(ColumnStatistics& into, ColumnStatistics& from) {
    if (from.present() > 0) {
      const bool any = into.present() > 0;
      into.smallest = any ? std::min(into.smallest, from.smallest) : from.smallest;
      into.largest = any ? std::max(into.largest, from.largest) : from.largest;
    }
    into.rows += from.rows;
    into.missing += from.missing;
    into.sum.merge(from.sum);
    into.too_many_values = into.too_many_values || from.too_many_values;
    if (!into.too_many_values) {
      for (const auto& [key, count] : from.values) into.values[key] += count;
    }
    if (into.too_many_values || into.values.size() > ColumnStatistics::kMaxCounted) {
      give_up_counting(into);
    }
    for (size_t l = 0; l < into.levels.size(); ++l) into.levels[l] += from.levels[l];
    into.unseen += from.unseen;
  }

  std::vector<ColumnStatistics> columns_;
  std::vector<char> number_;
};

Result<std::vector<uint64_t>> read_levels(std::string_view parameters) {
  ByteReader reader(parameters);
  auto levels = SKYMILL_TRY(reader.get_array<uint64_t>());
  SKYMILL_TRY(reader.finish());
  for (const uint64_t count : levels) {
    if (count < kCountedNumber && count > kUnseenCode) {
      return Error{Code::kCorruptData, "the parameters of a statistics pass are damaged"};
    }
  }
  return levels;
}

Result<std::unique_ptr<PassState>> make_state(std::string_view parameters) {
  return std::make_unique<StatisticsState>(SKYMILL_TRY(read_levels(parameters)));
}

Result<std::unique_ptr<PassState>> read_state(std::string_view parameters, std::string_view bytes) {
  auto state = std::make_unique<StatisticsState>(SKYMILL_TRY(read_levels(parameters)));
  SKYMILL_TRY(state->read(bytes));
  return state;
}

}  // namespace

PassInfo column_statistics_pass() { return {"column_statistics", true, make_state, read_state}; }

Result<std::vector<ColumnStatistics>> column_statistics(RowSource& source, const Selection& rows,
                                                        const std::vector<bool>& counted,
                                                        RunContext& context) {
  std::vector<uint64_t> levels;
  const std::vector<Feature>& features = source.schema().features;
  for (size_t f = 0; f < features.size(); ++f) {
    const bool number = features[f].kind == FeatureKind::kNumber;
    levels.push_back(!number ? features[f].levels.size() : counted[f] ? kCountedNumber : kNumber);
  }
  Job job{.pass = "column_statistics", .parameters = {}, .rows = rows, .transforms = {}};
  ByteWriter(job.parameters).put_array(levels);
  const auto state = SKYMILL_TRY(run_one<StatisticsState>(source, std::move(job), context));
  return std::move(state->columns());
}

}  // namespace skymill
