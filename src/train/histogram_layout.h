// Layouts of a feature's histogram while the local grower counts rows: as small as the task allows,
// so that histograms stay in the nearest cache. All give the split finder the same integers.
#pragma once

#include <algorithm>

#include "train/split_finder.h"

namespace skymill {

/// Two classes, a total weight below 2^32: an entry is Σ weight · class << 32 | Σ weight, and a
/// row's payload is already its addend.
struct PackedLayout {
  using Entry = uint64_t;
  static constexpr bool kProduct = true;  // the payload holds weight · target, not target
  explicit PackedLayout(uint32_t) {}
  size_t entries() const { return kMostBins; }
  static void add(Entry* histogram, uint32_t bin, uint64_t payload) { histogram[bin] += payload; }
  static bool empty(const Entry* histogram, uint32_t bin) { return histogram[bin] == 0; }
  static void take(Entry* histogram, uint32_t bin, BinGroups& out) {
    const Entry entry = histogram[bin];
    out.weight[out.count] = static_cast<int64_t>(entry & 0xFFFFFFFF);
    out.sum[out.count] = static_cast<int64_t>(entry >> 32);
    histogram[bin] = 0;
  }
};

/// One sum: regression, and two classes of any weight.
struct PairLayout {
  struct Entry {
    int64_t weight;
    int64_t sum;
  };
  static constexpr bool kProduct = false;
  explicit PairLayout(uint32_t) {}
  size_t entries() const { return kMostBins; }
  static void add(Entry* histogram, uint32_t bin, uint64_t payload) {
    const auto weight = static_cast<int64_t>(payload & 0xFFFFFFFF);
    const auto target = static_cast<int32_t>(payload >> 32);
    histogram[bin].weight += weight;
    histogram[bin].sum += weight * target;
  }
  static bool empty(const Entry* histogram, uint32_t bin) { return histogram[bin].weight == 0; }
  static void take(Entry* histogram, uint32_t bin, BinGroups& out) {
    out.weight[out.count] = histogram[bin].weight;
    out.sum[out.count] = histogram[bin].sum;
    histogram[bin] = {0, 0};
  }
};

/// A weight per bin and class.
struct ClassLayout {
  using Entry = int64_t;
  static constexpr bool kProduct = false;
  explicit ClassLayout(uint32_t sums) : classes(sums) {}
  size_t entries() const { return size_t{kMostBins} * classes; }
  void add(Entry* histogram, uint32_t bin, uint64_t payload) const {
    histogram[size_t{bin} * classes + (payload >> 32)] +=
        static_cast<int64_t>(payload & 0xFFFFFFFF);
  }
  bool empty(const Entry* histogram, uint32_t bin) const {
    const Entry* entry = histogram + size_t{bin} * classes;
    return std::all_of(entry, entry + classes, [](Entry weight) { return weight == 0; });
  }
  void take(Entry* histogram, uint32_t bin, BinGroups& out) const {
    Entry* entry = histogram + size_t{bin} * classes;
    int64_t weight = 0;
    for (uint32_t k = 0; k < classes; ++k) {
      weight += entry[k];
      out.sum[size_t{out.count} * classes + k] = entry[k];
      entry[k] = 0;
    }
    out.weight[out.count] = weight;
  }

  uint32_t classes;
};

}  // namespace skymill
