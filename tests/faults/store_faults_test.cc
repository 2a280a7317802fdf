// What every store and a registry on it make of a network and servers that fail: each operation is
// repeated with a fault at its first request, at its second, and so on until there is none left.
// The result is right or a typed error; nothing is half there, twice there, or acknowledged and
// gone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <iterator>

#include "fault_proxy.h"
#include "model/model_testing.h"
#include "registry/verify_registry.h"
#include "store/gcs_server_testing.h"
#include "store/hdfs_server_testing.h"
#include "store/scripted_server_testing.h"
#include "store/stores.h"

namespace skymill {
namespace {

using Kind = Fault::Kind;
using testing::AnyOf;

struct FaultCase {
  std::string name;
  Fault fault;
  /// Trying again helps, so the operation must succeed.
  bool passes = true;
  bool denies = false;
};

const std::string& outage() {
  static const std::string kOutage =
      answer(503, kNow, "<Error><Code>SlowDown</Code><Message>later</Message></Error>");
  return kOutage;
}

const std::string& denial() {
  static const std::string kDenial =
      answer(403, "", "<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
  return kDenial;
}

std::vector<FaultCase> with(std::vector<FaultCase> faults, std::vector<FaultCase> more) {
  std::ranges::move(more, std::back_inserter(faults));
  return faults;
}

/// Faults that any request may meet, one of each kind.
std::vector<FaultCase> main_faults() {
  return {
      {"refused", {.kind = Kind::kRefuse}},
      {"lost", {.kind = Kind::kLose}},  // on a kept connection curl asks again by itself
      {"cut", {.kind = Kind::kCut}},
      {"slow down", {.kind = Kind::kAnswer, .answer = outage()}},
      {"denied", {.kind = Kind::kAnswer, .answer = denial()}, false, true},
      {"outage", {.kind = Kind::kAnswer, .answer = outage(), .then_always = outage()}, false},
      {"cut, then outage", {.kind = Kind::kCut, .then_always = outage()}, false},
      {"cut, then denied", {.kind = Kind::kCut, .then_always = denial()}, false, true},
  };
}

std::vector<FaultCase> any_faults(const std::string& scheme) {
  if (scheme == "hdfs") return main_faults();  // it answers slowly
  std::vector<FaultCase> faults = {
      {"late", {.kind = Kind::kDelay}},
      {"truncated", {.kind = Kind::kTruncate}},
      {"500", {.kind = Kind::kAnswer, .answer = answer(500, kNow)}},
      {"429", {.kind = Kind::kAnswer, .answer = answer(429, kNow)}},
      {"done, then 500", {.kind = Kind::kContradict, .answer = answer(500, kNow)}},
      {"401", {.kind = Kind::kAnswer, .answer = answer(401)}, false, true},
  };
  return with(std::move(faults), main_faults());
}

/// Faults of writes on condition, whose requests' heads hold `condition`.
std::vector<FaultCase> condition_faults(const std::string& scheme) {
  const bool hdfs = scheme == "hdfs";
  const std::string condition = hdfs             ? "renameoptions=NONE"
                                : scheme == "gs" ? "ifGenerationMatch=0"
                                                 : "if-none-match";
  const std::string taken =
      hdfs ? answer(403, "",
                    R"({"RemoteException":{"exception":"FileAlreadyExistsException",)"
                    R"("message":"it is there"}})")
           : answer(412);
  std::vector<FaultCase> faults = {
      {"done, then taken", {.kind = Kind::kContradict, .answer = taken, .only = condition}},
      {"done, then taken, then outage",
       {.kind = Kind::kContradict, .answer = taken, .only = condition, .then_always = outage()},
       false}};
  if (!hdfs) {
    faults.push_back(
        {"conflict",
         {.kind = Kind::kAnswer,
          .answer = answer(409, "", "<Error><Code>ConditionalRequestConflict</Code></Error>"),
          .only = condition}});
  }
  return faults;
}

/// Faults of large writes, which take long. fake-gcs-server appends a piece that is repeated once
/// more and takes a question for the end of the upload, so there no piece is tried again:
/// gcs_faults_test.cc does.
std::vector<FaultCase> large_faults(const std::string& scheme, size_t bytes) {
  std::vector<FaultCase> faults;
  for (const FaultCase& fault : main_faults()) {
    if (fault.denies || fault.fault.kind == Kind::kRefuse) continue;
    faults.push_back(fault);
    if (scheme != "gs") continue;
    faults.back().fault.only = "uploadType=resumable&name=";
    if (fault.fault.kind == Kind::kAnswer) continue;
    faults.push_back(fault);
    faults.back().fault.only = cat("/", bytes, "\r\n");  // the last piece, which is taken
  }
  return faults;
}

/// A store twice: asked directly, and through a proxy.
class StoreFaults : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    static int number = 0;
    const std::string bucket = cat("faults-", ++number);
    if (GetParam() == "hdfs") return use_hdfs(bucket);
    const char* variable = "AZURE_STORAGE_CONNECTION_STRING";
    if (GetParam() == "s3") {
      static const S3Server kServer(SKYMILL_BINARY_DIR);
      kServer.make_bucket(bucket);
      variable = "AWS_ENDPOINT_URL";
    } else if (GetParam() == "gs") {
      static const GcsServer kServer;
      kServer.make_bucket(bucket);
      variable = "STORAGE_EMULATOR_HOST";
    } else {
      static const AzureServer kServer;
      kServer.make_container(bucket);
    }
    use(variable, cat(GetParam(), "://", bucket, "/"));
  }

  /// The store whose server stands in an environment variable.
  void use(const char* variable, const std::string& uri) {
    const std::string direct = std::getenv(variable);
    constexpr std::string_view kHost = "127.0.0.1:";
    const size_t start = direct.find(kHost) + kHost.size();
    const auto port = static_cast<uint16_t>(std::strtoul(direct.c_str() + start, nullptr, 10));
    proxy_.emplace(port);
    whole_ = locate(uri)->store;
    std::string through = direct;
    through.replace(start, std::to_string(port).size(), std::to_string(proxy_->port()));
    setenv(variable, through.c_str(), 1);
    faulty_ = locate(uri)->store;
    setenv(variable, direct.c_str(), 1);
  }

  void use_hdfs(const std::string& folder) {
    const std::string server = hdfs_server(SKYMILL_SOURCE_DIR).authority();
    proxy_.emplace(static_cast<uint16_t>(std::stoi(server.substr(server.find(':') + 1))));
    whole_ = locate(cat("hdfs://", server, "/", folder, "/"))->store;
    faulty_ = locate(cat("hdfs://127.0.0.1:", proxy_->port(), "/", folder, "/"))->store;
  }

  /// Repeats the operation until the fault has been at each of its requests. The operation calls
  /// begin() and judge() around what is tested.
  void with_each(const std::vector<FaultCase>& faults, const std::function<void()>& operation) {
    for (const FaultCase& fault : faults) {
      fault_ = &fault;
      met_ = true;
      for (number_ = 1; met_ && !HasFailure(); ++number_) {
        SCOPED_TRACE(cat("fault: ", fault.name, ", request ", number_));
        ASSERT_LT(number_, 100);
        operation();
        EXPECT_TRUE(met_ || number_ > 1) << "no request met the fault";
      }
    }
  }

  void begin() { proxy_->spoil(number_, fault_->fault); }

  /// Ends the fault. Whether the operation failed because of it, and as it may.
  template <typename T>
  void judge(const Result<T>& result) {
    met_ = proxy_->spoiled();
    proxy_->heal();
    if (result) return;
    const Error& error = result.error();
    EXPECT_TRUE(met_) << error.text();
    EXPECT_FALSE(fault_->passes && may_pass_) << error.text();
    if (fault_->denies && error.code == Code::kPermissionDenied) return;
    EXPECT_THAT(error.code, AnyOf(Code::kUnavailable, Code::kTimeout)) << error.text();
  }

  /// What is there: its bytes, "missing", or an error's text.
  std::string content(const std::string& key) {
    const auto bytes = read_object(*whole_, key, 64 << 20);
    if (bytes) return *bytes;
    return bytes.error().code == Code::kNotFound ? "missing" : bytes.error().text();
  }

  std::string fresh_key() { return cat("object-", ++keys_); }

  std::optional<FaultProxy> proxy_;
  std::shared_ptr<ObjectStore> whole_;
  std::shared_ptr<ObjectStore> faulty_;
  const FaultCase* fault_ = nullptr;
  int number_ = 0;
  bool met_ = false;
  bool may_pass_ = true;  // false: not every request may be sent twice
  int keys_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreFaults, testing::Values("s3", "gs", "az", "hdfs"),
                         [](const auto& param) { return param.param; });

TEST_P(StoreFaults, ReadsAreRightOrFail) {
  ASSERT_TRUE(write_object(*whole_, "r", "0123456789"));
  const ObjectInfo there = *whole_->stat("r");
  with_each(any_faults(GetParam()), [&] {
    begin();
    const auto info = faulty_->stat("r");
    judge(info);
    EXPECT_TRUE(!info || info->etag == there.etag);
  });
  with_each(any_faults(GetParam()), [&] {
    begin();
    const auto bytes = faulty_->read("r", 2, 5, there.etag);
    judge(bytes);
    EXPECT_TRUE(!bytes || *bytes == "23456");
  });
  with_each(any_faults(GetParam()), [&] {
    begin();
    const auto objects = faulty_->list("");
    judge(objects);
    if (!objects) return;
    ASSERT_EQ(objects->size(), 1U);
    EXPECT_EQ(objects->front().key, "r");
  });
}

/// Stores with pages of 1,000 that are soon filled.
class ListFaults : public StoreFaults {};

INSTANTIATE_TEST_SUITE_P(Stores, ListFaults, testing::Values("s3", "gs"),
                         [](const auto& param) { return param.param; });

TEST_P(ListFaults, AListOfTwoPagesIsWholeOrFails) {
  constexpr size_t kCount = 1001;
  constexpr size_t kThreads = 8;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (size_t i = t; i < kCount; i += kThreads) {
        EXPECT_TRUE(write_object(*whole_, std::to_string(i), "x"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  int requests = 0;
  with_each(any_faults(GetParam()), [&] {
    begin();
    const auto objects = faulty_->list("");
    judge(objects);
    EXPECT_TRUE(!objects || objects->size() == kCount);
    if (met_) requests = std::max(requests, number_);
  });
  EXPECT_EQ(requests, 2);
}

TEST_P(StoreFaults, AReplacedObjectIsTheOldOrTheNew) {
  with_each(any_faults(GetParam()), [&] {
    ASSERT_TRUE(write_object(*whole_, "w", "old"));
    begin();
    const auto written = write_object(*faulty_, "w", "new one");
    judge(written);
    const std::string there = content("w");
    EXPECT_TRUE(there == "new one" || (!written && there == "old")) << there;
    EXPECT_EQ(whole_->list("")->size(), 1U);
  });
}

TEST_P(StoreFaults, ARemovedObjectIsGone) {
  with_each(any_faults(GetParam()), [&] {
    ASSERT_TRUE(write_object(*whole_, "gone", "x"));
    begin();
    const auto removed = faulty_->remove("gone");
    judge(removed);
    const std::string there = content("gone");
    EXPECT_TRUE(there == "missing" || (!removed && there == "x")) << there;
  });
}

TEST_P(StoreFaults, ALargeObjectIsWholeOrNotThere) {
  const bool hdfs = GetParam() == "hdfs";
  may_pass_ = !hdfs;  // an append is not repeated
  std::string bytes(hdfs ? 17 << 20 : 9 << 20, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 7);
  for (const WriteMode mode : {WriteMode::kReplace, WriteMode::kCreate}) {
    auto faults = mode == WriteMode::kCreate ? condition_faults(GetParam())
                                             : large_faults(GetParam(), bytes.size());
    // Parts that were refused are not sent again; Google's condition is told at the beginning.
    const bool early = GetParam() == "gs";
    for (FaultCase& fault : faults) {
      if (fault.fault.only.empty() || mode == WriteMode::kReplace) continue;
      fault.passes = fault.passes && !early && fault.fault.kind == Kind::kContradict;
    }
    with_each(faults, [&] {
      const std::string key = fresh_key();
      begin();
      const auto written = write_object(*faulty_, key, bytes, mode);
      judge(written);
      const std::string there = content(key);
      EXPECT_TRUE(there == bytes || (!written && there == "missing")) << there.substr(0, 100);
      EXPECT_TRUE(whole_->remove(key));
    });
  }
}

TEST_P(StoreFaults, ACreatorKnowsItsOwnObject) {
  with_each(with(any_faults(GetParam()), condition_faults(GetParam())), [&] {
    const std::string key = fresh_key();
    begin();
    const auto created = write_object(*faulty_, key, "mine", WriteMode::kCreate);
    judge(created);
    const std::string there = content(key);
    EXPECT_TRUE(there == "mine" || (!created && there == "missing")) << there;
  });
}

TEST_P(StoreFaults, ACreatorNeverTakesAnothersObject) {
  ASSERT_TRUE(write_object(*whole_, "taken", "another's"));
  with_each(with(any_faults(GetParam()), condition_faults(GetParam())), [&] {
    begin();
    const auto created = write_object(*faulty_, "taken", "mine", WriteMode::kCreate);
    ASSERT_FALSE(created);
    if (created.error().code == Code::kAlreadyExists) {
      judge(Result<void>());
    } else {
      judge(created);
    }
    EXPECT_EQ(content("taken"), "another's");
  });
}

class RegistryFaults : public StoreFaults {
 protected:
  /// An empty registry, or one in which the model has a version.
  void open(bool empty) {
    root_ = cat("registry-", ++registries_, "/");
    connect();
    history_.emplace("m");
    if (empty) return;
    ASSERT_TRUE(direct_->publish({.name = "m", .model = model_}));
    ASSERT_TRUE(direct_->refresh(*history_));
  }

  /// As new processes, which remember nothing.
  void connect() {
    direct_.emplace(ObjectLocation{whole_, root_}, "ann");
    spoiled_.emplace(ObjectLocation{faulty_, root_}, "bob");
  }

  /// Publishes through the proxy; what is registered is what was said.
  void publish() {
    const size_t before = history_->versions().size();
    connect();
    begin();
    const auto published = spoiled_->publish({.name = "m", .model = model_, .alias = "champion"});
    judge(published);
    ASSERT_TRUE(direct_->refresh(*history_));
    const size_t added = history_->versions().size() - before;
    EXPECT_LE(added, 1U);
    if (published) {
      EXPECT_EQ(*published, *history_);
      EXPECT_EQ(added, 1U);
      EXPECT_EQ(history_->target("champion"), before + 1);
    } else if (!published.error().message.starts_with("it is not known")) {
      EXPECT_EQ(added, 0U) << published.error().text();
    }
  }

  void expect_whole() {
    const auto report = verify_registry(*direct_, "");
    ASSERT_TRUE(report) << report.error().text();
    for (const auto& problem : report->problems) ADD_FAILURE() << problem.where << problem.what;
  }

  std::optional<Registry> direct_;
  std::optional<Registry> spoiled_;
  std::optional<ModelHistory> history_;
  std::string root_;
  std::string model_ = testing_file(testing_linear_model());
  int registries_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Stores, RegistryFaults, testing::Values("s3", "gs", "az", "hdfs"),
                         [](const auto& param) { return param.param; });

TEST_P(RegistryFaults, APublicationIsThereOnceOrNot) {
  open(false);
  const ModelHistory first = *history_;
  for (const FaultCase& fault : with(main_faults(), condition_faults(GetParam()))) {
    with_each({fault}, [&] {
      history_ = first;
      ASSERT_TRUE(whole_->remove(direct_->prefix() + entry_key("m", 2)));  // of the last time
      publish();
    });
    expect_whole();
  }
}

TEST_P(RegistryFaults, AFirstPublicationIsThereOnceOrNot) {
  for (const Kind kind : {Kind::kRefuse, Kind::kLose}) {
    with_each({{"", {.kind = kind}}}, [&] {
      open(true);
      publish();
    });
    expect_whole();
  }
}

/// For one store: a silence is waited for.
class SilenceFaults : public RegistryFaults {};

INSTANTIATE_TEST_SUITE_P(Stores, SilenceFaults, testing::Values("s3"),
                         [](const auto& param) { return param.param; });

TEST_P(SilenceFaults, APublicationWithoutAnAnswerIsLookedFor) {
  open(false);
  with_each({{"silence", {.kind = Kind::kSilence, .only = "if-none-match"}}}, [&] { publish(); });
  EXPECT_EQ(history_->versions().size(), 3U);
}

TEST_P(RegistryFaults, AModelIsReadWholeOrNotAtAll) {
  open(false);
  with_each(main_faults(), [&] {
    connect();
    begin();
    const auto names = spoiled_->names();
    const auto history = names ? spoiled_->read("m") : names.error();
    const auto model = history ? spoiled_->load(history->versions().back()) : history.error();
    judge(model);
    EXPECT_TRUE(!names || *names == std::vector<std::string>{"m"});
    EXPECT_TRUE(!history || *history == *history_);
    EXPECT_TRUE(!model || (*model)->rows.label == "y");
  });
}

}  // namespace
}  // namespace skymill
