// Cholesky of the moments scaled to correlations, row by row in the order of the columns. A column
// that lies in the span of those before it leaves no pivot and is skipped, as R's limited pivoting
// does: later terms are dropped, never earlier ones. (A pivot by size would find the rank as well,
// but drop a term nobody expects.) The error in the coefficients is about condition² · eps of T, in
// double-double below a double's own up to condition 1e8. Covered by normal_equations_test.cc and,
// against NIST's certified values, by nist_test.cc.
#include "train/normal_equations.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "base/text.h"

namespace skymill {
namespace {

template <typename T>
T as(const DoubleDouble& value) {
  if constexpr (std::is_same_v<T, double>) {
    return value.high + value.low;
  } else {
    return value;
  }
}

double dot(const double* a, const double* b, size_t count, const GramKernel& kernel) {
  return kernel.dot(a, b, count);
}
DoubleDouble dot(const DoubleDouble* a, const DoubleDouble* b, size_t count, const GramKernel&) {
  DoubleDouble sum;
  for (size_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}
void subtract(double* to, const double* from, double factor, size_t count,
              const GramKernel& kernel) {
  kernel.subtract(to, from, factor, count);
}
void subtract(DoubleDouble* to, const DoubleDouble* from, DoubleDouble factor, size_t count,
              const GramKernel&) {
  for (size_t i = 0; i < count; ++i) to[i] -= factor * from[i];
}

/// Sums about the sums' shift, by design column; `columns` stands for the constant 1 and
/// `columns` + 1 for the response.
class DesignSums {
 public:
  DesignSums(const Design& design, const GramSums& sums) : design_(design), sums_(sums) {}

  DoubleDouble operator()(size_t i, size_t j) const {
    const Place a = place(i);
    const Place b = place(j);
    if (a.level && b.level) {
      if (a.index != b.index) return sums_.pair_sum(a.index, *a.level, b.index, *b.level);
      if (*a.level != *b.level) return {};
      return sums_.level_sum(a.index, *a.level, sums_.ones());
    }
    if (a.level) return sums_.level_sum(a.index, *a.level, b.index);
    if (b.level) return sums_.level_sum(b.index, *b.level, a.index);
    return sums_.product(a.index, b.index);
  }
  /// What is subtracted from this column in the sums.
  double shift(size_t i) const {
    const Place a = place(i);
    if (a.level || a.index == sums_.ones()) return 0;
    return a.index > sums_.ones() ? sums_.response_shift() : sums_.shift(a.index);
  }

 private:
  struct Place {
    size_t index;  // among the categories with a level, else among numbers, 1 and the response
    std::optional<uint32_t> level = {};
  };
  Place place(size_t i) const {
    if (i >= design_.columns.size()) return {sums_.ones() + i - design_.columns.size()};
    const Design::Column& column = design_.columns[i];
    const size_t index = sums_.layout().place[column.feature];
    if (sums_.layout().levels[column.feature] == 0) return {index};
    return {index, column.level};
  }

  const Design& design_;
  const GramSums& sums_;
};

/// The triangular factor of the scaled moments, rows of kept columns only.
template <typename T>
struct Factor {
  std::vector<size_t> kept;  // columns, in order
  std::vector<T> scale;      // per column: its length
  std::vector<T> rows;       // lower triangle, row-major, `stride` apart
  size_t stride = 0;
  double smallest_pivot = 1;

  T* row(size_t i) { return rows.data() + i * stride; }
  const T* row(size_t i) const { return rows.data() + i * stride; }
};

/// Whether a column does not vary: its square about the mean is what rounding leaves.
template <typename T>
bool constant(const Moments<T>& moments, size_t column) {
  const double square = to_double(moments.at(column, column));
  const double mean = to_double(moments.mean[column]);
  return !(square > 1e-28 * to_double(moments.weight) * mean * mean) || !(square > 0);
}

/// The share of its square that a column must keep: that asked for, or what rounding the values to
/// doubles (8 units at most) may have put there.
template <typename T>
double least_pivot(const Moments<T>& moments, size_t column, double tolerance) {
  const double square = to_double(moments.at(column, column));
  const double mean = to_double(moments.mean[column]);
  const double about_zero = square + to_double(moments.weight) * mean * mean;
  return std::max(tolerance, 0x1p-100 * about_zero / square);
}

template <typename T>
Factor<T> factor(const Moments<T>& moments, const SolveOptions& options, const GramKernel& kernel) {
  const size_t columns = moments.columns;
  Factor<T> result;
  result.stride = columns;
  result.rows.resize(columns * columns);
  const auto diagonal = [&](size_t j) {
    return options.penalty.empty() ? moments.at(j, j) : moments.at(j, j) + options.penalty[j];
  };
  for (size_t j = 0; j < columns; ++j) result.scale.push_back(root_of(diagonal(j)));
  for (size_t j = 0; j < columns; ++j) {
    const bool given = !options.aliased.empty() && options.aliased[j];
    if (given || (moments.intercept && constant(moments, j)) || !(to_double(diagonal(j)) > 0)) {
      continue;
    }
    const size_t rank = result.kept.size();
    T* row = result.row(rank);
    for (size_t k = 0; k < rank; ++k) {
      const size_t other = result.kept[k];
      const T* before = result.row(k);
      const T correlation = moments.at(j, other) / (result.scale[j] * result.scale[other]);
      row[k] = (correlation - dot(row, before, k, kernel)) / before[k];
    }
    const T pivot = T(1) - dot(row, row, rank, kernel);
    if (!(to_double(pivot) > least_pivot(moments, j, options.tolerance))) continue;
    result.smallest_pivot = std::min(result.smallest_pivot, to_double(pivot));
    row[rank] = root_of(pivot);
    result.kept.push_back(j);
  }
  return result;
}

/// Solves for the estimates; returns them by kept column, unscaled.
template <typename T>
std::vector<T> estimates_of(const Moments<T>& moments, const Factor<T>& factor,
                            const GramKernel& kernel, T& explained) {
  const size_t rank = factor.kept.size();
  std::vector<T> z(rank);
  for (size_t i = 0; i < rank; ++i) {
    const T right = moments.cross[factor.kept[i]] / factor.scale[factor.kept[i]];
    z[i] = (right - dot(factor.row(i), z.data(), i, kernel)) / factor.row(i)[i];
  }
  explained = dot(z.data(), z.data(), rank, kernel);
  for (size_t i = rank; i-- > 0;) {  // row-oriented back substitution
    z[i] = z[i] / factor.row(i)[i];
    subtract(z.data(), factor.row(i), z[i], i, kernel);
  }
  for (size_t i = 0; i < rank; ++i) z[i] = z[i] / factor.scale[factor.kept[i]];
  return z;
}

/// Variance factors and the condition, from the inverse of the triangle, row after row.
template <typename T>
void add_inverse(const Moments<T>& moments, const Factor<T>& factor, const GramKernel& kernel,
                 Solution& solution) {
  const size_t rank = factor.kept.size();
  std::vector<T> inverse(rank * rank);
  std::vector<T> variances(rank);
  std::vector<double> column_sums(rank);  // of the inverse's rows, which are the norm's columns
  double norm = 0;
  double inverse_norm = 0;
  T intercept = 0;
  for (size_t i = 0; i < rank; ++i) {
    T* row = inverse.data() + i * rank;
    const T* lower = factor.row(i);
    for (size_t k = 0; k < i; ++k) {
      subtract(row, inverse.data() + k * rank, lower[k], k + 1, kernel);
    }
    row[i] = 1;
    double sum = 0;
    double inverse_sum = 0;
    T mean = 0;
    for (size_t k = 0; k <= i; ++k) {
      row[k] = row[k] / lower[i];
      variances[k] += row[k] * row[k];
      mean += row[k] * (moments.mean[factor.kept[k]] / factor.scale[factor.kept[k]]);
      sum += std::fabs(to_double(lower[k]));
      inverse_sum += std::fabs(to_double(row[k]));
    }
    intercept += mean * mean;
    norm = std::max(norm, sum);
    inverse_norm = std::max(inverse_norm, inverse_sum);
  }
  for (size_t k = 0; k < rank; ++k) {
    const T scale = factor.scale[factor.kept[k]];
    solution.variances[factor.kept[k]] = to_double(variances[k] / (scale * scale));
  }
  solution.intercept_variance = to_double(T(1) / moments.weight + intercept);
  solution.condition = rank == 0 ? 1 : norm * inverse_norm;
}

}  // namespace

Design Design::make(std::span<const Feature> features, const GramSums& sums) {
  Design design;
  design.level_weight.resize(features.size());
  for (size_t f = 0; f < features.size(); ++f) {
    const uint32_t levels = sums.layout().levels[f];
    if (levels == 0) {
      design.columns.push_back({f, 0, features[f].name});
      continue;
    }
    bool reference = true;
    for (uint32_t level = 0; level < levels; ++level) {
      const double weight = to_double(sums.level_sum(sums.layout().place[f], level, sums.ones()));
      design.level_weight[f].push_back(weight);
      if (!(weight > 0)) continue;
      if (!reference) {
        design.columns.push_back({f, level, cat(features[f].name, "=", features[f].levels[level])});
      }
      reference = false;
    }
  }
  return design;
}

template <typename T>
Moments<T> Moments<T>::make(const Design& design, const GramSums& sums, bool intercept) {
  const DesignSums about(design, sums);
  const size_t columns = design.columns.size();
  const size_t ones = columns;
  const size_t response = columns + 1;
  Moments moments;
  moments.columns = columns;
  moments.intercept = intercept;
  moments.weight = as<T>(about(ones, ones));
  // Σ w (a + d)(b + e), where d and e lead to the mean, or back to zero without an intercept.
  std::vector<T> sum(columns + 2);
  std::vector<T> move(columns + 2);
  for (size_t i = 0; i < columns + 2; ++i) {
    if (i == ones) continue;
    sum[i] = as<T>(about(i, ones));
    const T mean = sum[i] / moments.weight;
    move[i] = intercept ? -mean : T(about.shift(i));
    (i < columns ? moments.mean.emplace_back() : moments.response_mean) = mean + about.shift(i);
  }
  const auto centred = [&](size_t i, size_t j) {
    const T raw = as<T>(about(i, j));
    if (intercept) return raw + move[i] * sum[j];
    return raw + (move[i] * sum[j] + move[j] * sum[i]) + move[i] * move[j] * moments.weight;
  };
  moments.matrix.resize(columns * columns);
  for (size_t i = 0; i < columns; ++i) {
    for (size_t j = 0; j <= i; ++j) moments.at(i, j) = centred(i, j);
    moments.cross.push_back(centred(i, response));
  }
  moments.response_square = centred(response, response);
  return moments;
}

template <typename T>
Solution solve(const Moments<T>& moments, const SolveOptions& options, const GramKernel& kernel) {
  const Factor<T> triangle = factor(moments, options, kernel);
  Solution solution;
  solution.estimates.resize(moments.columns);
  solution.variances.resize(moments.columns);
  solution.aliased.assign(moments.columns, true);
  solution.rank = triangle.kept.size();
  solution.smallest_pivot = triangle.smallest_pivot;
  T explained = 0;
  const std::vector<T> estimates = estimates_of(moments, triangle, kernel, explained);
  T intercept = moments.response_mean;
  T residual = moments.response_square - explained;
  for (size_t k = 0; k < estimates.size(); ++k) {
    const size_t column = triangle.kept[k];
    solution.aliased[column] = false;
    solution.estimates[column] = to_double(estimates[k]);
    intercept -= estimates[k] * moments.mean[column];
    if (!options.penalty.empty()) {
      residual -= estimates[k] * estimates[k] * T(options.penalty[column]);
    }
  }
  solution.intercept = moments.intercept ? to_double(intercept) : 0;
  solution.explained = to_double(explained);
  solution.total_square = to_double(moments.response_square);
  solution.residual_square = std::max(0.0, to_double(residual));
  if (options.inverse) add_inverse(moments, triangle, kernel, solution);
  return solution;
}

template struct Moments<double>;
template struct Moments<DoubleDouble>;
template Solution solve(const Moments<double>&, const SolveOptions&, const GramKernel&);
template Solution solve(const Moments<DoubleDouble>&, const SolveOptions&, const GramKernel&);

std::vector<LinearModel::Term> model_terms(const Design& design, std::span<const Feature> features,
                                           std::span<const double> estimates) {
  std::vector<LinearModel::Term> terms(features.size());
  for (size_t f = 0; f < features.size(); ++f) {
    const bool number = features[f].kind == FeatureKind::kNumber;
    terms[f].weights.resize(number ? 1 : features[f].levels.size());
  }
  for (size_t c = 0; c < design.columns.size(); ++c) {
    terms[design.columns[c].feature].weights[design.columns[c].level] = estimates[c];
  }
  for (size_t f = 0; f < features.size(); ++f) {
    if (features[f].kind == FeatureKind::kNumber) continue;
    std::vector<double>& weights = terms[f].weights;
    double sum = 0;
    double total = 0;
    for (size_t level = 0; level < weights.size(); ++level) {
      sum += design.level_weight[f][level] * weights[level];
      total += design.level_weight[f][level];
    }
    terms[f].unseen = total > 0 ? sum / total : 0;
    for (size_t level = 0; level < weights.size(); ++level) {
      if (!(design.level_weight[f][level] > 0)) weights[level] = terms[f].unseen;
    }
  }
  return terms;
}

Result<void> check_memory(const std::vector<uint32_t>& levels, size_t threads, size_t jobs,
                          uint64_t memory_bytes) {
  const GramLayout layout = SKYMILL_TRY(GramLayout::make(levels));
  uint64_t columns = layout.numbers.size();
  for (const size_t feature : layout.categories) columns += layout.levels[feature];
  // A state at work and one waiting for its turn per thread and job; moments, factor and inverse.
  const uint64_t need = (2 * threads * jobs + 2) * layout.size() * sizeof(double) +
                        3 * columns * columns * sizeof(double);
  if (need <= memory_bytes) return {};
  return Error{Code::kResourceExhausted,
               cat("a linear model of ", columns, " terms needs ", format_bytes(need),
                   " of memory; ", format_bytes(memory_bytes), " are allowed"),
               "allow more with --memory, or leave out features with many levels"};
}

void add_design_warnings(const Design& design, const Solution& solution, Precision precision,
                         std::vector<std::string>& warnings) {
  std::vector<std::string> names;
  for (size_t c = 0; c < design.columns.size(); ++c) {
    if (solution.aliased[c]) names.push_back(design.columns[c].term);
  }
  if (!names.empty()) {
    const size_t more = names.size() > 12 ? names.size() - 12 : 0;
    names.resize(names.size() - more);
    warnings.push_back(cat("dropped, since other terms determine them: ", join(names, ", "),
                           more > 0 ? cat(" and ", more, " more") : ""));
  }
  const double limit = precision == Precision::kDouble ? 1e4 : 1e8;
  if (solution.condition > limit) {
    warnings.push_back(cat("the columns are nearly collinear (condition ",
                           format_short(solution.condition, 2),
                           "): trust only the first digits of the coefficients"));
  }
}

Result<void> check_finite(const GramSums& sums, std::span<const Feature> features) {
  for (size_t i = 0; i < sums.ones(); ++i) {
    if (std::isfinite(to_double(sums.product(i, i)))) continue;
    return Error{Code::kSchemaMismatch,
                 cat("feature '", features[sums.layout().numbers[i]].name,
                     "' has values that are missing, or too large for their squares to add up"),
                 "fill them with --missing, or leave the feature out"};
  }
  if (!std::isfinite(to_double(sums.product(sums.ones() + 1, sums.ones() + 1)))) {
    return Error{Code::kSchemaMismatch,
                 "the label has values too large for their squares to add up", "scale the label"};
  }
  return {};
}

}  // namespace skymill
