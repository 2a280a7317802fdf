#include "train/tree_target.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace skymill {
namespace {

constexpr double kLargestCount = 1 << 20;  // integral weights up to here are kept as they are
constexpr int kWeightBits = 16;
constexpr int kLabelBits = 30;
constexpr int kDrawBits = 3;  // a bootstrap takes a row at most 8 times
constexpr int kSumBits = 62;

/// 2^exponent, kept finite and normal.
double power_of_two(int exponent) { return std::ldexp(1.0, std::clamp(exponent, -1000, 1000)); }

}  // namespace

TreeTarget TreeTarget::make(Task task, size_t classes, const RowStats& stats) {
  TreeTarget target;
  double largest = std::max(stats.largest_weight, 1.0);
  if (!stats.integral_weights || stats.largest_weight > kLargestCount) {
    target.weight_scale = power_of_two(kWeightBits - 1 - std::ilogb(stats.largest_weight));
    largest = std::ldexp(1.0, kWeightBits);
  }
  if (task == Task::kClassification) {
    target.classification = true;
    target.sums = classes > 2 ? static_cast<uint32_t>(classes) : 1;
    return target;
  }
  const double half = stats.largest_label / 2 - stats.smallest_label / 2;
  if (!(half > 0)) {
    target.centre = stats.smallest_label;
    return target;
  }
  target.centre = stats.smallest_label / 2 + stats.largest_label / 2;
  const int row_bits = std::ilogb(static_cast<double>(stats.rows) * largest) + 1;
  const int bits = std::clamp(kSumBits - kDrawBits - row_bits, 8, kLabelBits);
  target.label_scale = power_of_two(bits - 1 - std::ilogb(half));
  return target;
}

uint32_t TreeTarget::weight_of(double weight) const {
  if (!(weight > 0)) return 0;
  return static_cast<uint32_t>(std::max(1.0, std::floor(weight * weight_scale + 0.5)));
}

int32_t TreeTarget::target_of(double label) const {
  if (classification) return static_cast<int32_t>(label);
  return static_cast<int32_t>(std::floor((label - centre) * label_scale + 0.5));
}

void TreeTarget::leaf_values(const int64_t* totals, double* out) const {
  const auto weight = static_cast<double>(totals[0]);
  for (uint32_t k = 0; k < sums; ++k) out[k] = static_cast<double>(totals[1 + k]) / weight;
  if (!classification) out[0] = centre + out[0] / label_scale;
}

bool TreeTarget::is_pure(const int64_t* totals) const {
  if (!classification) return false;
  if (sums == 1) return totals[1] == 0 || totals[1] == totals[0];
  return *std::max_element(totals + 1, totals + 1 + sums) == totals[0];
}

int64_t TreeTarget::weight_of_rows(uint64_t rows, const RowStats& stats) const {
  const double unit = stats.integral_weights ? 1 : stats.mean_weight;
  const double weight = static_cast<double>(rows) * unit * weight_scale;
  return static_cast<int64_t>(std::clamp(std::floor(weight + 0.5), 1.0, 0x1p60));
}

void TreeTarget::write(ByteWriter& out) const {
  out.put(sums);
  out.put(classification);
  out.put(centre);
  out.put(label_scale);
  out.put(weight_scale);
}

Result<TreeTarget> TreeTarget::read(ByteReader& in) {
  TreeTarget target;
  target.sums = SKYMILL_TRY(in.get<uint32_t>());
  target.classification = SKYMILL_TRY(in.get<uint8_t>()) != 0;
  target.centre = SKYMILL_TRY(in.get<double>());
  target.label_scale = SKYMILL_TRY(in.get<double>());
  target.weight_scale = SKYMILL_TRY(in.get<double>());
  if (target.sums == 0 || target.sums > 1'000'000) {
    return Error{Code::kCorruptData, "a tree target has a damaged number of sums"};
  }
  return target;
}

}  // namespace skymill
