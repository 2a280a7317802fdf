// The local source and the JobRunner behind it, with a pass that notes the order of what it sees.
#include "rows/local_source.h"

#include <gtest/gtest.h>

#include <array>

#include "rows/job_runner.h"

namespace skymill {
namespace {

/// Notes the keys it was given, and at each merge the number of keys before it.
class NoteState final : public PassState {
 public:
  void add(const Block& block) override {
    keys.insert(keys.end(), block.key.begin(), block.key.end());
  }
  Result<void> merge(PassState&& other) override {
    auto& more = same_state<NoteState>(other);
    merges.push_back(keys.size());
    keys.insert(keys.end(), more.keys.begin(), more.keys.end());
    return {};
  }
  void write(Bytes& out) const override { ByteWriter(out).put_array(keys); }

  std::vector<uint64_t> keys;
  std::vector<size_t> merges;
};

Result<std::unique_ptr<PassState>> make_note(std::string_view parameters) {
  if (!parameters.empty()) return Error{Code::kInvalidArgument, "no parameters are known"};
  return std::make_unique<NoteState>();
}

constexpr std::array<PassInfo, 1> kPasses = {{{"note", false, &make_note, nullptr}}};
constexpr size_t kRows = 9 * kBlockRows + 100;

/// A factory of kRows rows that counts how often it was called.
StreamFactory factory(int& opened, size_t rows = kRows) {
  const auto schema =
      std::make_shared<Schema>(Schema{{{"x", Type::kNumber}, {"y", Type::kNumber}}});
  const std::vector<double> zeros(rows);
  const Table table{schema, {number_column(zeros), number_column(zeros)}, rows};
  return [=, &opened]() -> Result<std::unique_ptr<TableStream>> {
    ++opened;
    return std::make_unique<MemoryStream>(schema, std::vector<Table>{table});
  };
}

RowSchema row_schema() {
  RowSchema rows{.label = "y"};
  rows.features = {{.name = "x"}};
  return rows;
}

struct SourceRun {
  explicit SourceRun(unsigned threads) : pool(threads) {}
  ThreadPool pool;
  Cancel cancel;
  RunContext context{.passes = kPasses, .transforms = {}, .pool = pool, .cancel = cancel};
};

TEST(LocalSource, MergesRunsInOrderAtAnyThreadCountCachedAndStreamed) {
  for (const unsigned threads : {1U, 2U, 8U}) {
    for (const uint64_t memory : {uint64_t{0}, uint64_t{1} << 30}) {
      int opened = 0;
      const auto source = make_local_source(factory(opened), row_schema(), {memory});
      SourceRun run(threads);
      for (int scan = 0; scan < 2; ++scan) {
        const auto state = run_one<NoteState>(*source, {.pass = "note"}, run.context);
        ASSERT_TRUE(state.has_value()) << state.error().text();
        ASSERT_EQ((*state)->keys.size(), kRows);
        for (size_t i = 0; i < kRows; ++i) ASSERT_EQ((*state)->keys[i], i);
        EXPECT_EQ((*state)->merges, (std::vector<size_t>{0, 4 * kBlockRows, 8 * kBlockRows}));
      }
      EXPECT_EQ(opened, memory == 0 ? 2 : 1);
      EXPECT_EQ(source->counts().used(), kRows);
    }
  }
}

TEST(LocalSource, AnswersEachJobWithItsOwnRowsFromOneScan) {
  int opened = 0;
  const auto source = make_local_source(factory(opened), row_schema(), {0});
  SourceRun run(2);
  Selection low{.seed = 1, .cuts = {{uint64_t{1} << 62}}, .mask = 1};
  Selection high = low;
  high.mask = 2;
  const std::vector<Job> jobs = {{.pass = "note", .rows = low}, {.pass = "note", .rows = high}};
  auto states = source->run(jobs, run.context);
  ASSERT_TRUE(states.has_value());
  const auto first = state_as<NoteState>(std::move((*states)[0]));
  const auto second = state_as<NoteState>(std::move((*states)[1]));
  EXPECT_EQ(first->keys.size() + second->keys.size(), kRows);
  for (const uint64_t key : first->keys) ASSERT_TRUE(low.selects(key, 0));
  EXPECT_EQ(opened, 1);
}

TEST(LocalSource, StopsWhenCancelledAndWorksAgainAfterwards) {
  int opened = 0;
  const auto source = make_local_source(factory(opened), row_schema());
  SourceRun stopped(2);
  stopped.cancel.request();
  EXPECT_EQ(run_one<NoteState>(*source, {.pass = "note"}, stopped.context).error().code,
            Code::kCancelled);
  SourceRun run(2);
  const auto state = run_one<NoteState>(*source, {.pass = "note"}, run.context);
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ((*state)->keys.size(), kRows);
}

TEST(LocalSource, RefusesRowsThatChangeBetweenScans) {
  int opened = 0;
  const StreamFactory whole = factory(opened);
  const StreamFactory fewer = factory(opened, 10);
  const auto source =
      make_local_source([&]() { return opened == 0 ? whole() : fewer(); }, row_schema(), {0});
  SourceRun run(1);
  ASSERT_TRUE(run_one<NoteState>(*source, {.pass = "note"}, run.context).has_value());
  EXPECT_EQ(run_one<NoteState>(*source, {.pass = "note"}, run.context).error().code,
            Code::kCorruptData);
}

TEST(LocalSource, RefusesAnUnknownPassAndBadParametersBeforeReading) {
  int opened = 0;
  const auto source = make_local_source(factory(opened), row_schema());
  SourceRun run(1);
  EXPECT_FALSE(run_one<NoteState>(*source, {.pass = "none"}, run.context).has_value());
  EXPECT_FALSE(
      run_one<NoteState>(*source, {.pass = "note", .parameters = "x"}, run.context).has_value());
  EXPECT_EQ(opened, 0);
}

}  // namespace
}  // namespace skymill
