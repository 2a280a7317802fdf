// Runs of the embedded engine: types, order, lateness, cancelling, progress, memory.
#include <chrono>
#include <thread>

#include "engine/engine_testing.h"

namespace skymill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string numbers_csv(int rows) {
  std::string text = "i,x,g\n";
  for (int i = 0; i < rows; ++i) {
    text += std::to_string(i) + "," + std::to_string(i) + ".5,g" + std::to_string(i % 7) + "\n";
  }
  return text;
}

TEST(Query, MapsEveryTypeToOneOfOurs) {
  const auto engine = open_test_engine();
  const auto shown = [&](const std::string& expression) {
    const auto schema = engine->describe("SELECT " + expression + " AS v");
    if (!schema) return "error: " + schema.error().text();
    return std::string(type_name(schema->fields[0].type)) + " " +
           rows_or_error(*engine, "SELECT " + expression + " AS v").front();
  };
  EXPECT_EQ(shown("true"), "boolean true");
  EXPECT_EQ(shown("1::TINYINT"), "integer 1");
  EXPECT_EQ(shown("65535::USMALLINT"), "integer 65535");
  EXPECT_EQ(shown("4294967295::UINTEGER"), "integer 4294967295");
  EXPECT_EQ(shown("-5::BIGINT"), "integer -5");
  EXPECT_EQ(shown("9223372036854775807::HUGEINT"), "integer 9223372036854775807");
  EXPECT_EQ(shown("0.1::FLOAT"), "float 0.1");
  EXPECT_EQ(shown("0.1::DOUBLE"), "number 0.1");
  EXPECT_EQ(shown("1.25"), "number 1.25");
  EXPECT_EQ(shown("12345678.25::DECIMAL(38,10)"), "number 12345678.25");
  EXPECT_EQ(shown("'ä'"), "text ä");
  EXPECT_EQ(shown("DATE '2024-02-29'"), "date 2024-02-29");
  EXPECT_EQ(shown("TIMESTAMP '2024-02-29 01:02:03.5'"), "timestamp 2024-02-29T01:02:03.5");
  EXPECT_EQ(shown("TIMESTAMP_NS '2024-02-29 01:02:03'"), "timestamp 2024-02-29T01:02:03");
  EXPECT_EQ(shown("TIMESTAMPTZ '2024-02-29 01:02:03+01'"), "timestamp 2024-02-29T00:02:03");
  EXPECT_EQ(shown("TIME '01:02:03'"), "text 01:02:03");
  EXPECT_EQ(shown("[1, 2]"), "text [1, 2]");
  EXPECT_EQ(shown("{'a': 1}"), "text {'a': 1}");
  EXPECT_EQ(shown("INTERVAL 2 DAY"), "text 2 days");
  EXPECT_EQ(shown("'a'::BLOB"), "text a");
  EXPECT_THAT(shown("NULL"), HasSubstr("NULL"));
}

TEST(Query, SaysHowToReadAnIntegerThatDoesNotFit) {
  const auto engine = open_test_engine();
  for (const char* sql : {"SELECT 18446744073709551615::UBIGINT AS v",
                          "SELECT 170141183460469231731687303715884105727::HUGEINT AS v"}) {
    const Error error = error_of(query_rows(*engine, sql));
    EXPECT_EQ(error.code, Code::kSchemaMismatch) << error.text();
    EXPECT_THAT(error.hint, HasSubstr("CAST(... AS DOUBLE)"));
  }
}

TEST(Query, RefusesInfiniteDates) {
  const auto engine = open_test_engine();
  EXPECT_EQ(error_of(query_rows(*engine, "SELECT 'infinity'::DATE AS d")).place.field, "d");
  EXPECT_EQ(error_of(query_rows(*engine, "SELECT '-infinity'::TIMESTAMP AS d")).place.field, "d");
}

TEST(Query, KeepsEqualNamesApart) {
  const auto engine = open_test_engine();
  EXPECT_THAT(rows_or_error(*engine, "SELECT 1 AS a, [2] AS a, 'x' AS \"odd \"\"name\""),
              ElementsAre("1|[2]|x"));
}

TEST(Query, DeliversMissingValuesOfEveryType) {
  const auto engine = open_test_engine();
  const auto rows = rows_or_error(
      *engine,
      "SELECT CASE WHEN i % 2 = 0 THEN i END, CASE WHEN i % 2 = 0 THEN i > 2 END, "
      "CASE WHEN i % 2 = 0 THEN 'text number ' || i END, CASE WHEN i % 2 = 0 THEN i + 0.5 "
      "END FROM range(5000) r(i)");
  ASSERT_EQ(rows.size(), 5000U);
  EXPECT_EQ(rows[4], "4|true|text number 4|4.5");
  EXPECT_EQ(rows[4999], "NULL|NULL|NULL|NULL");
}

TEST(Query, StreamsFilesInTheirOrderWithAnyNumberOfThreads) {
  const TestFolder folder;
  folder.write("set/a.csv", numbers_csv(300'000));
  folder.write("set/b.csv", numbers_csv(1000));
  std::vector<TextRows> results;
  for (const unsigned threads : {1U, 2U, 8U}) {
    const auto engine = open_test_engine({.threads = threads});
    ASSERT_TRUE(engine->attach("t", {.uri = folder.path("set")}));
    results.push_back(rows_or_error(*engine, "SELECT i, x, g FROM t WHERE i % 3 = 0"));
  }
  ASSERT_EQ(results[0].size(), 100'334U);
  EXPECT_EQ(results[0][1], "3|3.5|g3");
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

TEST(Query, RunsSeveralStreamsAtOnce) {
  const auto engine = open_test_engine();
  std::vector<std::unique_ptr<TableStream>> streams;
  for (int i = 0; i < 15; ++i) {
    auto stream = engine->query("SELECT i, 'x' || i FROM range(100000) r(i)");
    ASSERT_TRUE(stream) << stream.error().text();
    streams.push_back(std::move(*stream));
  }
  for (auto& stream : streams) ASSERT_TRUE(stream->next());
  for (auto& stream : streams) EXPECT_EQ(drain_rows(*stream)->size(), 100'000U - 2048U);
}

TEST(Query, KeepsStreamsAliveWithoutTheEngine) {
  auto engine = open_test_engine();
  auto stream = std::move(*engine->query("SELECT i FROM range(100000) r(i)"));
  engine.reset();
  EXPECT_EQ(drain_rows(*stream)->size(), 100'000U);
}

TEST(Query, CanBeDroppedHalfWay) {
  const auto engine = open_test_engine();
  for (int i = 0; i < 10; ++i) {
    auto stream = engine->query("SELECT i, sqrt(i) FROM range(10000000) r(i)");
    ASSERT_TRUE(stream);
    ASSERT_TRUE((*stream)->next());
  }
  EXPECT_THAT(rows_or_error(*engine, "SELECT 42"), ElementsAre("42"));
}

TEST(Query, GivesALateErrorItsRealText) {
  for (const unsigned threads : {1U, 4U}) {
    const auto engine = open_test_engine({.threads = threads});
    for (int i = 0; i < 3; ++i) {
      const Error error = error_of(query_rows(
          *engine,
          "SELECT CASE WHEN i = 3000001 THEN 'late' ELSE '1' END::INT FROM range(4000000) "
          "r(i)"));
      EXPECT_EQ(error.code, Code::kSchemaMismatch) << error.text();
      EXPECT_THAT(error.message, HasSubstr("'late'"));
      EXPECT_EQ(error.place.source, "SQL");
      EXPECT_THAT(error.hint, HasSubstr("TRY_CAST"));
    }
  }
}

TEST(Query, StopsWhenCancelled) {
  Cancel cancel;
  const auto engine = open_test_engine({.cancel = &cancel});
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    cancel.request();
  });
  const auto start = std::chrono::steady_clock::now();
  const Error error = error_of(query_rows(
      *engine, "SELECT count(*) FROM range(10000000) a(i), range(10000000) b(j) WHERE i + j < 0"));
  const auto taken = std::chrono::steady_clock::now() - start;
  other.join();
  EXPECT_EQ(error.code, Code::kCancelled);
  EXPECT_LT(taken, std::chrono::seconds(5));
}

TEST(Query, StopsAtADeadlineBetweenChunks) {
  Cancel cancel;
  const auto engine = open_test_engine({.cancel = &cancel});
  cancel.set_deadline(std::chrono::steady_clock::now() + std::chrono::milliseconds(300));
  const Error error =
      error_of(query_rows(*engine, "SELECT i, 'x' || i FROM range(10000000000) r(i)"));
  EXPECT_EQ(error.code, Code::kTimeout);
}

TEST(Query, StopsLookingAtFilesWhenCancelled) {
  const TestFolder folder;
  Cancel cancel;
  cancel.request();
  const auto engine = open_test_engine({.cancel = &cancel});
  const auto error =
      error_of(engine->attach("t", {.uri = folder.write("a.csv", numbers_csv(100'000))}));
  EXPECT_EQ(error.code, Code::kCancelled);
}

TEST(Query, ReportsRisingProgress) {
  const TestFolder folder;
  const std::string path = folder.write("a.csv", numbers_csv(500'000));
  std::vector<double> shares;
  const auto engine =
      open_test_engine({.threads = 1, .progress = [&](double share) { shares.push_back(share); }});
  ASSERT_TRUE(engine->attach("t", {.uri = path}));
  shares.clear();
  std::string sum = "0";
  for (int i = 1; i < 60; ++i) sum += " + sin(x * " + std::to_string(i) + ")";
  const auto rows = query_rows(*engine, "SELECT max(" + sum + ") FROM t");
  ASSERT_TRUE(rows) << rows.error().text();
  ASSERT_GE(shares.size(), 3U);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_EQ(shares.back(), 1.0);
}

TEST(Query, SpillsToItsOwnFolderAndRemovesIt) {
  const TestFolder folder;
  std::filesystem::create_directories(folder.path("spill"));
  const auto entries = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.path("spill")), {});
  };
  {
    auto engine =
        open_test_engine({.memory_bytes = 80 << 20, .spill_directory = folder.path("spill")});
    auto rows =
        query_rows(*engine,
                   "SELECT count(*), max(x) FROM (SELECT * FROM (SELECT hash(i)::VARCHAR || "
                   "hash(i+1)::VARCHAR x FROM range(1500000) r(i)) ORDER BY x LIMIT 1200000)");
    ASSERT_TRUE(rows) << rows.error().text();
    EXPECT_THAT(rows->front(), HasSubstr("1200000|"));
    EXPECT_GE(entries(), 1);
    const auto status =
        std::filesystem::status(std::filesystem::directory_iterator(folder.path("spill"))->path());
    EXPECT_EQ(status.permissions(), std::filesystem::perms::owner_all);
  }
  EXPECT_EQ(entries(), 0);
}

TEST(Query, SaysWhenMemoryIsNotEnough) {
  const auto engine = open_test_engine({.memory_bytes = 100 << 20});
  const Error error = error_of(query_rows(
      *engine, "SELECT length(list(hash(i)::VARCHAR)::VARCHAR) FROM range(8000000) r(i)"));
  EXPECT_EQ(error.code, Code::kResourceExhausted) << error.text();
  EXPECT_THAT(error.hint, HasSubstr("--memory"));
  EXPECT_THAT(rows_or_error(*engine, "SELECT 42"), ElementsAre("42"));
}

TEST(Query, RefusesAFileThatChanged) {
  const TestFolder folder;
  const std::string path = folder.write("a.csv", "a\n1\n2\n");
  const auto engine = open_test_engine();
  ASSERT_TRUE(engine->attach("t", {.uri = path}));
  EXPECT_THAT(rows_or_error(*engine, "SELECT * FROM t"), ElementsAre("1", "2"));
  folder.write("a.csv", "a\n1\n2\n3\n");
  const Error error = error_of(query_rows(*engine, "SELECT * FROM t"));
  EXPECT_THAT(error.message, HasSubstr("has changed"));
  EXPECT_EQ(error.place.source, path);
}

TEST(Query, ReadsSeveralFilesUnderNamesAndPaths) {
  const TestFolder folder;
  const std::string people = folder.write("people.csv", "id,name\n1,Ann\n2,Bob\n");
  const std::string ages =
      folder.write("ages.jsonl", "{\"id\":1,\"age\":30}\n{\"id\":2,\"age\":40}\n");
  const auto engine = open_test_engine();
  ASSERT_TRUE(engine->attach("people", {.uri = people}));
  EXPECT_THAT(rows_or_error(*engine, "SELECT name, age FROM people JOIN '" + ages +
                                         "' USING (id) ORDER BY name"),
              ElementsAre("Ann|30", "Bob|40"));
  EXPECT_EQ(error_of(engine->attach("people", {.uri = people})).code, Code::kInvalidArgument);
  EXPECT_THAT(error_of(engine->attach("People", {.uri = people})).message,
              HasSubstr("differ only in case"));
}

TEST(Query, DescribesWithoutRunning) {
  const auto engine = open_test_engine();
  const auto schema =
      engine->describe("SELECT i AS n, 'x' || i AS t, error('never') FROM range(3) r(i)");
  ASSERT_TRUE(schema) << schema.error().text();
  EXPECT_EQ(schema->fields[0].name, "n");
  EXPECT_EQ(schema->fields[1].type, Type::kText);
}

TEST(EngineList, NamesTheEngines) {
  ASSERT_EQ(engines().size(), 1U);
  EXPECT_EQ(engines()[0].name, "local");
}

}  // namespace
}  // namespace skymill
