// The lock behind the gate: what a locked database denies even to SQL that got past it.
#include "engine/embedded/database.h"

#include "engine/engine_testing.h"

namespace skymill {
namespace {

class LockedDatabase : public testing::Test {
 protected:
  void SetUp() override {
    named_ = folder_.write("named.csv", "a\n1\n");
    other_ = folder_.write("other.csv", "a\n2\n");
    std::filesystem::create_symlink(other_, folder_.path("link.csv"));
    const LockedContent content{.files = {named_},
                                .statements = {"CREATE VIEW t AS FROM read_csv('" + named_ + "')"}};
    auto database = Database::open_locked(
        {.memory_bytes = 200 << 20, .threads = 2, .spill_parent = folder_.path("")}, content);
    ASSERT_TRUE(database) << database.error().text();
    database_ = *database;
  }
  Result<DuckRows> run(const std::string& sql) {
    const auto connection = SKYMILL_TRY(database_->connect());
    return duck_rows(connection.get(), sql);
  }

  TestFolder folder_;
  std::string named_;
  std::string other_;
  std::shared_ptr<Database> database_;
};

TEST_F(LockedDatabase, ReadsTheNamedFile) {
  const auto rows = run("FROM t");
  ASSERT_TRUE(rows) << rows.error().text();
  EXPECT_EQ(rows->at(0).at(0), "1");
}

TEST_F(LockedDatabase, DeniesOtherFilesAndLinks) {
  const auto connection = database_->connect();
  ASSERT_TRUE(connection);
  for (const std::string& sql :
       {"FROM read_csv('" + other_ + "')", "FROM read_csv('" + folder_.path("link.csv") + "')",
        "FROM '" + other_ + "'", std::string("FROM read_text('/etc/passwd')"),
        "FROM read_text('" + named_ + "/../other.csv')", std::string("FROM glob('/etc/*')"),
        "COPY (SELECT 1) TO '" + named_ + "'", "COPY (SELECT 1) TO '" + other_ + "'",
        std::string("COPY (SELECT 1) TO '/tmp/skymill-out.csv'"), "ATTACH '" + other_ + "'",
        std::string("INSTALL httpfs"), std::string("LOAD httpfs")}) {
    EXPECT_FALSE(duck_rows(connection->get(), sql)) << sql;
  }
}

TEST_F(LockedDatabase, DeniesChangesOfItsSettings) {
  const auto connection = database_->connect();
  ASSERT_TRUE(connection);
  for (const char* sql :
       {"SET threads=64", "SET memory_limit='100GB'", "SET enable_external_access=true",
        "SET allowed_paths=['/etc/passwd']", "SET allowed_directories=['/']",
        "SET temp_directory='/etc'", "RESET ALL"}) {
    EXPECT_FALSE(duck_rows(connection->get(), sql)) << sql;
  }
}

TEST_F(LockedDatabase, RunsOutOfConnectionsAndSaysSo) {
  std::vector<DuckConnection> connections;
  while (!database_->exhausted()) connections.push_back(*database_->connect());
  EXPECT_GE(connections.size(), 4U);
  EXPECT_FALSE(database_->connect());
}

}  // namespace
}  // namespace skymill
