// Counter-based randomness: Philox 4x32-10 (Salmon et al., SC 2011, "Parallel random numbers: as
// easy as 1, 2, 3"). A draw is a function of (seed, stream, index), so it does not depend on
// threads, partitions or order.
#pragma once

#include <array>
#include <cstdint>

namespace skymill {

__extension__ using Product128 = unsigned __int128;

using PhiloxBlock = std::array<uint32_t, 4>;

constexpr PhiloxBlock philox(PhiloxBlock counter, uint64_t key) {
  uint32_t k0 = static_cast<uint32_t>(key);
  uint32_t k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = 0xD2511F53ULL * counter[0];
    const uint64_t p1 = 0xCD9E8D57ULL * counter[2];
    counter = {static_cast<uint32_t>(p1 >> 32) ^ counter[1] ^ k0, static_cast<uint32_t>(p1),
               static_cast<uint32_t>(p0 >> 32) ^ counter[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return counter;
}

/// 64 random bits that belong to (seed, stream, index).
constexpr uint64_t random_bits(uint64_t seed, uint64_t stream, uint64_t index) {
  const PhiloxBlock out =
      philox({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
              static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)},
             seed);
  return static_cast<uint64_t>(out[1]) << 32 | out[0];
}

/// A cheap, well-mixed 64-bit function of its argument (splitmix64's finaliser, Steele et al.
/// 2014).
constexpr uint64_t mix_bits(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ x >> 27) * 0x94D049BB133111EBULL;
  return x ^ x >> 31;
}

/// hash(seed, key): what selections and bootstrap draw by. One row costs about 2 ns.
constexpr uint64_t key_hash(uint64_t seed, uint64_t key) {
  return mix_bits(mix_bits(seed) ^ mix_bits(key));
}

/// A sequence of draws of one (seed, stream).
class RandomStream {
 public:
  RandomStream(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}

  uint64_t next() { return random_bits(seed_, stream_, index_++); }
  /// Uniform in [0, bound), exactly: Lemire's rejection (2019). Precondition: bound > 0.
  uint64_t below(uint64_t bound) {
    while (true) {
      const auto product = static_cast<Product128>(next()) * bound;
      const auto low = static_cast<uint64_t>(product);
      if (low >= bound || low >= (0 - bound) % bound) return static_cast<uint64_t>(product >> 64);
    }
  }
  /// Uniform in [0, 1) with 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  uint64_t seed_;
  uint64_t stream_;
  uint64_t index_ = 0;
};

}  // namespace skymill
