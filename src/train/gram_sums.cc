// One pass gives everything: X'WX, X'Wy and their sums. Numbers go through tiles of columns about a
// shift near their mean (Chan, Golub, LeVeque, "Algorithms for computing the sample variance",
// 1983: no cancellation when centred later); states with different shifts are moved exactly when
// they merge. Levels stay codes (after H2O's Gram): a record of sums per level and a count per pair
// of levels, 20 ns a row where 670 dummy columns would take 400. O(rows · (numbers² + categories ·
// numbers + categories²)). Covered by gram_test.cc.
#include "train/gram_sums.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace skymill {
namespace {

size_t packed(size_t i, size_t j) { return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i; }
size_t padded(size_t rows) { return (rows + 7) / 8 * 8; }

/// Rows whose mean is the shift: any shift is safe, since the rows are part of the data.
constexpr size_t kShiftRows = 512;

/// The mean of the first rows, cut to a float, so that x - shift is mostly exact.
double shift_of(const double* x, size_t rows) {
  rows = std::min(rows, kShiftRows);
  double sum = 0;
  for (size_t i = 0; i < rows; ++i) sum += x[i];
  const double mean = sum / static_cast<double>(rows);
  if (!(std::fabs(mean) < 1e37)) return 0;  // beyond a float, or not a number
  return static_cast<double>(static_cast<float>(mean));
}

/// Zeroed, aligned to a cache line.
class AlignedBuffer {
 public:
  explicit AlignedBuffer(size_t size) : storage_(size + 8) {
    const auto address = reinterpret_cast<uintptr_t>(storage_.data());
    data_ = storage_.data() + (64 - address % 64) % 64 / sizeof(double);
  }
  double* data() { return data_; }

 private:
  std::vector<double> storage_;
  double* data_;
};

}  // namespace

Result<GramLayout> GramLayout::make(std::vector<uint32_t> levels) {
  GramLayout layout;
  uint64_t columns = 0;
  for (size_t f = 0; f < levels.size(); ++f) {
    columns += levels[f] == 0 ? 1 : levels[f];
    auto& list = levels[f] == 0 ? layout.numbers : layout.categories;
    layout.place.push_back(list.size());
    list.push_back(f);
  }
  if (columns > kMaxDesignColumns) {
    return Error{Code::kResourceExhausted,
                 cat("the features make ", columns, " terms; linear models take at most ",
                     kMaxDesignColumns, " (their memory grows with the square)"),
                 "leave out features with many levels, or use a tree model"};
  }
  layout.levels = std::move(levels);
  layout.record = (layout.numbers.size() + 2 + 3) / 4 * 4;
  const auto count = [&](size_t c) { return size_t{layout.levels[layout.categories[c]]}; };
  for (size_t a = 0; a < layout.categories.size(); ++a) {
    layout.level_start.push_back(layout.table_size);
    layout.table_size += count(a) * layout.record;
  }
  for (size_t a = 1; a < layout.categories.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      layout.pair_start.push_back(layout.table_size);
      layout.table_size += count(a) * count(b);
    }
  }
  return layout;
}

Result<std::vector<uint32_t>> design_levels(std::span<const Feature> features) {
  std::vector<uint32_t> levels;
  for (const Feature& feature : features) {
    if (feature.kind == FeatureKind::kBin) {
      return Error{Code::kInternal, cat("feature '", feature.name, "' is binned")};
    }
    const bool number = feature.kind == FeatureKind::kNumber;
    // A category without levels has one that never comes.
    levels.push_back(number ? 0
                            : static_cast<uint32_t>(std::max<size_t>(1, feature.levels.size())));
  }
  SKYMILL_TRY(GramLayout::make(levels));
  return levels;
}

struct GramSums::Scratch {
  Scratch(const GramLayout& layout, const GramKernel& kernel, size_t rows)
      : stride(rows + 8),
        columns(layout.numbers.size() + 2),
        tile(stride * (columns + kernel.panel)),
        sums(kernel.sums_size(columns)),
        records(layout.categories.empty() ? 0 : rows * layout.record),
        codes(layout.categories.size() * rows) {}

  double* column(size_t j) { return tile.data() + j * stride; }

  size_t stride;
  size_t columns;
  AlignedBuffer tile;
  AlignedBuffer sums;
  AlignedBuffer records;
  std::vector<uint32_t> codes;  // of a tile, category after category
  std::vector<const double*> next;
};

GramSums::GramSums(std::shared_ptr<const GramLayout> layout, Precision precision, KernelLevel limit)
    : layout_(std::move(layout)),
      precision_(precision),
      kernel_(&gram_kernel(limit)),
      shift_(layout_->numbers.size() + 1),
      sums_(layout_->size()),
      rests_(precision == Precision::kDoubleDouble ? layout_->size() : 0) {}

void GramSums::begin(const Block& block, bool with_response) {
  if (scratch_ == nullptr) {
    scratch_ = std::make_shared<Scratch>(*layout_, *kernel_, tile_rows());
  }
  if (started_ || block.num_rows == 0) return;
  started_ = true;
  if (precision_ == Precision::kDoubleDouble) return;
  for (size_t i = 0; i < layout_->numbers.size(); ++i) {
    shift_[i] = shift_of(block.features[layout_->numbers[i]].number, block.num_rows);
  }
  if (with_response) shift_.back() = shift_of(block.label.data(), block.num_rows);
}

void GramSums::add_tile(const TileRows& rows) {
  Scratch& scratch = *scratch_;
  const size_t count = layout_->numbers.size();
  const size_t height = padded(rows.count);
  const size_t ahead = rows.start + rows.count;
  const bool more = ahead + kTileRows <= rows.block->num_rows && count <= 126;
  scratch.next.clear();
  for (size_t i = 0; i < count; ++i) {
    const double* from = rows.block->features[layout_->numbers[i]].number;
    kernel_->copy_column({from + rows.start, rows.count, shift_[i], rows.root, scratch.column(i)});
    if (more) scratch.next.push_back(from + ahead);
  }
  if (more) scratch.next.push_back(rows.block->label.data() + ahead);
  double* ones = scratch.column(count);
  if (rows.root != nullptr) {
    std::copy_n(rows.root, height, ones);
  } else {
    std::fill_n(ones, rows.count, 1.0);
    std::fill_n(ones + rows.count, height - rows.count, 0.0);
  }
  std::copy_n(rows.response, height, scratch.column(count + 1));
  kernel_->add_products({scratch.tile.data(), scratch.stride, height, scratch.columns,
                         scratch.next.data(), scratch.next.size()},
                        scratch.sums.data());
  if (!layout_->categories.empty()) add_tables(rows);
}

void GramSums::add_tables(const TileRows& rows) {
  Scratch& scratch = *scratch_;
  const size_t numbers = layout_->numbers.size();
  const size_t columns = numbers + 2;
  double* records = scratch.records.data();
  for (size_t j = 0; j < columns; ++j) {
    const double* column = scratch.column(j);
    double* to = records + j;
    for (size_t i = 0; i < rows.count; ++i, to += layout_->record) {
      *to = rows.root == nullptr ? column[i] : column[i] * rows.root[i];
    }
  }
  double* tables = sums_.data() + layout_->products();
  for (size_t c = 0; c < layout_->categories.size(); ++c) {
    const size_t feature = layout_->categories[c];
    const uint32_t* from = rows.block->features[feature].code + rows.start;
    uint32_t* codes = scratch.codes.data() + c * tile_rows();
    const uint32_t levels = layout_->levels[feature];
    // Missing and unseen codes, which a fitted plan leaves none of, count as the first level.
    for (size_t i = 0; i < rows.count; ++i) codes[i] = from[i] < levels ? from[i] : 0;
    kernel_->add_records(
        {tables + layout_->level_start[c], layout_->record, records, codes, rows.count});
  }
  size_t pair = 0;
  for (size_t a = 1; a < layout_->categories.size(); ++a) {
    for (size_t b = 0; b < a; ++b, ++pair) {
      const uint32_t* code_a = scratch.codes.data() + a * tile_rows();
      const uint32_t* code_b = scratch.codes.data() + b * tile_rows();
      const size_t width = layout_->levels[layout_->categories[b]];
      double* table = tables + layout_->pair_start[pair];
      for (size_t i = 0; i < rows.count; ++i) {
        table[code_a[i] * width + code_b[i]] += records[i * layout_->record + numbers];
      }
    }
  }
}

void GramSums::end_block() {
  kernel_->unpack(scratch_->sums.data(), scratch_->columns, sums_.data());
  std::fill_n(scratch_->sums.data(), kernel_->sums_size(scratch_->columns), 0.0);
}

void GramSums::add_value(size_t at, DoubleDouble value) {
  const DoubleDouble sum = DoubleDouble::sum(sums_[at], value.high);
  sums_[at] = sum.high;
  rests_[at] += sum.low + value.low;
}

// Left columns are weight · x as two doubles, right ones x, so that every product is exact.
void GramSums::add_exact(const Block& block) {
  begin(block, true);
  const size_t numbers = layout_->numbers.size();
  const size_t columns = numbers + 2;
  const size_t stride = kTileRows + 8;
  const bool weighted = !block.weight.empty();
  AlignedBuffer right(columns * stride);
  AlignedBuffer high(weighted ? columns * stride : 0);
  AlignedBuffer low(weighted ? columns * stride : 0);
  for (size_t start = 0; start < block.num_rows; start += kTileRows) {
    const size_t count = std::min(kTileRows, block.num_rows - start);
    const size_t height = padded(count);
    for (size_t j = 0; j < columns; ++j) {
      double* x = right.data() + j * stride;
      const double* from = j < numbers   ? block.features[layout_->numbers[j]].number + start
                           : j > numbers ? block.label.data() + start
                                         : nullptr;
      for (size_t i = 0; i < height; ++i) x[i] = i < count ? (from != nullptr ? from[i] : 1) : 0;
      for (size_t i = 0; weighted && i < height; ++i) {
        const double weight = i < count ? block.weight[start + i] : 0;
        const DoubleDouble product = DoubleDouble::product(weight, x[i]);
        high.data()[j * stride + i] = product.high;
        low.data()[j * stride + i] = product.low;
      }
    }
    for (size_t i = 0; i < columns; ++i) {
      for (size_t j = 0; j <= i; ++j) {
        const ExactDot dot{(weighted ? high : right).data() + i * stride,
                           weighted ? low.data() + i * stride : nullptr, right.data() + j * stride,
                           height};
        kernel_->add_exact(dot, &sums_[packed(i, j)], &rests_[packed(i, j)]);
      }
    }
    if (!layout_->categories.empty()) add_exact_tables(block, start, count);
  }
}

void GramSums::add_exact_tables(const Block& block, size_t start, size_t count) {
  const size_t numbers = layout_->numbers.size();
  std::vector<uint32_t> codes(layout_->categories.size());
  for (size_t i = start; i < start + count; ++i) {
    const double weight = block.weight.empty() ? 1 : block.weight[i];
    for (size_t c = 0; c < codes.size(); ++c) {
      const size_t feature = layout_->categories[c];
      const uint32_t code = block.features[feature].code[i];
      codes[c] = code < layout_->levels[feature] ? code : 0;
      const size_t at = layout_->products() + layout_->level_start[c] + codes[c] * layout_->record;
      for (size_t j = 0; j < numbers; ++j) {
        const double x = block.features[layout_->numbers[j]].number[i];
        add_value(at + j, DoubleDouble::product(weight, x));
      }
      add_value(at + numbers, weight);
      add_value(at + numbers + 1, DoubleDouble::product(weight, block.label[i]));
    }
    size_t pair = 0;
    for (size_t a = 1; a < codes.size(); ++a) {
      for (size_t b = 0; b < a; ++b, ++pair) {
        const size_t width = layout_->levels[layout_->categories[b]];
        add_value(layout_->products() + layout_->pair_start[pair] + codes[a] * width + codes[b],
                  weight);
      }
    }
  }
}

// With d = old shift - new one: Σ w (a + d)(b + e) = Σ w a b + d Σ w b + e Σ w a + d e Σ w.
void GramSums::move_to(std::span<const double> shift) {
  const size_t numbers = layout_->numbers.size();
  const size_t ones = numbers;
  std::vector<double> move(numbers + 2);
  bool moves = false;
  for (size_t i = 0; i <= numbers; ++i) {
    const size_t column = i < numbers ? i : numbers + 1;
    move[column] = shift_[i] - shift[i];
    moves = moves || move[column] != 0;
    shift_[i] = shift[i];
  }
  if (!moves) return;
  std::vector<double> sum(numbers + 2);
  for (size_t i = 0; i < sum.size(); ++i) sum[i] = sums_[packed(i, ones)];
  for (size_t i = 0; i < sum.size(); ++i) {
    for (size_t j = 0; j <= i; ++j) {
      sums_[packed(i, j)] += (move[i] * sum[j] + move[j] * sum[i]) + move[i] * move[j] * sum[ones];
    }
  }
  double* record = sums_.data() + layout_->products();
  for (const size_t feature : layout_->categories) {
    for (uint32_t level = 0; level < layout_->levels[feature]; ++level) {
      for (size_t i = 0; i < sum.size(); ++i) record[i] += move[i] * record[ones];
      record += layout_->record;
    }
  }
}

void GramSums::merge(GramSums&& other) {
  scratch_.reset();
  if (other.empty()) return;
  if (empty()) {
    *this = std::move(other);
    scratch_.reset();
    return;
  }
  if (precision_ == Precision::kDoubleDouble) {
    for (size_t i = 0; i < sums_.size(); ++i) add_value(i, {other.sums_[i], other.rests_[i]});
    return;
  }
  other.move_to(shift_);
  for (size_t i = 0; i < sums_.size(); ++i) sums_[i] += other.sums_[i];
}

void GramSums::write(ByteWriter& out) const {
  out.put(static_cast<uint8_t>(started_ ? 1 : 0));
  out.put_array(shift_);
  out.put_array(sums_);
  out.put_array(rests_);
}

Result<void> GramSums::read(ByteReader& in) {
  const auto started = SKYMILL_TRY(in.get<uint8_t>());
  auto shift = SKYMILL_TRY(in.get_array<double>());
  auto sums = SKYMILL_TRY(in.get_array<double>());
  auto rests = SKYMILL_TRY(in.get_array<double>());
  if (started > 1 || shift.size() != shift_.size() || sums.size() != sums_.size() ||
      rests.size() != rests_.size()) {
    return Error{Code::kCorruptData, "a Gram state is damaged"};
  }
  started_ = started == 1;
  shift_ = std::move(shift);
  sums_ = std::move(sums);
  rests_ = std::move(rests);
  return {};
}

DoubleDouble GramSums::product(size_t i, size_t j) const { return value(packed(i, j)); }

DoubleDouble GramSums::level_sum(size_t category, uint32_t level, size_t a) const {
  return value(layout_->products() + layout_->level_start[category] + level * layout_->record + a);
}

DoubleDouble GramSums::pair_sum(size_t a, uint32_t level_a, size_t b, uint32_t level_b) const {
  if (a < b) return pair_sum(b, level_b, a, level_a);
  const size_t width = layout_->levels[layout_->categories[b]];
  return value(layout_->products() + layout_->pair_start[a * (a - 1) / 2 + b] + level_a * width +
               level_b);
}

}  // namespace skymill
