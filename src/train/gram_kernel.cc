// Register-blocked products of columns, straight on columns without a transpose: 5 x 5 columns x 8
// rows in AVX-512 (25 sums and 6 operands fill the registers), 2 x 2 elsewhere; the next tile is
// fetched into L2 meanwhile, which matters most (measured: 71 -> 34 ms for 10 M x 8). Highway gives
// the instructions; the dispatch is our own, so that nothing links to libhwy inside executors.
// Every sum runs in eight lanes, folded as ((0+1)+(2+3))+((4+5)+(6+7)). Covered by
// gram_kernel_test.cc, which compares the levels with plain loops and with each other.
#include "train/gram_kernel.h"

#include <algorithm>
#include <array>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "train/gram_kernel.cc"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace skymill {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<double, 8>;
using Part = hn::Vec<Tag>;
constexpr Tag kTag;
constexpr size_t kWidth = HWY_LANES(double) < 8 ? HWY_LANES(double) : 8;
constexpr size_t kParts = 8 / kWidth;
#if HWY_TARGET == HWY_AVX3
constexpr size_t kPanel = 5;
constexpr KernelLevel kLevel = KernelLevel::kAvx512;
#elif HWY_TARGET == HWY_AVX2
constexpr size_t kPanel = 2;
constexpr KernelLevel kLevel = KernelLevel::kAvx2;
#else
constexpr size_t kPanel = 2;
constexpr KernelLevel kLevel = KernelLevel::kBaseline;
#endif

/// Eight doubles in as many registers as it takes.
struct Lanes {
  Part part[kParts];
};

template <typename Make>
HWY_INLINE Lanes each(Make make) {
  Lanes result;
#pragma GCC unroll 8
  for (size_t q = 0; q < kParts; ++q) result.part[q] = make(q);
  return result;
}
HWY_INLINE Lanes load(const double* from) {
  return each([&](size_t q) HWY_ATTR { return hn::LoadU(kTag, from + q * kWidth); });
}
HWY_INLINE void store(const Lanes& x, double* to) {
#pragma GCC unroll 8
  for (size_t q = 0; q < kParts; ++q) hn::StoreU(x.part[q], kTag, to + q * kWidth);
}
HWY_INLINE Lanes all(double value) {
  return each([&](size_t) HWY_ATTR { return hn::Set(kTag, value); });
}
HWY_INLINE Lanes operator+(const Lanes& a, const Lanes& b) {
  return each([&](size_t q) HWY_ATTR { return hn::Add(a.part[q], b.part[q]); });
}
HWY_INLINE Lanes operator-(const Lanes& a, const Lanes& b) {
  return each([&](size_t q) HWY_ATTR { return hn::Sub(a.part[q], b.part[q]); });
}
HWY_INLINE Lanes operator*(const Lanes& a, const Lanes& b) {
  return each([&](size_t q) HWY_ATTR { return hn::Mul(a.part[q], b.part[q]); });
}
HWY_INLINE Lanes operator/(const Lanes& a, const Lanes& b) {
  return each([&](size_t q) HWY_ATTR { return hn::Div(a.part[q], b.part[q]); });
}
HWY_INLINE Lanes fused(const Lanes& a, const Lanes& b, const Lanes& c) {  // a b + c
  return each([&](size_t q) HWY_ATTR { return hn::MulAdd(a.part[q], b.part[q], c.part[q]); });
}
HWY_INLINE Lanes greater(const Lanes& a, const Lanes& b) {
  return each([&](size_t q) HWY_ATTR { return hn::Max(a.part[q], b.part[q]); });
}
HWY_INLINE Lanes smaller(const Lanes& a, const Lanes& b) {
  return each([&](size_t q) HWY_ATTR { return hn::Min(a.part[q], b.part[q]); });
}
HWY_INLINE Lanes root_of(const Lanes& a) {
  return each([&](size_t q) HWY_ATTR { return hn::Sqrt(a.part[q]); });
}
HWY_INLINE Lanes magnitude(const Lanes& a) {
  return each([&](size_t q) HWY_ATTR { return hn::Abs(a.part[q]); });
}
/// a < b ? yes : no.
HWY_INLINE Lanes where_less(const Lanes& a, const Lanes& b, const Lanes& yes, const Lanes& no) {
  return each([&](size_t q) HWY_ATTR {
    return hn::IfThenElse(hn::Lt(a.part[q], b.part[q]), yes.part[q], no.part[q]);
  });
}
/// Keeps a loaded vector in its register: GCC 12 otherwise loads it again at every use.
HWY_INLINE void pin([[maybe_unused]] Lanes& x) {
#if HWY_TARGET == HWY_AVX3
  asm("" : "+v"(x.part[0].raw));
#endif
}
HWY_INLINE double fold(const double* x) {
  return ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]));
}
HWY_INLINE double sum_of(const Lanes& x) {
  alignas(64) double lanes[8];
  store(x, lanes);
  return fold(lanes);
}

#if HWY_TARGET == HWY_AVX3
HWY_INLINE __m512d add_pairs(__m512d a, __m512d b) {
  return _mm512_add_pd(_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
}
HWY_INLINE __m512d add_halves(__m512d a, __m512d b) {
  return _mm512_add_pd(_mm512_shuffle_f64x2(a, b, 0x88), _mm512_shuffle_f64x2(a, b, 0xDD));
}
#endif
/// to[i] += fold(v[i]) for eight vectors.
HWY_INLINE void add_folds(const Lanes* v, double* to) {
#if HWY_TARGET == HWY_AVX3
  const __m512d ab = add_pairs(v[0].part[0].raw, v[1].part[0].raw);
  const __m512d cd = add_pairs(v[2].part[0].raw, v[3].part[0].raw);
  const __m512d ef = add_pairs(v[4].part[0].raw, v[5].part[0].raw);
  const __m512d gh = add_pairs(v[6].part[0].raw, v[7].part[0].raw);
  const __m512d sums = add_halves(add_halves(ab, cd), add_halves(ef, gh));
  _mm512_storeu_pd(to, _mm512_add_pd(_mm512_loadu_pd(to), sums));
#else
  for (size_t i = 0; i < 8; ++i) to[i] += sum_of(v[i]);
#endif
}

// ---- products of columns ----

constexpr size_t kPairs = kPanel * kPanel;
constexpr size_t kGroups = (kPairs + 7) / 8;
constexpr size_t kBlock = kGroups * 8;  // sums of a register block

size_t panels_of(size_t columns) { return (columns + kPanel - 1) / kPanel; }
size_t sums_size(size_t columns) {
  const size_t panels = panels_of(columns);
  return panels * (panels + 1) / 2 * kBlock;
}

struct Panels {
  const double* left;
  const double* right;  // the same for a block on the diagonal
  size_t stride;
  size_t rows;
  const double* const* next;
};

template <size_t kFetch, bool kDiagonal>
void add_block(const Panels& panels, double* sums) {
  Lanes sum[kGroups * 8];
#pragma GCC unroll 32
  for (Lanes& each_sum : sum) each_sum = all(0);
  for (size_t k = 0; k < panels.rows; k += 8) {
#pragma GCC unroll 4
    for (size_t f = 0; f < kFetch; ++f) __builtin_prefetch(panels.next[f] + k, 0, 2);
    Lanes x[kPanel];
#pragma GCC unroll 8
    for (size_t i = 0; i < kPanel; ++i) {
      x[i] = load(panels.left + i * panels.stride + k);
      pin(x[i]);
    }
#pragma GCC unroll 8
    for (size_t j = 0; j < kPanel; ++j) {
      Lanes y = kDiagonal ? x[j] : load(panels.right + j * panels.stride + k);
      pin(y);
#pragma GCC unroll 8
      for (size_t i = kDiagonal ? j : 0; i < kPanel; ++i) {
        sum[i * kPanel + j] = fused(x[i], y, sum[i * kPanel + j]);
      }
    }
  }
#pragma GCC unroll 8
  for (size_t g = 0; g < kGroups; ++g) add_folds(sum + 8 * g, sums + 8 * g);
}

void add_block(const Panels& panels, size_t fetch, double* sums) {
  static constexpr void (*kBlocks[2][4])(const Panels&, double*) = {
      {add_block<0, false>, add_block<1, false>, add_block<2, false>, add_block<3, false>},
      {add_block<0, true>, add_block<1, true>, add_block<2, true>, add_block<3, true>}};
  kBlocks[panels.left == panels.right ? 1 : 0][fetch](panels, sums);
}

void add_products(const GramTile& tile, double* sums) {
  const size_t panels = panels_of(tile.columns);
  const size_t blocks = panels * (panels + 1) / 2;
  const size_t strip = 64 / kPanel;  // panels of 64 columns, which stay in L2
  const size_t share = std::min<size_t>(3, (tile.num_next + blocks - 1) / blocks);
  const double* const* next = tile.next;
  size_t left = tile.num_next;
  for (size_t first = 0; first < panels; first += strip) {
    for (size_t i = first; i < panels; ++i) {
      for (size_t j = first; j < std::min(first + strip, i + 1); ++j) {
        const size_t fetch = std::min(share, left);
        add_block({tile.data + i * kPanel * tile.stride, tile.data + j * kPanel * tile.stride,
                   tile.stride, tile.rows, next},
                  fetch, sums + (i * (i + 1) / 2 + j) * kBlock);
        if (fetch > 0) next += fetch;
        left -= fetch;
      }
    }
  }
}

void unpack(const double* sums, size_t columns, double* packed) {
  for (size_t i = 0; i < columns; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      const size_t row = i / kPanel;
      const size_t at = (i % kPanel) * kPanel + j % kPanel;
      packed[i * (i + 1) / 2 + j] += sums[(row * (row + 1) / 2 + j / kPanel) * kBlock + at];
    }
  }
}

// ---- columns ----

/// Doubles ahead of a copy that are fetched: the tile after the next, since the products fetch the
/// next one. Without it 10 M x 8 takes 83 ms instead of 59, where reading alone takes 43.
constexpr size_t kAhead = 512;

template <bool kScaled>
void copy_lanes(const ColumnCopy& copy) {
  const Lanes shift = all(copy.shift);
  size_t i = 0;
  for (; i + 8 <= copy.count; i += 8) {
    __builtin_prefetch(copy.from + i + kAhead, 0, 2);
    const Lanes x = load(copy.from + i) - shift;
    store(kScaled ? x * load(copy.by + i) : x, copy.to + i);
  }
  if (i == copy.count) return;
  for (size_t k = i; k < i + 8; ++k) {
    copy.to[k] = k < copy.count ? (copy.from[k] - copy.shift) * (kScaled ? copy.by[k] : 1) : 0;
  }
}
void copy_column(const ColumnCopy& copy) {
  copy.by != nullptr ? copy_lanes<true>(copy) : copy_lanes<false>(copy);
}

void add_columns(const ColumnsSum& sum) {
  size_t i = 0;
  for (; i + 8 <= sum.count; i += 8) {
    Lanes total = load(sum.to + i);
    for (size_t j = 0; j < sum.columns; ++j) {
      const Lanes x = load(sum.from[j] + sum.start + i) - all(sum.shift[j]);
      total = total + all(sum.factor[j]) * x;
    }
    store(total, sum.to + i);
  }
  for (; i < sum.count; ++i) {
    for (size_t j = 0; j < sum.columns; ++j) {
      sum.to[i] += sum.factor[j] * (sum.from[j][sum.start + i] - sum.shift[j]);
    }
  }
}

void add_records(const RecordAdd& add) {
  const hn::CappedTag<double, 4> tag;
  const size_t width = hn::Lanes(tag);
  for (size_t i = 0; i < add.count; ++i) {
    double* to = add.table + add.codes[i] * add.record;
    const double* from = add.rows + i * add.record;
    for (size_t v = 0; v < add.record; v += width) {
      hn::StoreU(hn::Add(hn::LoadU(tag, to + v), hn::LoadU(tag, from + v)), tag, to + v);
    }
  }
}

double dot(const double* a, const double* b, size_t count) {
  Lanes sum = all(0);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) sum = fused(load(a + i), load(b + i), sum);
  alignas(64) double lanes[8];
  store(sum, lanes);
  double rest = 0;
  for (; i < count; ++i) rest += a[i] * b[i];
  return fold(lanes) + rest;
}

void subtract(double* to, const double* from, double factor, size_t count) {
  const Lanes factors = all(-factor);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) store(fused(factors, load(from + i), load(to + i)), to + i);
  for (; i < count; ++i) to[i] -= factor * from[i];
}

// ---- double-double ----

/// a b - product, exactly: by a fused multiply-subtract, or by Veltkamp's splitting (Dekker 1971),
/// which is exact too unless a number is beyond 1e300.
HWY_INLINE Lanes product_error(const Lanes& a, const Lanes& b, const Lanes& product) {
#if HWY_NATIVE_FMA
  return each([&](size_t q) HWY_ATTR { return hn::MulSub(a.part[q], b.part[q], product.part[q]); });
#else
  const Lanes splitter = all(134217729.0);  // 2^27 + 1
  const Lanes wide_a = splitter * a;
  const Lanes wide_b = splitter * b;
  const Lanes high_a = wide_a - (wide_a - a);
  const Lanes high_b = wide_b - (wide_b - b);
  const Lanes low_a = a - high_a;
  const Lanes low_b = b - high_b;
  return low_a * low_b - (((product - high_a * high_b) - low_a * high_b) - high_a * low_b);
#endif
}

void add_exact(const ExactDot& dot, double* high, double* low) {
  Lanes sum = all(0);
  Lanes rest = all(0);
  for (size_t i = 0; i < dot.count; i += 8) {
    const Lanes a = load(dot.left_high + i);
    const Lanes b = load(dot.right + i);
    const Lanes product = a * b;
    Lanes error = product_error(a, b, product);
    if (dot.left_low != nullptr) error = error + load(dot.left_low + i) * b;
    const Lanes next = sum + product;  // Knuth's TwoSum
    const Lanes part = next - sum;
    rest = rest + (((sum - (next - part)) + (product - part)) + error);
    sum = next;
  }
  alignas(64) double sums[8];
  alignas(64) double rests[8];
  store(sum, sums);
  store(rest, rests);
  for (size_t i = 0; i < 8; ++i) {
    const double next = *high + sums[i];
    const double part = next - *high;
    *low += ((*high - (next - part)) + (sums[i] - part)) + rests[i];
    *high = next;
  }
}

// ---- the logistic link ----

/// e^x for -708 <= x <= 0: the operations of real_exp, so its bits.
HWY_INLINE Lanes exp_of(const Lanes& x) {
  static constexpr std::array<double, 12> kTerms = {
      1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0,
      1.0 / 362880.0,     1.0 / 40320.0,     1.0 / 5040.0,     1.0 / 720.0,
      1.0 / 120.0,        1.0 / 24.0,        1.0 / 6.0,        0.5};
  const Lanes magic = all(0x1.8p52);  // adding it rounds to an integer, kept in the low bits
  const Lanes shifted = x * all(0x1.71547652b82fep+0) + magic;
  const Lanes k = shifted - magic;
  const Lanes high = x - k * all(0x1.62e42fee00000p-1);
  const Lanes low = k * all(0x1.a39ef35793c76p-33);
  const Lanes r = high - low;
  const Lanes correction = (high - r) - low;
  Lanes sum = all(kTerms[0]);
#pragma GCC unroll 16
  for (size_t i = 1; i < kTerms.size(); ++i) sum = sum * r + all(kTerms[i]);
  const Lanes value = all(1) + (r + (r * r * sum + correction));
  const hn::RebindToSigned<Tag> bits;
  return each([&](size_t q) HWY_ATTR {
    const auto exponent = hn::ShiftLeft<52>(hn::BitCast(bits, shifted.part[q]));
    return hn::BitCast(kTag, hn::Add(hn::BitCast(bits, value.part[q]), exponent));
  });
}

/// ln(1 + t) for 0 <= t <= 1: the operations of real_log1p, so its bits.
HWY_INLINE Lanes log1p_of(const Lanes& t) {
  const Lanes one = all(1);
  const Lanes u = one + t;
  const Lanes root2 = all(1.4142135623730951);
  const Lanes m = where_less(root2, u, u * all(0.5), u);
  const Lanes k = where_less(root2, u, one, all(0));
  const Lanes f = m - one;
  const Lanes s = f / (all(2) + f);
  const Lanes z = s * s;
  Lanes series = all(1.0 / 23);
#pragma GCC unroll 16
  for (int odd = 21; odd >= 3; odd -= 2) series = series * z + all(1.0 / odd);
  const Lanes half_square = all(0.5) * f * f;
  const Lanes tail = s * (half_square + all(2) * z * series);
  const Lanes log =
      k * all(0x1.62e42fee00000p-1) - ((half_square - (tail + k * all(0x1.a39ef35793c76p-33))) - f);
  const Lanes value = log + (t - (u - one)) / u;
  return where_less(one, u, value, t);
}

void link(const LinkRows& rows, LinkSums& sums) {
  const Lanes zero = all(0);
  const Lanes one = all(1);
  Lanes loss = zero;
  Lanes largest = zero;
  Lanes margin = all(sums.min_margin);
  for (size_t i = 0; i < rows.count; i += 8) {
    const Lanes eta = smaller(greater(load(rows.predictor + i), all(-1e300)), all(1e300));
    const Lanes label = load(rows.label + i);
    const Lanes weight = rows.weight != nullptr ? load(rows.weight + i) : one;
    const Lanes size = magnitude(eta);
    const Lanes t = exp_of(zero - smaller(size, all(708)));
    const Lanes near = one / (one + t);  // μ of |eta|
    const Lanes far = t * near;          // 1 - it
    const Lanes mean = where_less(eta, zero, far, near);
    const Lanes rest = where_less(eta, zero, near, far);
    const Lanes residual = where_less(all(0.5), label, rest, zero - mean);
    const Lanes spread = root_of(greater(near * far, all(1e-30)));
    const Lanes share = root_of(weight);
    store(share * spread, rows.root + i);
    store(share * residual / spread, rows.ratio + i);
    loss = loss + weight * (log1p_of(t) + (greater(eta, zero) - label * eta));
    largest = greater(largest, where_less(zero, weight, size, zero));
    const Lanes signed_eta = where_less(all(0.5), label, eta, zero - eta);
    margin = smaller(margin, where_less(zero, weight, signed_eta, margin));
  }
  sums.loss += sum_of(loss);
  alignas(64) double lanes[8];
  store(largest, lanes);
  for (const double lane : lanes) sums.max_predictor = std::max(sums.max_predictor, lane);
  store(margin, lanes);
  for (const double lane : lanes) sums.min_margin = std::min(sums.min_margin, lane);
}

const GramKernel& kernel() {
  static constexpr GramKernel kKernel = {kLevel, kPanel,      sums_size,   add_products,
                                         unpack, copy_column, add_columns, add_exact,
                                         link,   add_records, dot,         subtract};
  return kKernel;
}

}  // namespace HWY_NAMESPACE
}  // namespace skymill
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace skymill {
namespace {

KernelLevel best_level() {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw");
  if (avx512) return KernelLevel::kAvx512;
  return avx2 ? KernelLevel::kAvx2 : KernelLevel::kBaseline;
}

}  // namespace

std::string_view kernel_level_name(KernelLevel level) {
  static constexpr std::array<std::string_view, 3> kNames = {"baseline", "avx2", "avx512"};
  return kNames[static_cast<size_t>(level)];
}

const GramKernel& gram_kernel(KernelLevel limit) {
  static const KernelLevel kBest = best_level();
  switch (std::min(limit, kBest)) {
#if HWY_TARGETS & HWY_AVX3
    case KernelLevel::kAvx512:
      return N_AVX3::kernel();
#endif
#if HWY_TARGETS & HWY_AVX2
    case KernelLevel::kAvx2:
      return N_AVX2::kernel();
#endif
    default:
      return HWY_STATIC_DISPATCH(kernel)();
  }
}

}  // namespace skymill
#endif  // HWY_ONCE
