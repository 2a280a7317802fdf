// What SQL may say: the gate in front of the embedded engine.
#include "engine/engine_testing.h"

namespace skymill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SqlGate : public testing::Test {
 protected:
  void SetUp() override {
    mem_ = folder_.write("mem.csv", "x,y\n7,a\n8,b\n");
    secret_ = folder_.write("secret.csv", "x,y\n1,2\n");
    engine_ = open_test_engine();
    ASSERT_TRUE(engine_->attach("mem", {.uri = mem_}));
    ASSERT_TRUE(engine_->attach("s3-like/x.csv", {.uri = mem_}));
  }
  TextRows rows(const std::string& sql) { return rows_or_error(*engine_, sql); }
  Error refused(const std::string& sql) { return error_of(query_rows(*engine_, sql)); }
  Code code(const std::string& sql) { return refused(sql).code; }

  TestFolder folder_;
  std::string mem_;
  std::string secret_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(SqlGate, LetsSelectsOverAttachedTablesThrough) {
  EXPECT_THAT(rows("SELECT count(*) FROM mem"), ElementsAre("2"));
  EXPECT_THAT(rows("WITH w AS (SELECT * FROM mem) "
                   "SELECT count(*) FROM w JOIN 's3-like/x.csv' USING (x)"),
              ElementsAre("2"));
  EXPECT_THAT(rows("FROM range(3)"), ElementsAre("0", "1", "2"));
  EXPECT_THAT(rows("WITH RECURSIVE r AS (SELECT 1 i UNION ALL SELECT i+1 FROM r WHERE i<3) FROM r"),
              ElementsAre("1", "2", "3"));
  EXPECT_THAT(rows("SELECT unnest([1,2])"), ElementsAre("1", "2"));
  EXPECT_THAT(rows("SELECT u.y FROM mem, unnest([x]) u(y) ORDER BY 1"), ElementsAre("7", "8"));
  EXPECT_THAT(rows("VALUES (1, 'a'); -- one statement"), ElementsAre("1|a"));
  EXPECT_THAT(rows("SELECT x FROM mem TABLESAMPLE 100% ORDER BY x"), ElementsAre("7", "8"));
}

TEST_F(SqlGate, RefusesEverythingButOneSelect) {
  for (const char* sql :
       {"DROP TABLE mem", "COPY mem TO '/tmp/x'", "INSERT INTO mem VALUES (1, 2)",
        "CREATE TABLE t AS SELECT 1", "ATTACH ':memory:' AS m", "SET threads=1", "PRAGMA version",
        "INSTALL httpfs", "LOAD httpfs", "CALL enable_logging()", "EXPLAIN SELECT 1",
        "EXPORT DATABASE '/tmp/x'", "CHECKPOINT", "USE mem"}) {
    EXPECT_EQ(code(sql), Code::kPermissionDenied) << sql;
  }
  EXPECT_EQ(code("SELECT 1; SELECT 2"), Code::kInvalidArgument);
  EXPECT_EQ(code(""), Code::kInvalidArgument);
  EXPECT_EQ(code(" -- nothing"), Code::kInvalidArgument);
}

TEST_F(SqlGate, RefusesTableFunctionsAtAnyDepth) {
  for (const std::string& sql : {
           std::string(
               "SELECT * FROM enable_logging('QueryLog', storage='file', storage_path='/x')"),
           std::string("SELECT 1 WHERE EXISTS (FROM enable_profiling(save_location='/x.txt'))"),
           std::string("SELECT * FROM query('SELECT 1')"),
           std::string("SELECT * FROM query_table('mem')"),
           std::string("SELECT (SELECT max(content) FROM read_text('/etc/passwd'))"),
           std::string("SELECT * FROM read_csv('") + secret_ + "')",
           std::string("SELECT * FROM glob('/etc/*')"),
           std::string("SELECT * FROM duckdb_settings()"),
           std::string("SELECT * FROM duckdb_secrets()"),
           std::string("SELECT * FROM pragma_version()"),
           std::string("WITH w AS (FROM sniff_csv('/etc/passwd')) FROM w"),
           std::string("SELECT * FROM mem WHERE x IN (FROM read_csv('/etc/passwd'))"),
           std::string("SELECT * FROM mem a, LATERAL (FROM parquet_metadata('/x')) b"),
           std::string("SELECT * FROM Read_Text('/etc/passwd')"),
       }) {
    const Error error = refused(sql);
    EXPECT_EQ(error.code, Code::kPermissionDenied) << sql << ": " << error.text();
    EXPECT_THAT(error.message, HasSubstr("table function")) << sql;
  }
  EXPECT_THAT(rows("SELECT count(*) FROM mem"), ElementsAre("2"));  // nothing was poisoned
}

TEST_F(SqlGate, RefusesDescribeShowAndSummarize) {
  for (const char* sql :
       {"DESCRIBE mem", "SHOW TABLES", "SUMMARIZE mem", "SELECT * FROM (DESCRIBE mem)",
        "SELECT * FROM (SUMMARIZE mem)", "SHOW ALL TABLES"}) {
    EXPECT_EQ(code(sql), Code::kPermissionDenied) << sql;
  }
}

TEST_F(SqlGate, RefusesTablesThatWereNotNamed) {
  EXPECT_EQ(code("SELECT * FROM other"), Code::kNotFound);
  EXPECT_EQ(code("SELECT * FROM mem a JOIN (SELECT * FROM other) b ON true"), Code::kNotFound);
  EXPECT_EQ(code("SELECT * FROM sqlite_master"), Code::kNotFound);
  EXPECT_EQ(code("SELECT * FROM reject_errors"), Code::kNotFound);
  EXPECT_EQ(code("SELECT * FROM duckdb_tables"), Code::kNotFound);
  EXPECT_EQ(code("SELECT * FROM information_schema.tables"), Code::kPermissionDenied);
  EXPECT_EQ(code("SELECT * FROM s.mem"), Code::kPermissionDenied);
  EXPECT_EQ(code("SELECT * FROM (WITH sqlite_master AS (SELECT 1) FROM sqlite_master), "
                 "sqlite_master"),
            Code::kPermissionDenied);
  EXPECT_EQ(code("SELECT * FROM (WITH \"/etc/x.csv\" AS (SELECT 1) SELECT 1), '/etc/x.csv'"),
            Code::kPermissionDenied);
  EXPECT_THAT(refused("SELECT * FROM MEM").text(), HasSubstr("did you mean 'mem'?"));
  EXPECT_THAT(refused("SELECT * FROM data.csv").text(), HasSubstr("FROM 'data.csv'"));
}

TEST_F(SqlGate, RefusesFilesOfNoKnownFormat) {
  EXPECT_EQ(code("SELECT * FROM '/etc/passwd'"), Code::kInvalidArgument);
  EXPECT_EQ(code("SELECT * FROM 'ftp://bucket/x.csv'"), Code::kUnsupported);
}

TEST_F(SqlGate, RefusesFunctionsWithEffectsOutsideTheQuery) {
  EXPECT_EQ(code("SELECT write_log('x')"), Code::kPermissionDenied);
}

TEST_F(SqlGate, NamesThePlaceOfASyntaxError) {
  const Error error = refused("SELECT x\nFROM mem\nWHER x > 1 AND");
  EXPECT_EQ(error.code, Code::kInvalidArgument);
  EXPECT_EQ(error.place.line, 3U) << error.text();
  const Error first = refused("SELEC 1");
  EXPECT_EQ(first.place.line, 1U);
  EXPECT_EQ(first.place.column, 1U);
  EXPECT_THAT(first.message, HasSubstr("syntax error"));
}

TEST_F(SqlGate, NamesTheNearestColumnAndFunction) {
  const Error column = refused("SELECT avg(xx) FROM mem");
  EXPECT_EQ(column.code, Code::kNotFound);
  EXPECT_EQ(column.place.field, "xx");
  EXPECT_EQ(column.place.column, 12U);
  EXPECT_THAT(column.hint, HasSubstr("x"));
  const Error function = refused("SELECT averag(x) FROM mem");
  EXPECT_EQ(function.code, Code::kNotFound);
  EXPECT_THAT(function.text(), HasSubstr("averag"));
  const Error grouping = refused("SELECT x, count(*) FROM mem");
  EXPECT_EQ(grouping.code, Code::kInvalidArgument);
  EXPECT_THAT(grouping.message, HasSubstr("GROUP BY"));
}

TEST_F(SqlGate, RefusesExpressionsThatNestTooDeeply) {
  const auto nested = [](size_t levels) {
    return "SELECT " + std::string(levels, '(') + "1" + std::string(levels, ')');
  };
  EXPECT_THAT(rows(nested(100)), ElementsAre("1"));
  EXPECT_THAT(refused(nested(50'000)).message, HasSubstr("nested too deeply"));
  std::string sum = "SELECT 1";
  for (int i = 0; i < 5000; ++i) sum += "+1";
  EXPECT_THAT(refused(sum).message, HasSubstr("nested too deeply"));
  std::string deep = "SELECT 1";
  for (int i = 0; i < 200; ++i) deep += "+1";
  EXPECT_THAT(rows(deep), ElementsAre("201"));
}

TEST_F(SqlGate, RefusesATextWithNul) {
  EXPECT_EQ(code(std::string("SELECT 1\0; DROP TABLE mem", 25)), Code::kInvalidArgument);
}

TEST_F(SqlGate, WrapsStatementsThatEndInCommentsAndQuotes) {
  // A cast is needed, so the statement becomes a subquery.
  for (const char* sql :
       {"SELECT [1] AS l;", "SELECT [1] AS l -- the end", "SELECT [1] AS l; -- the end; really",
        "SELECT [1] AS l /* ; */ ;;", "SELECT [1] AS \"l;\" /* -- */",
        "SELECT [1] AS l WHERE ';' = ';'", "SELECT [1] AS l WHERE $$;$$ = ';'",
        "SELECT [1] AS l WHERE 'it''s;' = $a$it's;$a$ ; "}) {
    EXPECT_THAT(rows(sql), ElementsAre("[1]")) << sql;
  }
}

TEST_F(SqlGate, AttachesQuotedFileNames) {
  EXPECT_THAT(rows("SELECT y FROM '" + secret_ + "'"), ElementsAre("2"));
  const std::string odd = folder_.write("it's \"odd\" [1].csv", "v\n5\n");
  std::string quoted;
  for (const char c : odd) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  EXPECT_THAT(rows("SELECT v FROM '" + quoted + "'"), ElementsAre("5"));
  EXPECT_EQ(code("SELECT * FROM '" + folder_.path("none.csv") + "'"), Code::kNotFound);
}

TEST_F(SqlGate, SaysWhatIsOrdered) {
  const auto ordered = [&](const std::string& sql) {
    const auto result = engine_->ordered(sql);
    EXPECT_TRUE(result) << sql << ": " << result.error().text();
    return result && *result;
  };
  EXPECT_TRUE(ordered("SELECT * FROM mem"));
  EXPECT_TRUE(ordered("SELECT x + 1 AS z, upper(y) FROM mem WHERE x > 1 AND y <> 'q'"));
  EXPECT_TRUE(
      ordered("SELECT z FROM (SELECT x * 2 AS z FROM mem WHERE x BETWEEN 1 AND 9) WHERE z > 1"));
  EXPECT_TRUE(ordered("SELECT CASE WHEN x IS NULL THEN 0 ELSE CAST(x AS DOUBLE) END v FROM mem"));
  for (const char* sql :
       {"SELECT y, count(*) FROM mem GROUP BY y", "SELECT sum(x) FROM mem",
        "SELECT * FROM mem ORDER BY x", "SELECT DISTINCT y FROM mem",
        "SELECT * FROM mem a JOIN mem b USING (x)", "SELECT * FROM mem TABLESAMPLE 10%",
        "SELECT * FROM mem WHERE random() < 0.5", "SELECT x, row_number() OVER () FROM mem",
        "SELECT * FROM mem UNION ALL SELECT * FROM mem", "SELECT * FROM mem LIMIT 1",
        "SELECT * FROM mem WHERE x IN (SELECT x FROM mem)", "FROM range(3)",
        "SELECT now() FROM mem", "SELECT unnest([x]) FROM mem", "WITH w AS (FROM mem) FROM w",
        "SELECT 1"}) {
    EXPECT_FALSE(ordered(sql)) << sql;
  }
}

TEST(SqlText, QuotesNamesAndTexts) {
  EXPECT_EQ(sql_identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(sql_literal("it's"), "'it''s'");
}

}  // namespace
}  // namespace skymill
