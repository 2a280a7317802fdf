// Parquet files as tables. DuckDB writes them here, so the test stands inside its folder.
#include "engine/embedded/database.h"
#include "engine/engine_testing.h"

namespace skymill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ParquetFiles : public testing::Test {
 protected:
  /// Writes the result of a SELECT and returns the file's path.
  std::string write(const std::string& name, const std::string& select) {
    std::string path = folder_.path(name);
    const auto database =
        Database::open({.memory_bytes = 200 << 20, .spill_parent = folder_.path("")});
    EXPECT_TRUE(database) << database.error().text();
    const auto connection = (*database)->connect();
    const auto done = duck_rows(
        connection->get(), "COPY (" + select + ") TO " + sql_literal(path) + " (FORMAT parquet)");
    EXPECT_TRUE(done) << done.error().text();
    return path;
  }

  TestFolder folder_;
};

TEST_F(ParquetFiles, KeepTheirTypes) {
  const std::string path = write(
      "a.parquet",
      "SELECT 1::UTINYINT a, 0.1::FLOAT b, 1.25::DECIMAL(9,2) c, DATE '2024-01-02' d, [1, 2] e, "
      "true f, TIMESTAMP_MS '2024-01-02 03:04:05' g, 'x' h, {'k': NULL} i");
  const auto engine = open_test_engine();
  EXPECT_EQ(attach_text(*engine, {.uri = path}),
            "a integer, b float, c number, d date, e text, f boolean, g timestamp, h text, i text");
  EXPECT_THAT(rows_or_error(*engine, "SELECT * FROM t"),
              ElementsAre("1|0.1|1.25|2024-01-02|[1, 2]|true|2024-01-02T03:04:05|x|{'k': NULL}"));
  EXPECT_THAT(rows_or_error(*engine, "SELECT a FROM '" + path + "' WHERE d > '2020-01-01'"),
              ElementsAre("1"));
}

TEST_F(ParquetFiles, AreReadInTheOrderOfTheirNames) {
  std::filesystem::create_directories(folder_.path("set/city=x"));
  write("set/b.parquet", "SELECT i FROM range(200000, 400000) r(i)");
  write("set/a.parquet", "SELECT i FROM range(200000) r(i)");
  const auto engine = open_test_engine({.threads = 4});
  EXPECT_EQ(attach_text(*engine, {.uri = folder_.path("set")}), "i integer");
  const auto rows = query_rows(*engine, "SELECT i FROM t WHERE i % 2 = 0");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 200'000U);
  for (size_t i = 0; i < rows->size(); ++i) ASSERT_EQ((*rows)[i], std::to_string(2 * i));
}

TEST_F(ParquetFiles, NeedTheSameColumns) {
  write("a.parquet", "SELECT 1 AS x, 'a' AS y");
  write("b.parquet", "SELECT 1 AS x, 2 AS y");
  const auto engine = open_test_engine();
  EXPECT_THAT(attach_text(*engine, {.uri = folder_.path("*.parquet")}),
              HasSubstr("are not those of"));
}

TEST_F(ParquetFiles, CheckAGivenSchema) {
  const std::string path = write("a.parquet", "SELECT 1 AS x, 'a' AS y");
  const auto engine = open_test_engine();
  const Schema given{{{"y", Type::kText}, {"x", Type::kNumber}}};
  EXPECT_THAT(attach_text(*engine, {.uri = path, .schema = given}),
              HasSubstr("is of type integer, not number"));
}

TEST_F(ParquetFiles, ThatAreCutShortAreErrors) {
  const std::string path = write("a.parquet", "SELECT i, hash(i) h FROM range(100000) r(i)");
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto engine = open_test_engine();
  const Error error = error_of(engine->attach("t", {.uri = path}));
  EXPECT_EQ(error.code, Code::kCorruptData) << error.text();
  EXPECT_EQ(error.place.source, path);
}

}  // namespace
}  // namespace skymill
