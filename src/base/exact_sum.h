// ExactSum: the exact sum of doubles, kept as integers, so that it does not depend on order.
// Radford M. Neal, "Fast exact summation using small and large superaccumulators" (2015), the small
// one; about 3 ns a value. Covered by exact_sum_test.cc.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "base/bytes.h"

namespace skymill {

class ExactSum {
 public:
  /// Precondition: finite.
  void add(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    uint64_t exponent = bits >> 52 & 0x7FF;
    uint64_t mantissa = bits & 0x000FFFFFFFFFFFFFULL;
    if (exponent == 0) {
      exponent = 1;
    } else {
      mantissa |= uint64_t{1} << 52;
    }
    const uint64_t shift = exponent & 31;
    const size_t chunk = exponent >> 5;
    const auto low = static_cast<int64_t>(mantissa << shift & 0xFFFFFFFFULL);
    const auto high = static_cast<int64_t>(mantissa >> (32 - shift));
    if (bits >> 63 != 0) {
      chunks_[chunk] -= low;
      chunks_[chunk + 1] -= high;
    } else {
      chunks_[chunk] += low;
      chunks_[chunk + 1] += high;
    }
    if (++pending_ == kMaxPending) carry();
  }
  void merge(const ExactSum& other);
  /// The sum, correctly rounded to nearest even (subnormal sums may be off by one unit).
  double value() const;

  void write(ByteWriter& out) const;
  static Result<ExactSum> read(ByteReader& in);

 private:
  // Chunk i counts units of 2^(32 i - 1075). A chunk takes 2^11 values of 52 bits before it could
  // overflow; carry() brings all but the last chunk back into [0, 2^32).
  static constexpr size_t kChunks = 67;
  static constexpr uint32_t kMaxPending = 1U << 10;

  void carry();

  std::array<int64_t, kChunks> chunks_ = {};
  uint32_t pending_ = 0;
};

}  // namespace skymill
