// The engine's rows as a source that passes fold over.
#include "rows/row_source.h"

#include <mutex>

#include "engine/engine_testing.h"

namespace skymill {
namespace {

using testing::HasSubstr;

/// Counts rows and adds up the first feature; integers, so order does not matter.
class SumState final : public PassState {
 public:
  void add(const Block& block) override {
    rows += block.num_rows;
    for (size_t i = 0; i < block.num_rows; ++i) sum += block.features[0].number[i];
    for (const uint64_t key : block.key) keys += key;
  }
  Result<void> merge(PassState&& other) override {
    const auto& same = same_state<SumState>(other);
    rows += same.rows;
    sum += same.sum;
    keys += same.keys;
    return {};
  }
  void write(Bytes&) const override {}

  uint64_t rows = 0;
  double sum = 0;
  uint64_t keys = 0;
};

constexpr PassInfo kSumPass = {
    "sum", true,
    [](std::string_view) -> Result<std::unique_ptr<PassState>> {
      return std::make_unique<SumState>();
    },
    [](std::string_view, std::string_view) -> Result<std::unique_ptr<PassState>> {
      return std::make_unique<SumState>();
    }};

class EngineRows : public testing::Test {
 protected:
  Result<std::unique_ptr<SumState>> fold(RowSource& source) {
    RunContext context{
        .passes = std::span(&kSumPass, 1), .transforms = {}, .pool = pool_, .cancel = cancel_};
    return run_one<SumState>(source, {.pass = "sum", .parameters = {}}, context);
  }
  static RowSchema schema() {
    return {.features = {{.name = "x", .type = Type::kNumber}},
            .label = "y",
            .label_type = Type::kNumber,
            .task = Task::kRegression};
  }
  std::string csv(int rows) {
    std::string text = "id,x,other,y\n";
    for (int i = 0; i < rows; ++i) {
      text += std::to_string(i) + "," + std::to_string(i) + ".0,text," + std::to_string(i) + ".5\n";
    }
    return folder_.write("data.csv", text);
  }

  TestFolder folder_;
  ThreadPool pool_{2};
  Cancel cancel_;
};

TEST_F(EngineRows, FoldsTheNamedColumns) {
  const auto engine = open_test_engine();
  ASSERT_TRUE(engine->attach("t", {.uri = csv(50'000)}));
  auto source = engine->rows("SELECT * FROM t WHERE id >= 10 -- the others", schema());
  ASSERT_TRUE(source) << source.error().text();
  for (int scan = 0; scan < 2; ++scan) {
    const auto state = fold(**source);
    ASSERT_TRUE(state) << state.error().text();
    EXPECT_EQ((*state)->rows, 49'990U);
    EXPECT_EQ((*state)->sum, 50'000.0 * 49'999 / 2 - 45);
    EXPECT_EQ((*state)->keys, 49'990ULL * 49'989 / 2);
  }
}

TEST_F(EngineRows, StreamsAgainWhenTheCacheIsTooSmall) {
  // Three tenths of 40 MB do not hold 600,000 rows of 24 bytes.
  const auto engine = open_test_engine({.memory_bytes = 40 << 20});
  ASSERT_TRUE(engine->attach("t", {.uri = csv(600'000)}));
  auto source = engine->rows("SELECT x, y FROM t", schema());
  ASSERT_TRUE(source) << source.error().text();
  for (int scan = 0; scan < 10; ++scan) {
    const auto state = fold(**source);
    ASSERT_TRUE(state) << state.error().text();
    EXPECT_EQ((*state)->rows, 600'000U);
  }
  csv(599'999);
  const auto changed = fold(**source);
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().message, HasSubstr("has changed"));
}

TEST_F(EngineRows, NamesTheNearestOfAnUnknownColumn) {
  const auto engine = open_test_engine();
  ASSERT_TRUE(engine->attach("t", {.uri = csv(10)}));
  RowSchema wrong = schema();
  wrong.label = "othr";
  const Error error = error_of(engine->rows("SELECT * FROM t", wrong));
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_THAT(error.text(), HasSubstr("other"));
}

TEST_F(EngineRows, FailsAtBadRowsOrCountsThem) {
  const std::string path = folder_.write("data.csv", "x,y\n1,1\n2,1\nbad,3\n");
  const Schema given{{{"x", Type::kNumber}, {"y", Type::kNumber}}};
  const auto strict = open_test_engine();
  ASSERT_TRUE(strict->attach("t", {.uri = path, .schema = given}));
  auto source = strict->rows("SELECT * FROM t", schema());
  const auto failed = fold(**source);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().place.line, 4U);
  const auto skipping = open_test_engine({.skip_bad_rows = true});
  ASSERT_TRUE(skipping->attach("t", {.uri = path, .schema = given}));
  source = skipping->rows("SELECT * FROM t", schema());
  const auto state = fold(**source);
  ASSERT_TRUE(state) << state.error().text();
  EXPECT_EQ((*state)->rows, 2U);
  EXPECT_EQ(skipping->bad_row_count(), 1U);
}

}  // namespace
}  // namespace skymill
