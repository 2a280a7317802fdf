// What a pass costs to feed: rows through the engine's RowSource into a pass, beside the bare loop
// that fetches the same chunks from the library and adds up the same values.
#include <benchmark/benchmark.h>
#include <duckdb.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/text.h"
#include "engine/engine.h"

namespace skymill {
namespace {

constexpr int kRows = 8'000'000;
constexpr size_t kFeatures = 8;
constexpr unsigned kThreads = 2;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "pass_feed: %s\n", what.c_str());
  std::exit(1);
}

/// A library connection of its own, with as many threads as the engine gets.
class Library {
 public:
  Library() {
    duckdb_config config = nullptr;
    duckdb_create_config(&config);
    duckdb_set_config(config, "threads", std::to_string(kThreads).c_str());
    if (duckdb_open_ext(nullptr, &database_, config, nullptr) != DuckDBSuccess) fail("no database");
    duckdb_destroy_config(&config);
    duckdb_connect(database_, &connection_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }

  void execute(const std::string& sql) {
    if (duckdb_query(connection_, sql.c_str(), nullptr) != DuckDBSuccess) fail(sql);
  }

  /// The sum of all values of the result's columns of doubles, chunk after chunk.
  double sum(const std::string& sql) {
    duckdb_prepared_statement statement = nullptr;
    duckdb_pending_result pending = nullptr;
    duckdb_result result;
    if (duckdb_prepare(connection_, sql.c_str(), &statement) != DuckDBSuccess ||
        duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess ||
        duckdb_execute_pending(pending, &result) != DuckDBSuccess) {
      fail(sql);
    }
    double sum = 0;
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) {
      const idx_t rows = duckdb_data_chunk_get_size(chunk);
      for (idx_t c = 0; c < duckdb_data_chunk_get_column_count(chunk); ++c) {
        const auto* values = static_cast<const double*>(
            duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, c)));
        for (idx_t i = 0; i < rows; ++i) sum += values[i];
      }
      duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
    return sum;
  }

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

/// Adds up every feature and the label.
class SumState final : public PassState {
 public:
  void add(const Block& block) override {
    for (const auto& feature : block.features) {
      for (size_t i = 0; i < block.num_rows; ++i) sum += feature.number[i];
    }
    for (size_t i = 0; i < block.num_rows; ++i) sum += block.label[i];
  }
  Result<void> merge(PassState&& other) override {
    sum += same_state<SumState>(other).sum;
    return {};
  }
  void write(Bytes&) const override {}

  double sum = 0;
};

constexpr PassInfo kSumPass = {
    "sum", false,
    [](std::string_view) -> Result<std::unique_ptr<PassState>> {
      return std::make_unique<SumState>();
    },
    [](std::string_view, std::string_view) -> Result<std::unique_ptr<PassState>> {
      return std::make_unique<SumState>();
    }};

/// Columns x0 … x7 and y of a Parquet file that is made once per run.
const std::string& data_file() {
  static const std::string kPath = [] {
    const std::string name = "pass_feed." + std::to_string(getpid()) + ".parquet";
    std::string file = std::filesystem::temp_directory_path() / name;
    std::string columns;
    for (size_t f = 0; f < kFeatures; ++f) {
      columns += cat("hash(i + ", f, ") / 1.8e19 AS x", f, ", ");
    }
    Library().execute("COPY (SELECT " + columns + "hash(i) / 1.8e19 AS y FROM range(" +
                      std::to_string(kRows) + ") t(i)) TO '" + file + "' (FORMAT PARQUET)");
    return file;
  }();
  return kPath;
}

void bare_fetch(benchmark::State& state) {
  const std::string sql = "SELECT * FROM '" + data_file() + "'";
  Library library;
  for (auto _ : state) benchmark::DoNotOptimize(library.sum(sql));
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(bare_fetch)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(5);

void pass_feed(benchmark::State& state) {
  RowSchema schema{.label = "y", .label_type = Type::kNumber, .task = Task::kRegression};
  for (size_t f = 0; f < kFeatures; ++f) {
    schema.features.push_back({.name = "x" + std::to_string(f), .type = Type::kNumber});
  }
  auto engine = open_engine({.threads = kThreads});
  if (!engine) fail(engine.error().text());
  ThreadPool pool(kThreads);
  const Cancel cancel;
  RunContext context{
      .passes = std::span(&kSumPass, 1), .transforms = {}, .pool = pool, .cancel = cancel};
  for (auto _ : state) {
    // A new source each time: the next run of the same one finds the rows in memory.
    auto source = (*engine)->rows("SELECT * FROM '" + data_file() + "'", schema);
    if (!source) fail(source.error().text());
    auto sum = run_one<SumState>(**source, {.pass = "sum", .parameters = {}}, context);
    if (!sum) fail(sum.error().text());
    benchmark::DoNotOptimize((*sum)->sum);
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}
BENCHMARK(pass_feed)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(5);

}  // namespace
}  // namespace skymill

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  std::filesystem::remove(skymill::data_file());
  return 0;
}
