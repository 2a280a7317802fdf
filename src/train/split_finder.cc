#include "train/split_finder.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "prepare/quantiles.h"

namespace skymill {
namespace {

constexpr uint32_t kMostOrderClasses = 8;
constexpr uint32_t kInsertionSort = 24;

int64_t floor_div(int64_t a, int64_t b) {
  const int64_t q = a / b;
  return a % b < 0 ? q - 1 : q;
}

void sort_keys(uint64_t* keys, uint32_t count) {
  if (count > kInsertionSort) {
    std::sort(keys, keys + count);
    return;
  }
  for (uint32_t i = 1; i < count; ++i) {
    const uint64_t key = keys[i];
    uint32_t at = i;
    for (; at > 0 && keys[at - 1] > key; --at) keys[at] = keys[at - 1];
    keys[at] = key;
  }
}

}  // namespace

SplitFinder::SplitFinder(uint32_t sums, int64_t min_weight)
    : sums_(sums),
      min_weight_(min_weight),
      totals_(1 + sums),
      buffers_{BinGroups(sums), BinGroups(sums)},
      left_(sums),
      sorted_(sums) {}

void SplitFinder::begin(std::span<const int64_t> totals) {
  std::ranges::copy(totals, totals_.begin());
  best_ = {};
  if (sums_ == 1) {
    mean_ = floor_div(totals_[1], totals_[0]);
  } else {
    pick_order_classes();
  }
}

void SplitFinder::pick_order_classes() {
  order_classes_.resize(sums_);
  std::iota(order_classes_.begin(), order_classes_.end(), 0U);
  const uint32_t kept = std::min(sums_, kMostOrderClasses);
  std::partial_sort(order_classes_.begin(), order_classes_.begin() + kept, order_classes_.end(),
                    [&](uint32_t a, uint32_t b) {
                      return totals_[1 + a] != totals_[1 + b] ? totals_[1 + a] > totals_[1 + b]
                                                              : a < b;
                    });
  order_classes_.resize(kept);
}

/// Groups that are values; a group of missing rows comes last.
uint32_t SplitFinder::values_of(const BinGroups& groups, const TreeFeature& shape) const {
  const bool missing = groups.count > 0 && groups.bin[groups.count - 1] + 1U == shape.num_bins;
  return groups.count - (missing ? 1 : 0);
}

void SplitFinder::offer(uint32_t feature, const TreeFeature& shape) {
  if (groups_->count < 2) return;
  const uint32_t values = values_of(*groups_, shape);
  Cut cut;
  if (!shape.category) {
    scan(cut, values);
  } else if (sums_ == 1) {
    sort_by_share(*groups_, values, 0);
    scan(cut, values);
  } else {
    for (const uint32_t k : order_classes_) {
      const double before = cut.score;
      sort_by_share(*groups_, values, k);
      scan(cut, values);
      if (cut.score > before) cut.order_class = k;
    }
  }
  cut.feature = feature;
  if (cut.score > best_.score ||
      (cut.score == best_.score && cut.score > 0 && feature < best_.feature)) {
    best_ = cut;
    std::swap(groups_, best_groups_);
  }
}

/// Orders the value groups by the mean of sum `sum`; ties keep the lower bin first. The low byte of
/// a key carries the group's number, so means that agree in 44 bits of their mantissa are ties too.
void SplitFinder::sort_by_share(BinGroups& groups, uint32_t values, uint32_t sum) {
  // Class orders come one after the other on the same groups: start from the order of the bins.
  std::array<uint8_t, kMostBins> rank;
  for (uint32_t i = 0; i < values; ++i) {
    const double mean = static_cast<double>(groups.sum[size_t{i} * sums_ + sum]) /
                        static_cast<double>(groups.weight[i]);
    sort_keys_[i] = (order_key(mean) & ~uint64_t{0xFF}) | groups.bin[i];
    rank[groups.bin[i]] = static_cast<uint8_t>(i);
  }
  sort_keys(sort_keys_.data(), values);
  for (uint32_t i = 0; i < values; ++i) {
    const uint32_t from = rank[sort_keys_[i] & 0xFF];
    sorted_.bin[i] = groups.bin[from];
    sorted_.weight[i] = groups.weight[from];
    for (uint32_t k = 0; k < sums_; ++k) {
      sorted_.sum[size_t{i} * sums_ + k] = groups.sum[size_t{from} * sums_ + k];
    }
  }
  std::copy_n(sorted_.bin.begin(), values, groups.bin.begin());
  std::copy_n(sorted_.weight.begin(), values, groups.weight.begin());
  std::copy_n(sorted_.sum.begin(), size_t{values} * sums_, groups.sum.begin());
}

/// Tries all cuts of groups_ in their present order.
void SplitFinder::scan(Cut& best, uint32_t values) {
  const bool missing = values < groups_->count;
  if (values == 0) return;
  const auto scan_side = [&](uint32_t cuts, bool missing_left) {
    if (sums_ == 1) {
      scan_from(best, cuts, missing_left);
    } else {
      scan_classes_from(best, cuts, missing_left);
    }
  };
  scan_side(missing ? values : values - 1, false);
  if (missing) scan_side(values - 1, true);
}

void SplitFinder::scan_from(Cut& best, uint32_t cuts, bool missing_left) {
  const BinGroups& groups = *groups_;
  const int64_t total = totals_[0];
  const auto n = static_cast<double>(total);
  const auto s = static_cast<double>(totals_[1] - mean_ * total);
  int64_t weight = 0;
  int64_t sum = 0;
  if (missing_left) {
    weight = groups.weight[groups.count - 1];
    sum = groups.sum[groups.count - 1];
  }
  for (uint32_t i = 0; i < cuts; ++i) {
    weight += groups.weight[i];
    sum += groups.sum[i];
    if (weight < min_weight_) continue;
    if (total - weight < min_weight_) break;
    const auto left = static_cast<double>(weight);
    const double d = static_cast<double>(sum - mean_ * weight) * n - s * left;
    const double score = d * d / (left * (n - left));
    if (score > best.score) {
      best.score = score;
      best.last = i;
      best.missing_left = missing_left;
    }
  }
}

void SplitFinder::scan_classes_from(Cut& best, uint32_t cuts, bool missing_left) {
  const BinGroups& groups = *groups_;
  const int64_t total = totals_[0];
  const auto n = static_cast<double>(total);
  int64_t weight = 0;
  std::ranges::fill(left_, 0);
  if (missing_left) {
    weight = groups.weight[groups.count - 1];
    std::copy_n(groups.sum.begin() + static_cast<ptrdiff_t>((groups.count - 1) * size_t{sums_}),
                sums_, left_.begin());
  }
  for (uint32_t i = 0; i < cuts; ++i) {
    weight += groups.weight[i];
    for (uint32_t k = 0; k < sums_; ++k) left_[k] += groups.sum[size_t{i} * sums_ + k];
    if (weight < min_weight_) continue;
    if (total - weight < min_weight_) break;
    const auto left = static_cast<double>(weight);
    double squares = 0;
    for (uint32_t k = 0; k < sums_; ++k) {
      const double d =
          static_cast<double>(left_[k]) * n - static_cast<double>(totals_[1 + k]) * left;
      squares += d * d;
    }
    const double score = squares / (left * (n - left));
    if (score > best.score) {
      best.score = score;
      best.last = i;
      best.missing_left = missing_left;
    }
  }
}

Split SplitFinder::finish(const TreeFeature& shape, std::span<int64_t> left_totals) {
  SKYMILL_CHECK(found());
  BinGroups& groups = *best_groups_;
  const uint32_t values = values_of(groups, shape);
  if (shape.category && sums_ > 1) sort_by_share(groups, values, best_.order_class);
  Split split{.feature = best_.feature,
              .gain = best_.score / static_cast<double>(totals_[0]),
              .category = shape.category,
              .missing_left = best_.missing_left};
  std::ranges::fill(left_totals, 0);
  const auto take = [&](uint32_t group) {
    left_totals[0] += groups.weight[group];
    for (uint32_t k = 0; k < sums_; ++k) {
      left_totals[1 + k] += groups.sum[size_t{group} * sums_ + k];
    }
  };
  for (uint32_t i = 0; i <= best_.last; ++i) take(i);
  const bool missing = values < groups.count;
  if (missing && best_.missing_left) take(values);
  const bool heavier_left = 2 * left_totals[0] >= totals_[0];
  if (!missing) split.missing_left = heavier_left;
  set_sides(shape, heavier_left, split);
  return split;
}

/// Fills the sides of all bins, also of those without rows.
void SplitFinder::set_sides(const TreeFeature& shape, bool heavier_left, Split& split) const {
  const BinGroups& groups = *best_groups_;
  const uint32_t values = values_of(groups, shape);
  const auto put = [&](uint32_t bin) { split.left[bin >> 6] |= uint64_t{1} << (bin & 63); };
  const uint32_t last_bin = shape.num_bins - 1;
  if (shape.category) {
    if (heavier_left) {
      for (uint32_t bin = 0; bin < last_bin; ++bin) put(bin);
      for (uint32_t i = best_.last + 1; i < values; ++i) {
        split.left[groups.bin[i] >> 6] &= ~(uint64_t{1} << (groups.bin[i] & 63));
      }
    } else {
      for (uint32_t i = 0; i <= best_.last; ++i) put(groups.bin[i]);
    }
  } else {
    // All bins from the last one on the left to the one before the next with rows cut alike.
    const uint32_t from = groups.bin[best_.last];
    split.last_left_bin =
        best_.last + 1 < values ? (from + groups.bin[best_.last + 1] - 1) / 2 : last_bin - 1;
    for (uint32_t bin = 0; bin <= split.last_left_bin; ++bin) put(bin);
  }
  if (split.missing_left) put(last_bin);
}

}  // namespace skymill
