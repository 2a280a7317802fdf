// The inner loops of the linear trainers' passes and solver, once per instruction set. All work on
// eight lanes in the same order, so that levels with fused multiply-add give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace skymill {

/// kAvx2 and kAvx512 fuse multiply and add, and agree bit for bit; kBaseline runs anywhere and
/// differs from them in the last digits. Exact sums and the logistic link agree on all levels.
enum class KernelLevel : uint8_t { kBaseline, kAvx2, kAvx512 };

/// "baseline", "avx2", "avx512".
std::string_view kernel_level_name(KernelLevel level);

/// Columns of a tile: column j starts at data + j * stride. Rows are padded with zeros to a
/// multiple of 8, columns with columns of zeros to a multiple of the kernel's panel.
struct GramTile {
  const double* data;
  size_t stride;
  size_t rows;
  size_t columns;
  /// While it works, `rows` numbers at each of these are brought into the cache: the next tile.
  const double* const* next = nullptr;
  size_t num_next = 0;
};

/// to[i] = (from[i] - shift) * by[i], or without `by`; `to` is padded with zeros to a multiple
/// of 8.
struct ColumnCopy {
  const double* from;
  size_t count;
  double shift;
  const double* by;  // null: no factor
  double* to;
};

/// to[i] += Σ_j factor[j] * (from[j][start + i] - shift[j]), in the order of j; no padding.
struct ColumnsSum {
  const double* const* from;
  size_t start;
  size_t count;  // of rows
  const double* shift;
  const double* factor;
  size_t columns;
  double* to;
};

/// Σ (left_high + left_low) * right, the products exact, in double-double.
struct ExactDot {
  const double* left_high;
  const double* left_low;  // null: zero
  const double* right;
  size_t count;  // a multiple of 8
};

/// The logistic link of `count` rows (a multiple of 8). Pad with label 1, weight 0 and predictor 0.
struct LinkRows {
  const double* predictor;
  const double* label;   // 0 or 1
  const double* weight;  // null: 1
  size_t count;
  double* root;   // √(weight · μ(1 - μ)), μ(1 - μ) at least 1e-30
  double* ratio;  // weight · (label - μ) / root
};

struct LinkSums {
  double loss = 0;            // Σ weight · (-log likelihood)
  double max_predictor = 0;   // largest |predictor| of a row with weight
  double min_margin = 1e300;  // smallest (2 label - 1) · predictor of a row with weight
};

/// Adds rows of `record` doubles (a multiple of 4) to the table's records at their codes.
struct RecordAdd {
  double* table;
  size_t record;
  const double* rows;
  const uint32_t* codes;  // each below the table's number of records
  size_t count;
};

struct GramKernel {
  KernelLevel level;
  size_t panel;  // columns of a register block

  /// Doubles that add_products needs for its sums.
  size_t (*sums_size)(size_t columns);
  /// sums += the lower triangle of tile' · tile, in the kernel's own arrangement.
  void (*add_products)(const GramTile& tile, double* sums);
  /// Adds the sums to a packed lower triangle: row i, column j ≤ i at i (i + 1) / 2 + j.
  void (*unpack)(const double* sums, size_t columns, double* packed);
  void (*copy_column)(const ColumnCopy& copy);
  void (*add_columns)(const ColumnsSum& sum);
  void (*add_exact)(const ExactDot& dot, double* high, double* low);
  void (*link)(const LinkRows& rows, LinkSums& sums);
  void (*add_records)(const RecordAdd& add);
  /// Σ a[i] b[i].
  double (*dot)(const double* a, const double* b, size_t count);
  /// to[i] -= factor * from[i].
  void (*subtract)(double* to, const double* from, double factor, size_t count);
};

/// The best kernel of this processor that is at most `limit`.
const GramKernel& gram_kernel(KernelLevel limit = KernelLevel::kAvx512);

}  // namespace skymill
