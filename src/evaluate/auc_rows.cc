// The state behind AUC: collecting, thinning, merging and writing rows.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "evaluate/auc.h"

namespace skymill {
namespace {

// Not the seed of any selection: a fold is a range of hashes of its own seed.
constexpr uint64_t kSampleSeed = 0x6175635F726F7773;

constexpr uint32_t kMaxLevel = 63;

Error damaged() { return {Code::kCorruptData, "the rows of an AUC are damaged"}; }

}  // namespace

AucRows::AucRows(size_t classes, size_t max_scores)
    : classes_(classes),
      columns_(classes == 2 ? 1 : classes),
      max_rows_(std::max<size_t>(1, max_scores / columns_)) {}

void AucRows::add(const Row& row) {
  if (row.weight == 0) return;
  ++rows_seen_;
  for (const double probability : row.probabilities) {
    if (std::isnan(probability)) {
      ++nan_rows_;
      return;
    }
  }
  const uint64_t hash = key_hash(kSampleSeed, row.key);
  if (!kept(hash)) return;
  hash_.push_back(hash);
  class_.push_back(row.true_class);
  if (columns_ == 1) {
    scores_.push_back(row.probabilities[1] + 0.0);  // -0 becomes 0, which it equals
  } else {
    for (const double probability : row.probabilities) scores_.push_back(probability + 0.0);
  }
  if (row.weight != 1 && weight_.empty()) weight_.assign(hash_.size() - 1, 1);
  if (row.weight != 1 || !weight_.empty()) weight_.push_back(row.weight);
  if (size() > max_rows_) thin();
}

void AucRows::thin() {
  while (size() > max_rows_ && level_ < kMaxLevel) {
    ++level_;
    filter();
  }
}

void AucRows::filter() {
  size_t to = 0;
  for (size_t from = 0; from < size(); ++from) {
    if (!kept(hash_[from])) continue;
    hash_[to] = hash_[from];
    class_[to] = class_[from];
    for (size_t c = 0; c < columns_; ++c) scores_[to * columns_ + c] = scores_[from * columns_ + c];
    if (weighted()) weight_[to] = weight_[from];
    ++to;
  }
  if (weighted()) weight_.resize(to);
  hash_.resize(to);
  class_.resize(to);
  scores_.resize(to * columns_);
}

void AucRows::merge(AucRows&& other) {
  rows_seen_ += other.rows_seen_;
  nan_rows_ += other.nan_rows_;
  if (other.level_ > level_) {
    level_ = other.level_;
    filter();
  } else if (level_ > other.level_) {
    other.level_ = level_;
    other.filter();
  }
  if (weighted() != other.weighted()) {
    weight_.resize(size(), 1);
    other.weight_.resize(other.size(), 1);
  }
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(hash_, other.hash_);
  append(class_, other.class_);
  append(scores_, other.scores_);
  append(weight_, other.weight_);
  thin();
}

std::vector<uint32_t> AucRows::canonical_order() const {
  std::vector<uint32_t> order(size());
  std::iota(order.begin(), order.end(), 0U);
  const auto scores_of = [&](uint32_t row) {
    return std::span(scores_).subspan(row * columns_, columns_);
  };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (hash_[a] != hash_[b]) return hash_[a] < hash_[b];
    // Only rows that share a key come here.
    if (class_[a] != class_[b]) return class_[a] < class_[b];
    if (weight(a) != weight(b)) return weight(a) < weight(b);
    return std::ranges::lexicographical_compare(scores_of(a), scores_of(b));
  });
  return order;
}

void AucRows::write(ByteWriter& out) const {
  const std::vector<uint32_t> order = canonical_order();
  const bool weights = std::ranges::any_of(weight_, [](double w) { return w != 1; });
  out.put(level_);
  out.put(rows_seen_);
  out.put(nan_rows_);
  out.put(static_cast<uint8_t>(weights));
  out.put(static_cast<uint64_t>(order.size()));
  for (const uint32_t row : order) {
    out.put(hash_[row]);
    out.put(class_[row]);
    for (size_t c = 0; c < columns_; ++c) out.put(scores_[row * columns_ + c]);
    if (weights) out.put(weight(row));
  }
}

Result<AucRows> AucRows::read(ByteReader& in, size_t classes, size_t max_scores) {
  AucRows rows(classes, max_scores);
  rows.level_ = SKYMILL_TRY(in.get<uint32_t>());
  rows.rows_seen_ = SKYMILL_TRY(in.get<uint64_t>());
  rows.nan_rows_ = SKYMILL_TRY(in.get<uint64_t>());
  const bool weights = SKYMILL_TRY(in.get<uint8_t>()) != 0;
  const size_t row_bytes = 12 + 8 * (rows.columns_ + (weights ? 1 : 0));
  const uint64_t count = SKYMILL_TRY(in.get_count(row_bytes));
  if (rows.level_ > kMaxLevel || count > rows.max_rows_) return damaged();
  for (uint64_t row = 0; row < count; ++row) {
    rows.hash_.push_back(SKYMILL_TRY(in.get<uint64_t>()));
    rows.class_.push_back(SKYMILL_TRY(in.get<uint32_t>()));
    if (rows.class_.back() >= classes || !rows.kept(rows.hash_.back())) return damaged();
    for (size_t c = 0; c < rows.columns_; ++c) {
      rows.scores_.push_back(SKYMILL_TRY(in.get<double>()));
      if (std::isnan(rows.scores_.back())) return damaged();
    }
    if (weights) rows.weight_.push_back(SKYMILL_TRY(in.get<double>()));
    if (weights && !(rows.weight_.back() > 0)) return damaged();
  }
  return rows;
}

}  // namespace skymill
