// Requests to a kernel and its replies as bytes: what was written is read, and any other bytes are
// an error: they come from another process.
#include "rows/kernel_request.h"

#include <gtest/gtest.h>

#include <array>

#include "rows/bins.h"

namespace skymill {
namespace {

const std::vector<Feature> kFeatures = {{.name = "x"},
                                        {"k", Type::kText, FeatureKind::kCategory, {"a", "b"}}};
constexpr std::array<TransformInfo, 1> kTransforms = {{{"bins", Bins::read}}};

RowSchema some_rows() {
  return {.features = kFeatures, .label = "y", .task = Task::kRegression, .weight = "w"};
}

std::vector<Job> some_jobs() {
  const std::shared_ptr<const Transform> bins = *Bins::make(
      kFeatures, {{.upper = {1, 2.5}, .num_bins = 4},
                  {.kind = FeatureKind::kCategory, .level_bin = {1, 0}, .num_bins = 3}});
  return {{.pass = "first", .parameters = std::string("a\0b", 3), .transforms = {bins}},
          {.pass = "second",
           .parameters = {},
           .rows = {.seed = 7, .cuts = {{1, 2}, {3}}, .mask = 5},
           .transforms = {bins}},
          {.pass = "third"}};
}

TEST(KernelRequest, IsReadAsItWasWritten) {
  const auto read = decode_request(encode_request(some_rows(), some_jobs()), kTransforms);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->rows, some_rows());
  ASSERT_EQ(read->jobs.size(), 3U);
  EXPECT_EQ(read->jobs[0].pass, "first");
  EXPECT_EQ(read->jobs[0].parameters, std::string("a\0b", 3));
  EXPECT_EQ(read->jobs[1].rows, some_jobs()[1].rows);
  EXPECT_EQ(read->jobs[2].transforms.size(), 0U);
  // One object stays one object: the source applies it once for both jobs.
  ASSERT_EQ(read->jobs[0].transforms.size(), 1U);
  EXPECT_EQ(read->jobs[0].transforms, read->jobs[1].transforms);
  EXPECT_EQ(read->jobs[0].transforms[0]->output(), some_jobs()[0].transforms[0]->output());
}

TEST(KernelRequest, CutOffOrLengthenedIsAnError) {
  const Bytes bytes = encode_request(some_rows(), some_jobs());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_request(std::string_view(bytes).substr(0, size), kTransforms)) << size;
  }
  EXPECT_FALSE(decode_request(bytes + "x", kTransforms));
}

TEST(KernelRequest, AnUnknownTransformIsAnError) {
  const auto read = decode_request(encode_request(some_rows(), some_jobs()), {});
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("'bins'"), std::string::npos);
}

TEST(KernelReply, CutOffOrLengthenedIsAnError) {
  const RowCounts counts{.read = 9, .missing_label = 2, .missing_weight = 1};
  const Bytes bytes = encode_reply(counts, {});
  const auto read = decode_reply(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->counts.used(), 6U);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_reply(std::string_view(bytes).substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_reply(bytes + "x"));
}

TEST(KernelError, KeepsItsCodeAndText) {
  const Error error{Code::kResourceExhausted, "too much", "give more", {.field = "x"}};
  const Error read = decode_error(encode_error(error));
  EXPECT_EQ(read.code, error.code);
  EXPECT_EQ(read.text(), error.text());
  EXPECT_EQ(decode_error("no JSON").code, Code::kInternal);
}

}  // namespace
}  // namespace skymill
