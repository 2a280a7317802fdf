#include "base/exact_sum.h"

#include <cmath>

namespace skymill {

void ExactSum::carry() {
  int64_t over = 0;
  for (size_t i = 0; i + 1 < kChunks; ++i) {
    const int64_t sum = chunks_[i] + over;
    over = sum >> 32;  // floor: C++20 shifts are arithmetic
    chunks_[i] = sum & 0xFFFFFFFF;
  }
  chunks_[kChunks - 1] += over;
  pending_ = 0;
}

void ExactSum::merge(const ExactSum& other) {
  carry();
  ExactSum normal = other;
  normal.carry();
  for (size_t i = 0; i < kChunks; ++i) chunks_[i] += normal.chunks_[i];
  pending_ = 1;
}

double ExactSum::value() const {
  ExactSum sum = *this;
  sum.carry();
  const bool negative = sum.chunks_[kChunks - 1] < 0;
  if (negative) {
    for (int64_t& chunk : sum.chunks_) chunk = -chunk;
    sum.carry();
  }
  size_t top = kChunks;
  while (top > 0 && sum.chunks_[top - 1] == 0) --top;
  if (top == 0) return 0;
  // The leading 96 bits or more, and a sticky bit for the rest, round once.
  __extension__ using Wide = unsigned __int128;
  const size_t first = top > 3 ? top - 3 : 0;
  Wide leading = 0;
  for (size_t i = top; i-- > first;) {
    leading = (leading << 32) + static_cast<Wide>(sum.chunks_[i]);
  }
  for (size_t i = 0; i < first; ++i) {
    if (sum.chunks_[i] != 0) leading |= 1;
  }
  const double value =
      std::ldexp(static_cast<double>(leading), static_cast<int>(32 * first) - 1075);
  return negative ? -value : value;
}

void ExactSum::write(ByteWriter& out) const {
  ExactSum normal = *this;
  normal.carry();
  out.put_array(std::span<const int64_t>(normal.chunks_));
}

Result<ExactSum> ExactSum::read(ByteReader& in) {
  const auto chunks = SKYMILL_TRY(in.get_array<int64_t>());
  if (chunks.size() != kChunks) return Error{Code::kCorruptData, "an exact sum is damaged"};
  ExactSum sum;
  for (size_t i = 0; i < kChunks; ++i) {
    const bool last = i + 1 == kChunks;
    if (!last && (chunks[i] < 0 || chunks[i] > 0xFFFFFFFF)) {
      return Error{Code::kCorruptData, "an exact sum is damaged"};
    }
    if (last && (chunks[i] > (int64_t{1} << 60) || chunks[i] < -(int64_t{1} << 60))) {
      return Error{Code::kCorruptData, "an exact sum is damaged"};
    }
    sum.chunks_[i] = chunks[i];
  }
  return sum;
}

}  // namespace skymill
