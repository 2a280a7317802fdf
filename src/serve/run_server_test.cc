#include "serve/run_server.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "model/model_file.h"
#include "serve/test_fixture.h"

namespace skymill::testing_serve {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RunServer : public testing::Test {
 protected:
  void SetUp() override {
    const auto model = classifier();
    const Table table{.schema = std::make_shared<Schema>(model->input_schema()),
                      .columns = {integer_column({16}), number_column({1.7}), text_column({"9"})},
                      .num_rows = 1};
    auto golden = make_golden_rows(model, table);
    ASSERT_TRUE(golden) << golden.error().text();
    auto bytes = write_model(model, *golden);
    ASSERT_TRUE(bytes) << bytes.error().text();
    write(*bytes);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& bytes) const {
    std::filesystem::create_directories(folder_);
    std::ofstream(path_, std::ios::binary) << bytes;
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("run_server_test." + std::to_string(getpid()));
  std::string path_ = folder_ / "gender.skymill";
};

TEST_F(RunServer, ServesAModelFileUntilToldToStop) {
  const Server* running = nullptr;
  bool answered = false;
  const RunHooks hooks{.started = [&](const Server& server) { running = &server; },
                       .wait =
                           [&] {
                             Client client(*running);
                             const auto answer = client.post(kRow);
                             ASSERT_TRUE(answer);
                             EXPECT_THAT(answer->body, HasSubstr(R"("model":"gender/)"));
                             answered = answer->status == 200;
                           }};
  const auto done = run_server(path_, quick_options(), hooks);
  EXPECT_TRUE(done) << done.error().text();
  EXPECT_TRUE(answered);
}

TEST_F(RunServer, NamesTheVersionByTheFilesHash) {
  const auto served = load_served_model(path_);
  ASSERT_TRUE(served);
  EXPECT_EQ(served->name, "gender");
  EXPECT_THAT(served->version, testing::MatchesRegex("[0-9a-f]{12}"));
}

TEST_F(RunServer, RefusesADamagedOrMissingFile) {
  write("not a model");
  const auto damaged = run_server(path_, quick_options(), {});
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Code::kCorruptData);
  EXPECT_THAT(damaged.error().place.source, StartsWith(folder_.string()));
  std::filesystem::remove(path_);
  EXPECT_EQ(run_server(path_, quick_options(), {}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace skymill::testing_serve
