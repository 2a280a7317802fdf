// From sums to coefficients: the design of treatment contrasts, its centred moments, and their
// solution by Cholesky, in doubles or in double-double. Both linear trainers end here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "body/linear_model.h"
#include "train/gram_sums.h"

namespace skymill {

/// The columns of the full design: numbers as they are, categories by treatment contrasts against
/// their reference, the first level that has rows. Levels without rows have no column.
struct Design {
  struct Column {
    size_t feature;
    uint32_t level;    // of a category
    std::string term;  // "age", "gender=male"
  };

  static Design make(std::span<const Feature> features, const GramSums& sums);

  std::vector<Column> columns;
  std::vector<std::vector<double>> level_weight;  // per feature: Σ w of each level; empty: a number
};

/// Weighted moments of the design about its means (about zero without an intercept). T: double or
/// DoubleDouble.
template <typename T>
struct Moments {
  static Moments make(const Design& design, const GramSums& sums, bool intercept);

  size_t columns = 0;
  T weight = 0;         // Σ w
  std::vector<T> mean;  // about zero, also without an intercept
  T response_mean = 0;
  std::vector<T> matrix;  // row-major, lower triangle: Σ w (x - mean) (x - mean)'
  std::vector<T> cross;   // Σ w (x - mean) (response - its mean)
  T response_square = 0;  // Σ w (response - its mean)²
  bool intercept = true;

  T& at(size_t i, size_t j) { return matrix[i * columns + j]; }
  const T& at(size_t i, size_t j) const { return matrix[i * columns + j]; }
};

struct SolveOptions {
  /// Added to the diagonal, per column; empty: none.
  std::vector<double> penalty = {};
  /// A column whose squared distance to those before it is below this share of its own square is
  /// aliased.
  double tolerance = 1e-14;
  /// Columns to leave out from the start; empty: none.
  std::vector<bool> aliased = {};
  bool inverse = true;  // also variance factors and the condition
};

struct Solution {
  std::vector<double> estimates;  // per column; 0 where aliased
  double intercept = 0;           // about zero
  std::vector<bool> aliased;
  size_t rank = 0;             // columns that are not aliased
  double residual_square = 0;  // Σ w residual²
  double total_square = 0;     // Σ w (response - mean)²
  double explained = 0;        // cross' (matrix + penalty)⁻¹ cross
  /// Smallest squared share of a kept column that those before it leave: 1 is orthogonal.
  double smallest_pivot = 1;
  // With `inverse`:
  std::vector<double> variances;  // diagonal of (matrix + penalty)⁻¹; 0 where aliased
  double intercept_variance = 0;  // 1 / Σ w + mean' (matrix + penalty)⁻¹ mean
  double condition = 1;           // 1-norm, of the columns centred and scaled to length 1
};

/// O(columns³ / 6), twice that with the inverse. The kernel is for T = double.
template <typename T>
Solution solve(const Moments<T>& moments, const SolveOptions& options, const GramKernel& kernel);

/// The estimates as a model's terms: aliased levels weigh 0; levels without rows, and those that
/// training did not know, the mean effect of the others by weight.
std::vector<LinearModel::Term> model_terms(const Design& design, std::span<const Feature> features,
                                           std::span<const double> estimates);

/// An error when the states of `jobs` in one scan on every thread, and the solution, would take
/// more than `memory_bytes`.
Result<void> check_memory(const std::vector<uint32_t>& levels, size_t threads, size_t jobs,
                          uint64_t memory_bytes);

/// "dropped: …" for aliased terms, and a warning where nearly collinear columns cost digits.
void add_design_warnings(const Design& design, const Solution& solution, Precision precision,
                         std::vector<std::string>& warnings);

/// An error for the first number feature with a NaN or an infinity in its sums, which may have
/// overflowed.
Result<void> check_finite(const GramSums& sums, std::span<const Feature> features);

}  // namespace skymill
