#include "registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

#include "base/signing/test_keys.h"
#include "base/text.h"
#include "model/model_testing.h"
#include "registry/garbage.h"
#include "registry/model_signature.h"
#include "registry/verify_registry.h"
#include "store/failing_store_testing.h"
#include "store/memory_store.h"

namespace skymill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ObjectLocation memory_root() {
  static std::atomic<int> number = 0;
  return {memory_store(cat("registry-", ++number)), "models of mine/"};
}

const std::string& model_bytes() {
  static const std::string kBytes = testing_file(testing_linear_model());
  return kBytes;
}

uint64_t publish(const Registry& registry, const std::string& name, const std::string& alias = "") {
  const auto history = registry.publish({.name = name, .model = model_bytes(), .alias = alias});
  EXPECT_TRUE(history) << (history ? "" : history.error().text());
  return history ? history->versions().size() : 0;
}

std::vector<std::string> problems(const Registry& registry) {
  std::vector<std::string> found;
  const auto report = verify_registry(registry, "");
  for (const auto& problem : report->problems) {
    found.push_back(problem.where + ": " + problem.what);
  }
  return found;
}

/// A registry of its own for each test.
class RegistryTest : public testing::Test {
 protected:
  Error refusal(const std::string& name, const MakeChanges& make) const {
    const auto history = registry_.commit(name, make);
    return history ? Error{} : history.error();
  }

  /// As another process sees it.
  Registry fresh() const { return {root_, "bob"}; }

  ObjectLocation root_ = memory_root();
  Registry registry_{root_, "ann"};
};

TEST_F(RegistryTest, PublishesAndReadsBack) {
  Json about = Json::object();
  about.set("trainer", "by hand");
  const auto published =
      registry_.publish({.name = "gender", .model = model_bytes(), .about = about});
  ASSERT_TRUE(published);
  const auto history = registry_.read("gender");
  ASSERT_TRUE(history);
  EXPECT_EQ(*history, *published);
  ASSERT_EQ(history->versions().size(), 1U);
  const ModelVersion& version = history->versions().front();
  EXPECT_EQ(version.author, "ann");
  EXPECT_EQ(version.about, about);
  EXPECT_EQ(*registry_.read_blob(version.model), model_bytes());
  EXPECT_EQ((*registry_.load(version))->rows.label, "y");
  EXPECT_THAT(*registry_.names(), ElementsAre("gender"));
  EXPECT_THAT(problems(registry_), ElementsAre());
}

TEST_F(RegistryTest, AddsAVersionAndMovesAnAliasAtOnce) {
  EXPECT_EQ(publish(registry_, "m", "champion"), 1U);
  EXPECT_EQ(publish(registry_, "m"), 2U);
  EXPECT_EQ(publish(registry_, "m", "champion"), 3U);
  const ModelHistory history = *registry_.read("m");
  EXPECT_EQ(history.entries(), 3U);
  EXPECT_THAT(history.aliases().at("champion"), ElementsAre(1, 3));
}

TEST_F(RegistryTest, FindsVersionsByNumberAliasAndLatest) {
  publish(registry_, "m", "champion");
  publish(registry_, "m");
  const ModelHistory history = *registry_.read("m");
  EXPECT_EQ((*history.find("1"))->number, 1U);
  EXPECT_EQ((*history.find("champion"))->number, 1U);
  EXPECT_EQ((*history.find("latest"))->number, 2U);
  for (const char* at : {"3", "0", "-1", "champoin", ""}) {
    EXPECT_EQ(history.find(at).error().code, Code::kNotFound) << at;
  }
  EXPECT_THAT(history.find("champoin").error().hint, HasSubstr("did you mean 'champion'?"));
}

TEST_F(RegistryTest, NamesTheNearestModel) {
  publish(registry_, "gender");
  const auto missing = registry_.read("gendre");
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  EXPECT_THAT(missing.error().hint, HasSubstr("gender"));
  EXPECT_EQ(refusal("gendre", move_alias("a", "1")).code, Code::kNotFound);
}

TEST_F(RegistryTest, MovesAliasesAndRollsThemBack) {
  for (int i = 0; i < 3; ++i) publish(registry_, "m");
  for (const char* version : {"1", "2", "3"}) {
    ASSERT_TRUE(registry_.commit("m", move_alias("champion", version)));
  }
  EXPECT_EQ(refusal("m", move_alias("champion", "3")).code, Code::kAlreadyExists);
  EXPECT_EQ(refusal("m", move_alias("champion", "4")).code, Code::kNotFound);
  EXPECT_EQ(refusal("m", move_alias("7", "1")).code, Code::kInvalidArgument);
  EXPECT_EQ(registry_.commit("m", roll_back_alias("champion"))->target("champion"), 2U);
  EXPECT_EQ(registry_.commit("m", roll_back_alias("champion"))->target("champion"), 1U);
  EXPECT_EQ(refusal("m", roll_back_alias("champion")).code, Code::kNotFound);
  EXPECT_EQ(refusal("m", roll_back_alias("champoin")).code, Code::kNotFound);
  EXPECT_EQ(registry_.commit("m", remove_alias("champion"))->aliases().size(), 0U);
  EXPECT_EQ(registry_.commit("m", move_alias("champion", "latest"))->target("champion"), 3U);
  EXPECT_THAT(problems(registry_), ElementsAre());
}

TEST_F(RegistryTest, RefusesNamesThatAreNone) {
  for (const char* name : {"", "a/b", "..", ".hidden", "a b", "größe", "-x", "a@b"}) {
    EXPECT_EQ(registry_.publish({.name = name, .model = model_bytes()}).error().code,
              Code::kInvalidArgument)
        << name;
    EXPECT_EQ(registry_.read(name).error().code, Code::kInvalidArgument) << name;
  }
  EXPECT_EQ(registry_.publish({.name = std::string(129, 'x')}).error().code,
            Code::kInvalidArgument);
  EXPECT_EQ(registry_.publish({.name = "m", .alias = "latest"}).error().code,
            Code::kInvalidArgument);
  EXPECT_TRUE(registry_.names()->empty());
}

TEST_F(RegistryTest, KeepsCheckpointsAndReadsThem) {
  for (int i = 0; i < 120; ++i) publish(registry_, "m", i % 7 == 0 ? "champion" : "");
  EXPECT_EQ(root_.store->list(root_.key + checkpoint_folder("m"))->size(), 2U);
  const ModelHistory replayed = *registry_.replay("m");
  EXPECT_EQ(replayed.entries(), 120U);
  EXPECT_EQ(*fresh().read("m"), replayed);
  // Entries before the checkpoint are not read.
  ASSERT_TRUE(root_.store->remove(root_.key + entry_key("m", 3)));
  EXPECT_EQ(*fresh().read("m"), replayed);
  EXPECT_THAT(problems(registry_), testing::Not(ElementsAre()));
}

TEST_F(RegistryTest, ReadsTheLogWhereACheckpointIsDamaged) {
  for (int i = 0; i < 101; ++i) publish(registry_, "m");
  const ModelHistory whole = *registry_.read("m");
  const std::string key = root_.key + checkpoint_key("m", 100);
  ASSERT_TRUE(write_object(*root_.store, key, "{}"));
  EXPECT_EQ(*fresh().read("m"), whole);
  EXPECT_THAT(problems(registry_), ElementsAre(HasSubstr("not what the log says")));
}

TEST_F(RegistryTest, RefusesALogThatWasTamperedWith) {
  for (int i = 0; i < 3; ++i) publish(registry_, "m");
  const std::string key = root_.key + entry_key("m", 2);
  std::string entry = *read_object(*root_.store, key, 1 << 20);
  entry.replace(entry.find("ann"), 3, "bob");
  ASSERT_TRUE(write_object(*root_.store, key, entry));
  const auto history = fresh().read("m");
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, Code::kCorruptData);
  EXPECT_THAT(history.error().message, HasSubstr("entry 3"));
  EXPECT_THAT(problems(registry_), ElementsAre(HasSubstr("does not follow")));
}

TEST_F(RegistryTest, RefusesEntriesThatMakeNoSense) {
  const auto refused = [](const std::vector<Change>& changes) {
    ModelHistory history("m");
    const auto applied = history.apply(LogEntry{.changes = changes}.to_json().dump());
    return !applied && applied.error().code == Code::kCorruptData;
  };
  const Blob blob{.sha256 = std::string(64, 'a'), .bytes = 1};
  const VersionAdded first{.version = 1, .model = blob};
  EXPECT_FALSE(refused({first, AliasMoved{.alias = "a", .to = 1}}));
  EXPECT_TRUE(refused({VersionAdded{.version = 2, .model = blob}}));
  EXPECT_TRUE(refused({first, first}));
  EXPECT_TRUE(refused({VersionAdded{.version = 1, .model = {.sha256 = "../../x"}}}));
  EXPECT_TRUE(refused({first, AliasMoved{.alias = "a", .to = 2}}));
  EXPECT_TRUE(refused({first, AliasMoved{.alias = "a", .from = 1, .to = 1}}));
  EXPECT_TRUE(refused({first, AliasMoved{.alias = "a/b", .to = 1}}));
  EXPECT_TRUE(refused({first, AliasMoved{.alias = "a", .to = 1, .rollback = true}}));
  EXPECT_TRUE(refused({SignatureAdded{.version = 1, .bundle = blob}}));
  EXPECT_TRUE(refused({}));
  for (const char* text : {"", "[]", "{}", "null", R"({"format":"skymill registry entry 2"})"}) {
    EXPECT_EQ(ModelHistory("m").apply(text).error().code, Code::kCorruptData) << text;
  }
}

TEST_F(RegistryTest, RefusesBytesThatWereNotRegistered) {
  publish(registry_, "m");
  const ModelVersion version = registry_.read("m")->versions().front();
  std::string bytes = model_bytes();
  bytes.back() ^= 1;
  ASSERT_TRUE(write_object(*root_.store, root_.key + blob_key(version.model.sha256), bytes));
  EXPECT_EQ(registry_.load(version).error().code, Code::kCorruptData);
  EXPECT_THAT(problems(registry_), ElementsAre(HasSubstr("not those that were registered")));
  ASSERT_TRUE(root_.store->remove(root_.key + blob_key(version.model.sha256)));
  EXPECT_THAT(problems(registry_), ElementsAre(HasSubstr("no such object")));
}

TEST_F(RegistryTest, SeesAGapInTheLog) {
  for (int i = 0; i < 3; ++i) publish(registry_, "m");
  ASSERT_TRUE(root_.store->remove(root_.key + entry_key("m", 2)));
  EXPECT_EQ(fresh().read("m")->entries(), 1U);
  EXPECT_THAT(problems(registry_), ElementsAre(HasSubstr("later ones are there")));
  // Nothing is put into the gap, and nothing behind it is garbage.
  const auto filled = fresh().publish({.name = "m", .model = model_bytes()});
  EXPECT_EQ(filled.error().code, Code::kCorruptData);
  EXPECT_EQ(collect_garbage(registry_, false).error().code, Code::kCorruptData);
}

TEST_F(RegistryTest, KnowsALogWhoseNameIsLost) {
  publish(registry_, "m");
  ASSERT_TRUE(root_.store->remove(root_.key + kNameFolder + "m"));
  EXPECT_THAT(problems(registry_), ElementsAre(HasSubstr("the name of a log is missing")));
  EXPECT_EQ(collect_garbage(registry_, false)->young, 0U) << "its blob is in use";
}

TEST_F(RegistryTest, VerifiesNoRegistryThatIsNotThere) {
  EXPECT_EQ(verify_registry(registry_, "").error().code, Code::kNotFound);
  publish(registry_, "m");
  EXPECT_EQ(verify_registry(registry_, "n").error().code, Code::kNotFound);
}

TEST_F(RegistryTest, KeepsTheSignaturesOfSeveralKeys) {
  publish(registry_, "m");
  const ModelVersion version = registry_.read("m")->versions().front();
  const TestKeys one = p256_keys();
  const TestKeys two = p256_keys();
  EXPECT_EQ(registry_.check_signature(version, one.public_pem).error().code,
            Code::kPermissionDenied);
  for (const TestKeys& keys : {one, two}) {
    const auto bundle = sign_model("m@1", version.model.sha256, Secret(keys.private_pem));
    ASSERT_TRUE(registry_.commit("m", add_signature(1, *registry_.write_blob(*bundle))));
  }
  const ModelVersion both = registry_.read("m")->versions().front();
  for (const TestKeys& keys : {one, two}) {
    EXPECT_TRUE(registry_.check_signature(both, keys.public_pem));
  }
  EXPECT_FALSE(registry_.check_signature(both, p256_keys().public_pem));
  EXPECT_THAT(problems(registry_), ElementsAre());
}

TEST_F(RegistryTest, RefreshesByOneRequestWhenThereIsNothingNew) {
  publish(registry_, "m");
  ModelHistory history = *registry_.read("m");
  EXPECT_FALSE(*registry_.refresh(history));
  publish(registry_, "m", "champion");
  EXPECT_TRUE(*registry_.refresh(history));
  EXPECT_EQ(history.target("champion"), 2U);
}

TEST_F(RegistryTest, SparesYoungBlobsAndUsedOnes) {
  publish(registry_, "m");
  ASSERT_TRUE(registry_.write_blob("never published"));
  const auto report = collect_garbage(registry_, false);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->blobs.size(), 0U);
  EXPECT_EQ(report->young, 1U);
  EXPECT_EQ(root_.store->list(root_.key + kBlobFolder)->size(), 2U);
}

TEST(Garbage, GoesAfterThreeDays) {
  std::string folder = testing::TempDir() + "skymill_registry_XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const Registry registry = *Registry::open(folder, "ann");
  publish(registry, "m");
  const Blob used = registry.read("m")->versions().front().model;
  const Blob lost = *registry.write_blob("never published");
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(73);
  for (const Blob& blob : {used, lost}) {
    std::filesystem::last_write_time(folder + "/" + blob_key(blob.sha256), old);
  }
  EXPECT_EQ(collect_garbage(registry, true)->bytes, lost.bytes);
  EXPECT_TRUE(registry.read_blob(lost)) << "a dry run removes nothing";
  const auto report = collect_garbage(registry, false);
  ASSERT_EQ(report->blobs.size(), 1U);
  EXPECT_THAT(report->blobs.front().key, HasSubstr(lost.sha256));
  EXPECT_FALSE(registry.read_blob(lost));
  EXPECT_TRUE(registry.read_blob(used));
  // An old blob is not relied on, but written again.
  publish(registry, "m");
  EXPECT_GT(std::filesystem::last_write_time(folder + "/" + blob_key(used.sha256)), old);
  EXPECT_THAT(problems(registry), ElementsAre());
  std::filesystem::remove_all(folder);
}

/// Each request of a publication fails once, before it is made and after: what was acknowledged is
/// there, what was refused is not, and the registry is whole.
TEST_F(RegistryTest, SurvivesTheFailureOfEachRequest) {
  for (const auto mode : {FailingStore::Mode::kRefuse, FailingStore::Mode::kLoseAnswer}) {
    bool failed = true;
    int unknown = 0;
    for (int n = 1; failed; ++n) {
      ASSERT_LT(n, 100);
      const ObjectLocation root = memory_root();
      const auto store = std::make_shared<FailingStore>(root.store);
      const Registry broken({store, root.key}, "ann");
      const Registry whole(root, "ann");
      for (int i = 0; i < 49; ++i) publish(whole, "m");  // the next entry makes a checkpoint
      store->fail(n, mode);
      const auto published =
          broken.publish({.name = "m", .model = model_bytes(), .alias = "champion"});
      failed = store->failed();
      const ModelHistory history = *whole.read("m");
      EXPECT_THAT(problems(whole), ElementsAre());
      if (published) {
        EXPECT_EQ(*published, history);
      }
      const bool said = !published && published.error().message.starts_with("it is not known");
      unknown += said ? 1 : 0;
      if (!said) {
        EXPECT_EQ(history.versions().size(), published ? 50U : 49U) << n;
        EXPECT_EQ(history.target("champion"), published ? 50U : 0U) << n;
      }
    }
    EXPECT_EQ(unknown, mode == FailingStore::Mode::kRefuse ? 1 : 0);
  }
}

}  // namespace
}  // namespace skymill
