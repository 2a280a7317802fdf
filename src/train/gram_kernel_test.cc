#include "train/gram_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "base/real_math.h"

namespace skymill {
namespace {

constexpr KernelLevel kLevels[] = {KernelLevel::kBaseline, KernelLevel::kAvx2,
                                   KernelLevel::kAvx512};

std::vector<double> values(uint64_t seed, size_t count) {
  RandomStream random(seed, 7);
  std::vector<double> result(count);
  for (double& value : result) value = random.uniform() * 4 - 1.5;
  return result;
}

/// A tile of `columns` with the padding the kernels ask for.
struct TestTile {
  TestTile(size_t rows_in, size_t columns_in)
      : rows(rows_in), columns(columns_in), data(stride() * (columns + 8)) {
    const auto filling = values(columns, stride() * columns);
    for (size_t j = 0; j < columns; ++j) {
      for (size_t i = 0; i < rows; ++i) data[j * stride() + i] = filling[j * stride() + i];
    }
  }
  size_t stride() const { return (rows + 7) / 8 * 8 + 8; }
  GramTile tile() const { return {data.data(), stride(), (rows + 7) / 8 * 8, columns}; }

  size_t rows;
  size_t columns;
  std::vector<double> data;
};

std::vector<double> products(const GramKernel& kernel, const TestTile& tile) {
  std::vector<double> sums(kernel.sums_size(tile.columns));
  kernel.add_products(tile.tile(), sums.data());
  std::vector<double> packed(tile.columns * (tile.columns + 1) / 2);
  kernel.unpack(sums.data(), tile.columns, packed.data());
  return packed;
}

TEST(GramKernel, ProductsAgreeWithPlainLoops) {
  for (const KernelLevel level : kLevels) {
    for (const size_t columns : {1, 2, 4, 5, 6, 11, 70}) {
      for (const size_t rows : {1, 8, 13, 256}) {
        const TestTile tile(rows, columns);
        const auto packed = products(gram_kernel(level), tile);
        for (size_t i = 0; i < columns; ++i) {
          for (size_t j = 0; j <= i; ++j) {
            double sum = 0;
            for (size_t r = 0; r < rows; ++r) {
              sum += tile.data[i * tile.stride() + r] * tile.data[j * tile.stride() + r];
            }
            EXPECT_NEAR(packed[i * (i + 1) / 2 + j], sum, 1e-12 * static_cast<double>(rows));
          }
        }
      }
    }
  }
}

TEST(GramKernel, LevelsWithFusedMultiplyAddGiveTheSameBytes) {
  const GramKernel& avx2 = gram_kernel(KernelLevel::kAvx2);
  const GramKernel& avx512 = gram_kernel(KernelLevel::kAvx512);
  if (avx2.level != KernelLevel::kAvx2) GTEST_SKIP() << "this processor has no AVX2";
  for (const size_t columns : {3, 10, 31, 101}) {
    const TestTile tile(256, columns);
    EXPECT_EQ(products(avx2, tile), products(avx512, tile));
  }
  const auto a = values(1, 1003);
  const auto b = values(2, 1003);
  EXPECT_EQ(avx2.dot(a.data(), b.data(), a.size()), avx512.dot(a.data(), b.data(), a.size()));
}

TEST(GramKernel, ExactSumsAreExactAndEqualOnAllLevels) {
  // 1e16 + small products that doubles would lose, then -1e16.
  std::vector<double> left(64, 1.0 / 3);
  std::vector<double> right(64, 3.0);
  left[0] = 1e16;
  left[63] = -1e16;
  right[0] = right[63] = 1;
  std::vector<std::pair<double, double>> sums;
  for (const KernelLevel level : kLevels) {
    double high = 0;
    double low = 0;
    gram_kernel(level).add_exact({left.data(), nullptr, right.data(), 64}, &high, &low);
    EXPECT_NEAR(high + low, 62 * (1 - 0x1p-54), 1e-14);
    sums.emplace_back(high, low);
  }
  EXPECT_EQ(sums[0], sums[1]);
  EXPECT_EQ(sums[0], sums[2]);
}

TEST(GramKernel, LinkHasTheBitsOfTheScalarFunctions) {
  std::vector<double> eta = {0,   1,    -1, 1e-9, -1e-9, 0.3, 36, -36,
                             700, -700, 5,  -5,   17,    -17, 2,  1e5};
  const auto more = values(3, 1600);
  for (const double value : more) eta.push_back(value * 15);
  const std::vector<double> label(eta.size(), 1.0);
  for (const KernelLevel level : kLevels) {
    std::vector<double> root(eta.size());
    std::vector<double> ratio(eta.size());
    for (size_t first = 0; first < eta.size(); first += 8) {
      LinkSums sums;
      gram_kernel(level).link(
          {eta.data() + first, label.data() + first, nullptr, 8, &root[first], &ratio[first]},
          sums);
      double lanes[8];
      for (size_t i = 0; i < 8; ++i) {
        const double x = eta[first + i];
        lanes[i] = real_log1p(real_exp(-std::fmin(std::fabs(x), 708))) + (std::fmax(x, 0) - x);
        const double mean = logistic(x);
        EXPECT_NEAR(root[first + i] * ratio[first + i], 1 - mean, 4e-16) << x;
        EXPECT_NEAR(root[first + i], std::sqrt(std::fmax(mean * logistic(-x), 1e-30)), 4e-16) << x;
      }
      EXPECT_EQ(sums.loss, ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
                               ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7])));
    }
  }
}

TEST(GramKernel, LinkLeavesOutRowsWithoutWeight) {
  const std::vector<double> eta = {1, -2, 50, 0, 0, 0, 0, 0};
  const std::vector<double> label = {1, 0, 0, 1, 1, 1, 1, 1};
  const std::vector<double> weight = {1, 2, 0, 0, 0, 0, 0, 0};
  for (const KernelLevel level : kLevels) {
    std::vector<double> root(8);
    std::vector<double> ratio(8);
    LinkSums sums;
    gram_kernel(level).link({eta.data(), label.data(), weight.data(), 8, root.data(), ratio.data()},
                            sums);
    EXPECT_DOUBLE_EQ(sums.loss, softplus(-1) + 2 * softplus(-2));
    EXPECT_EQ(sums.max_predictor, 2);
    EXPECT_EQ(sums.min_margin, 1);
    for (size_t i = 2; i < 8; ++i) {
      EXPECT_EQ(root[i], 0);
      EXPECT_EQ(ratio[i], 0);
    }
  }
}

TEST(GramKernel, ColumnsAreCopiedPaddedAndSummed) {
  const auto x = values(4, 13);
  const auto by = values(5, 16);
  for (const KernelLevel level : kLevels) {
    std::vector<double> copy(16, 9);
    gram_kernel(level).copy_column({x.data(), 13, 0.5, by.data(), copy.data()});
    std::vector<double> sum(13, 1);
    const double* from = x.data();
    const double shift = 0.5;
    const double factor = 2;
    gram_kernel(level).add_columns({&from, 0, 13, &shift, &factor, 1, sum.data()});
    for (size_t i = 0; i < 13; ++i) {
      EXPECT_EQ(copy[i], (x[i] - 0.5) * by[i]);
      EXPECT_EQ(sum[i], 1 + 2 * (x[i] - 0.5));
    }
    for (size_t i = 13; i < 16; ++i) EXPECT_EQ(copy[i], 0);
  }
}

TEST(GramKernel, RecordsAddUpByCode) {
  const std::vector<uint32_t> codes = {2, 0, 2};
  const std::vector<double> rows = {1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400};
  for (const KernelLevel level : kLevels) {
    std::vector<double> table(12);
    gram_kernel(level).add_records({table.data(), 4, rows.data(), codes.data(), 3});
    EXPECT_EQ(table, (std::vector<double>{10, 20, 30, 40, 0, 0, 0, 0, 101, 202, 303, 404}));
  }
}

}  // namespace
}  // namespace skymill
