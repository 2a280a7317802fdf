#include "serve/run_server.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "model/model_file.h"
#include "serve/test_fixture.h"
#include "store/memory_store.h"

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
  const auto done = run_server({.model = path_}, quick_options(), hooks);
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
  const auto damaged = run_server({.model = path_}, quick_options(), {});
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Code::kCorruptData);
  EXPECT_THAT(damaged.error().place.source, StartsWith(folder_.string()));
  std::filesystem::remove(path_);
  EXPECT_EQ(run_server({.model = path_}, quick_options(), {}).error().code, Code::kNotFound);
}

/// Asks until the answer holds `text`; none may be a failure.
bool answers_with(Client& client, const std::string& path, const std::string& text) {
  for (int i = 0; i < 2000; ++i) {
    const auto answer = path == "/predict" ? client.post(kRow) : client.get(path);
    if (!answer || answer->status != 200) return false;
    if (answer->body.find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

TEST_F(RunServer, FollowsAnAliasOfARegistry) {
  const ObjectLocation root{memory_store("served"), "r/"};
  const Registry registry(root, "ann");
  std::ifstream file(path_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_TRUE(registry.publish({.name = "gender", .model = bytes, .alias = "champion"}));
  const Server* running = nullptr;
  const auto while_served = [&] {
    Client client(*running);
    EXPECT_TRUE(answers_with(client, "/predict", R"("model":"gender/1")"));
    ASSERT_TRUE(registry.publish({.name = "gender", .model = bytes}));
    ASSERT_TRUE(registry.publish({.name = "gender", .model = bytes, .alias = "champion"}));
    EXPECT_TRUE(answers_with(client, "/predict", R"("model":"gender/3")"));
    EXPECT_TRUE(answers_with(client, "/metrics", R"(version="3")"));
    EXPECT_TRUE(answers_with(client, "/openapi.json", R"("version": "3")"));

    const std::string damaged = root.key + entry_key("gender", 4);
    ASSERT_TRUE(write_object(*root.store, damaged, "damaged"));
    EXPECT_TRUE(answers_with(client, "/metrics", "skymill_registry_followed 0"));
    EXPECT_TRUE(answers_with(client, "/predict", R"("model":"gender/3")"));
    ASSERT_TRUE(root.store->remove(damaged));
    EXPECT_TRUE(answers_with(client, "/metrics", "skymill_registry_followed 1"));
    ASSERT_TRUE(registry.commit("gender", roll_back_alias("champion")));
    EXPECT_TRUE(answers_with(client, "/predict", R"("model":"gender/1")"));
    EXPECT_TRUE(answers_with(client, "/metrics", "skymill_models_replaced_total 2"));
  };
  const ModelOrigin origin{.model = "gender@champion",
                           .registry = [&] { return Result<Registry>(registry); },
                           .poll = std::chrono::milliseconds(5)};
  const auto done = run_server(
      origin, quick_options(),
      {.started = [&](const Server& server) { running = &server; }, .wait = while_served});
  EXPECT_TRUE(done) << done.error().text();
}

TEST_F(RunServer, DoesNotStartWithoutAModel) {
  const Registry registry({memory_store("served-nothing"), ""}, "ann");
  const ModelOrigin origin{.model = "gender@champion",
                           .registry = [&] { return Result<Registry>(registry); }};
  EXPECT_EQ(run_server(origin, quick_options(), {}).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace skymill::testing_serve
