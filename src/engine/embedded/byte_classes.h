// Which bytes of a text are delimiters, line ends, quotes and digits: 64 bytes become words of 64
// bits, so that a reader steps from field to field instead of from byte to byte. The method is that
// of G. Langdale and D. Lemire, Parsing Gigabytes of JSON per Second, VLDB Journal 28 (2019).
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>

namespace skymill {

/// Bit i stands for byte i of a block.
struct ByteClasses {
  static constexpr size_t kBlock = 64;

  uint64_t delimiter = 0;
  uint64_t newline = 0;
  uint64_t carriage = 0;
  uint64_t quote = 0;
  uint64_t nondigit = 0;
  uint64_t special = 0;  // NUL, or not ASCII
};

/// Of the kBlock bytes at `text`. In SSE2, which every x86-64 has, as DuckDB's pinned build does;
/// wider registers would gain little, as stepping through the fields takes most of the time.
inline ByteClasses classify_bytes(const char* text, char delimiter, char quote) {
  ByteClasses out;
  for (unsigned at = 0; at < ByteClasses::kBlock; at += 16) {
    const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
    const auto put = [at](uint64_t& word, __m128i mask) {
      word |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(mask))) << at;
    };
    const auto equal = [v](char c) { return _mm_cmpeq_epi8(v, _mm_set1_epi8(c)); };
    // SSE2 compares signed bytes only: -128 becomes the first of the range, what lies below it
    // wraps to the top.
    const auto from = [v](int first) {
      return _mm_add_epi8(v, _mm_set1_epi8(static_cast<char>(-128 - first)));
    };
    put(out.delimiter, equal(delimiter));
    put(out.newline, equal('\n'));
    put(out.carriage, equal('\r'));
    put(out.quote, equal(quote));
    put(out.nondigit, _mm_cmpgt_epi8(from('0'), _mm_set1_epi8(-128 + 9)));
    put(out.special, _mm_cmpgt_epi8(from(1), _mm_set1_epi8(-128 + 126)));
  }
  return out;
}

/// Which bytes stand after an odd number of quotes; `before` tells whether the block itself does.
inline uint64_t inside_quotes(uint64_t quotes, bool before) {
  for (unsigned shift = 1; shift < 64; shift *= 2) quotes ^= quotes << shift;
  return before ? ~quotes : quotes;
}

}  // namespace skymill
