#include "evaluate/label_pass.h"

#include <gtest/gtest.h>

namespace skymill {
namespace {

const PassInfo& pass() {
  static const PassInfo kPass = label_pass();
  return kPass;
}

Bytes parameters(uint64_t classes) {
  Bytes bytes;
  ByteWriter(bytes).put(classes);
  return bytes;
}

struct Rows {
  std::vector<double> label;
  std::vector<double> weight = {};
};

std::unique_ptr<LabelState> state_of(uint64_t classes, const std::vector<Rows>& blocks) {
  auto state = state_as<LabelState>(pass().make(parameters(classes)).value());
  for (const Rows& rows : blocks) {
    state->add({.num_rows = rows.label.size(), .label = rows.label, .weight = rows.weight});
  }
  return state;
}

Bytes bytes_of(const PassState& state) {
  Bytes bytes;
  state.write(bytes);
  return bytes;
}

TEST(LabelPass, LearnsTheWeightedMean) {
  EXPECT_EQ(state_of(0, {{{1, 2, 6}}})->baseline()->mean, 3);
  EXPECT_EQ(state_of(0, {{{1, 2}, {3, 1}}, {{5}, {2}}})->baseline()->mean, 2.5);
}

TEST(LabelPass, LearnsTheWeightedShares) {
  const auto shares = state_of(3, {{{0, 0, 2}}, {{2, 2}, {2, 3}}})->baseline()->class_shares;
  EXPECT_EQ(shares, (std::vector<double>{0.25, 0, 0.75}));
}

TEST(LabelPass, MergesInAnyOrderToTheSameBytes) {
  const Rows a = {{0.1, 0.2, 1e16}, {}};
  const Rows b = {{-1e16, 0.3}, {0.7, 3}};
  const Bytes expected = bytes_of(*state_of(0, {a, b}));
  auto left = state_of(0, {a});
  auto right = state_of(0, {b});
  ASSERT_TRUE(right->merge(std::move(*left)).has_value());
  EXPECT_EQ(bytes_of(*right), expected);
  const auto read = pass().read(parameters(0), expected);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(bytes_of(**read), expected);
}

TEST(LabelPass, NoRowsAreAnError) {
  EXPECT_FALSE(state_of(0, {})->baseline().has_value());
  EXPECT_FALSE(state_of(2, {{{0, 1}, {0, 0}}})->baseline().has_value());
}

TEST(LabelPass, AMeanThatOverflowsIsAnError) {
  const auto baseline = state_of(0, {{{1.7e308, 1.7e308}}})->baseline();
  ASSERT_FALSE(baseline.has_value());
  EXPECT_EQ(baseline.error().code, Code::kInvalidArgument);
}

TEST(LabelPass, ALabelThatIsNoClassIsAnError) {
  EXPECT_FALSE(state_of(2, {{{0, 1, 2}}})->baseline().has_value());
  EXPECT_FALSE(state_of(2, {{{0, 1, -1}}})->baseline().has_value());
}

TEST(LabelPass, RefusesDamagedBytes) {
  const Bytes bytes = bytes_of(*state_of(2, {{{0, 1}}}));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(pass().read(parameters(2), std::string_view(bytes).substr(0, size)).has_value());
  }
  EXPECT_FALSE(pass().read(parameters(2), bytes + "x").has_value());
  EXPECT_FALSE(pass().make(parameters(uint64_t{1} << 60)).has_value());
  EXPECT_FALSE(pass().make("abc").has_value());
}

}  // namespace
}  // namespace skymill
