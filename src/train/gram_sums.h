// GramSums: weighted sums of products of [numbers, 1, response] and of the levels of categories,
// which are never expanded: sums per level and counts per pair of levels. What the passes of both
// linear trainers add up.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "rows/pass.h"
#include "train/double_double.h"
#include "train/gram_kernel.h"

namespace skymill {

/// Most columns of a design: a state then takes at most about 200 MB.
inline constexpr size_t kMaxDesignColumns = 4000;

/// What the sums are about, and where each stands. A function of the features' kinds alone.
struct GramLayout {
  /// `levels` per feature: 0 for a number, else the levels of a category. Errors: too many columns.
  static Result<GramLayout> make(std::vector<uint32_t> levels);

  std::vector<uint32_t> levels;
  std::vector<size_t> place;        // per feature: index among the numbers, or among the categories
  std::vector<size_t> numbers;      // features that are numbers
  std::vector<size_t> categories;   // features that are categories
  size_t record = 0;                // doubles per level: Σ w x.., Σ w, Σ w response, padding
  std::vector<size_t> level_start;  // per category: its first record in the tables
  std::vector<size_t> pair_start;  // of categories (a, b < a) at a (a - 1) / 2 + b: levels b inside
  size_t table_size = 0;

  size_t products() const { return (numbers.size() + 2) * (numbers.size() + 3) / 2; }
  size_t size() const { return products() + table_size; }
};

/// [levels] of plan features; an error for binned ones or too many.
Result<std::vector<uint32_t>> design_levels(std::span<const Feature> features);

enum class Precision : uint8_t {
  kDouble,        // about a shift near the mean, in doubles
  kDoubleDouble,  // about zero, with exact products, in double-double
};

/// Rows [start, start + count) of a block on their way into the sums, with the factors that make
/// them weighted. Buffers are padded with zeros to a multiple of 8.
struct TileRows {
  const Block* block;
  size_t start;
  size_t count;
  const double* root;      // √weight; null: 1
  const double* response;  // response · root
};

class GramSums {
 public:
  GramSums(std::shared_ptr<const GramLayout> layout, Precision precision, KernelLevel limit);

  /// Rows per tile: what TileRows may hold at most.
  static constexpr size_t kTileRows = 512;
  size_t tile_rows() const { return layout_->numbers.size() <= 14 ? 256 : kTileRows; }

  /// Chooses the shift from the first rows that come. `with_response`: the label is the response.
  void begin(const Block& block, bool with_response);
  /// Precision kDouble only. `response` is about response_shift().
  void add_tile(const TileRows& rows);
  /// Ends a block: after this the sums are complete.
  void end_block();
  /// Precision kDoubleDouble: a whole block, the label as response.
  void add_exact(const Block& block);

  void merge(GramSums&& other);
  void write(ByteWriter& out) const;
  Result<void> read(ByteReader& in);

  const GramLayout& layout() const { return *layout_; }
  const GramKernel& kernel() const { return *kernel_; }
  Precision precision() const { return precision_; }
  bool empty() const { return !started_; }
  /// About what number `i` of layout().numbers, or the response, is summed.
  double shift(size_t i) const { return shift_[i]; }
  double response_shift() const { return shift_.back(); }

  /// Σ w a b: numbers 0…, then 1 (index ones()), then the response (ones() + 1).
  size_t ones() const { return layout_->numbers.size(); }
  DoubleDouble product(size_t i, size_t j) const;
  /// Σ w a over rows of a level: a as above, without the response's square.
  DoubleDouble level_sum(size_t category, uint32_t level, size_t a) const;
  /// Σ w over rows of both levels. Precondition: a ≠ b.
  DoubleDouble pair_sum(size_t a, uint32_t level_a, size_t b, uint32_t level_b) const;

 private:
  struct Scratch;

  void add_tables(const TileRows& rows);
  void add_exact_tables(const Block& block, size_t start, size_t count);
  void move_to(std::span<const double> shift);
  DoubleDouble value(size_t at) const { return {sums_[at], rests_.empty() ? 0 : rests_[at]}; }
  void add_value(size_t at, DoubleDouble value);

  std::shared_ptr<const GramLayout> layout_;
  Precision precision_;
  const GramKernel* kernel_;
  bool started_ = false;
  std::vector<double> shift_;         // numbers, response
  std::vector<double> sums_;          // packed products, then tables
  std::vector<double> rests_;         // low parts; empty for kDouble
  std::shared_ptr<Scratch> scratch_;  // while blocks are added
};

}  // namespace skymill
