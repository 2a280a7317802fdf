// A registry on every store that can be written: racing writers leave no gap, lose nothing and
// double nothing. SKYMILL_COMMITS=200 lets each writer commit so often (`make soak`).
#include "registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/text.h"
#include "model/model_testing.h"
#include "registry/garbage.h"
#include "registry/verify_registry.h"
#include "store/store_places_testing.h"

namespace skymill {
namespace {

constexpr int kWriters = 32;

int commits_of_a_writer() {
  const char* text = std::getenv("SKYMILL_COMMITS");
  return text == nullptr ? 8 : std::atoi(text);
}

class RegistryConformance : public testing::TestWithParam<Instance> {
 protected:
  void SetUp() override {
    root_ = empty_place(GetParam(), {SKYMILL_SOURCE_DIR, SKYMILL_BINARY_DIR}, folder_);
    root_.key += "a registry/";
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  std::string folder_;
  ObjectLocation root_;
};

INSTANTIATE_TEST_SUITE_P(Stores, RegistryConformance, testing::ValuesIn(writable_stores()),
                         [](const auto& param) { return param.param.name; });

TEST_P(RegistryConformance, KeepsModelsVersionsAndAliases) {
  const Registry registry(root_, "ann");
  const std::string bytes = testing_file(testing_linear_model());
  ASSERT_TRUE(registry.publish({.name = "m", .model = bytes, .alias = "champion"}));
  ASSERT_TRUE(registry.publish({.name = "m", .model = testing_file(testing_tree_model())}));
  ASSERT_TRUE(registry.publish({.name = "other", .model = bytes}));
  ASSERT_TRUE(registry.commit("m", move_alias("champion", "latest")));
  EXPECT_EQ(*registry.names(), (std::vector<std::string>{"m", "other"}));
  ModelHistory history = *registry.read("m");
  EXPECT_EQ(history.target("champion"), 2U);
  EXPECT_EQ(*registry.read_blob(history.versions().front().model), bytes);
  EXPECT_TRUE(registry.load(history.versions().back()));
  EXPECT_FALSE(*registry.refresh(history));
  EXPECT_EQ(registry.read("none").error().code, Code::kNotFound);
  const auto garbage = collect_garbage(registry, false);
  ASSERT_TRUE(garbage) << garbage.error().text();
  EXPECT_TRUE(garbage->blobs.empty());
  const auto report = verify_registry(registry, "");
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_TRUE(report->problems.empty());
  EXPECT_EQ(report->blobs, 2U);
}

/// What a race has made, as its writers were told.
struct Told {
  std::mutex mutex;
  std::set<std::string> versions;  // "writer-commit"
  uint64_t moves = 0;
};

/// Publications with an alias and moves of another alias, in turn.
void write_along(const Registry& registry, const std::string& bytes, int writer, Told& told) {
  for (int c = 0; c < commits_of_a_writer(); ++c) {
    const std::string mark = cat(writer, "-", c);
    if (c % 2 == 0) {
      Json about = Json::object();
      about.set("mark", mark);
      const auto done =
          registry.publish({.name = "m", .model = bytes, .about = about, .alias = "champion"});
      ASSERT_TRUE(done) << done.error().text();
      const std::lock_guard lock(told.mutex);
      told.versions.insert(mark);
    } else {
      const auto done = registry.commit("m", move_alias("challenger", "latest"));
      const bool there = !done && done.error().code == Code::kAlreadyExists;
      ASSERT_TRUE(done || there) << done.error().text();
      const std::lock_guard lock(told.mutex);
      told.moves += there ? 0 : 1;
    }
  }
}

TEST_P(RegistryConformance, RacingWritersLoseNothingAndDoubleNothing) {
  const std::string bytes = testing_file(testing_linear_model());
  Told told;
  std::barrier start(kWriters);
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      const Registry registry(root_, cat("writer ", w));
      start.arrive_and_wait();
      write_along(registry, bytes, w, told);
    });
  }
  for (std::thread& writer : writers) writer.join();

  const Registry registry(root_, "ann");
  const auto history = registry.replay("m");  // proves the chain of entries and of each alias
  ASSERT_TRUE(history) << history.error().text();
  EXPECT_EQ(history->entries(), told.versions.size() + told.moves);
  std::multiset<std::string> marks;
  for (const ModelVersion& version : history->versions()) {
    marks.insert(*version.about.string_at("mark"));
  }
  EXPECT_EQ(marks, std::multiset<std::string>(told.versions.begin(), told.versions.end()));
  EXPECT_EQ(history->target("champion"), history->versions().size());
  std::set<std::string> operations;
  const auto entries = registry.entries("m", 1, history->entries());
  for (const LogEntry& entry : *entries) operations.insert(entry.operation);
  EXPECT_EQ(operations.size(), history->entries());
  const auto report = verify_registry(registry, "");
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_TRUE(report->problems.empty());
}

}  // namespace
}  // namespace skymill
