#include "rows/roles.h"

#include <gtest/gtest.h>

#include <cmath>

namespace skymill {
namespace {

RowSchema some_roles() {
  RowSchema rows{.label = "y",
                 .task = Task::kClassification,
                 .classes = {"no", "yes"},
                 .weight = "w",
                 .key = "id"};
  rows.label_type = Type::kText;
  rows.features = {{.name = "n", .type = Type::kInteger},
                   {"k", Type::kText, FeatureKind::kCategory, {"a", "b"}}};
  return rows;
}

/// n: 1 2 missing 4; k: a z missing b; y: yes missing no yes; w: 1 1 missing 0.5; id: r0 … r3.
Table some_table() {
  ColumnBuilder n(Type::kInteger);
  ColumnBuilder k(Type::kText);
  ColumnBuilder y(Type::kText);
  for (const int value : {1, 2}) n.append_integer(value);
  n.append_missing();
  n.append_integer(4);
  for (const char* text : {"a", "z"}) k.append_text(text);
  k.append_missing();
  k.append_text("b");
  y.append_text("yes");
  y.append_missing();
  for (const char* text : {"no", "yes"}) y.append_text(text);
  const Schema schema{{{"k", Type::kText},
                       {"id", Type::kText},
                       {"n", Type::kInteger},
                       {"w", Type::kNumber},
                       {"y", Type::kText}}};
  return {.schema = std::make_shared<Schema>(schema),
          .columns = {k.finish(), text_column({"r0", "r1", "r2", "r3"}), n.finish(),
                      number_column({1, 1, std::nan(""), 0.5}), y.finish()},
          .num_rows = 4};
}

TEST(ToBlock, DropsRowsWithoutLabelOrWeightAndFindsColumnsByName) {
  const Roles roles(some_roles(), true);
  const Table table = some_table();
  std::vector<ColumnView> views;
  BlockBuffer buffer;
  const auto block = to_block(table.view(views), roles, buffer);
  ASSERT_TRUE(block.has_value()) << block.error().text();
  ASSERT_EQ(block->num_rows, 2U);
  EXPECT_EQ(block->features[0].number[1], 4);
  EXPECT_EQ(block->features[1].code[0], 0U);
  EXPECT_EQ(block->features[1].code[1], 1U);
  EXPECT_EQ(block->label[0], 1);
  EXPECT_EQ(block->weight[1], 0.5);
  EXPECT_NE(block->key[0], block->key[1]);
}

TEST(ToBlock, ScoringKeepsEveryRowAndTellsMissingFromUnseen) {
  const Roles roles(some_roles(), false);
  const Table table = some_table();
  std::vector<ColumnView> views;
  BlockBuffer buffer;
  const auto block = to_block(table.view(views), roles, buffer);
  ASSERT_TRUE(block.has_value());
  ASSERT_EQ(block->num_rows, 4U);
  EXPECT_TRUE(std::isnan(block->features[0].number[2]));
  EXPECT_EQ(block->features[1].code[1], kUnseenCode);
  EXPECT_EQ(block->features[1].code[2], kMissingCode);
  EXPECT_TRUE(block->label.empty());
}

TEST(ToBlock, RefusesValuesThatFitNoRole) {
  const Roles roles(some_roles(), true);
  std::vector<ColumnView> views;
  BlockBuffer buffer;
  Table table = some_table();
  table.columns[4] = text_column({"yes", "no", "maybe", "no"});
  table.columns[3] = number_column({1, 1, 1, 1});
  EXPECT_EQ(to_block(table.view(views), roles, buffer).error().place.field, "y");
  table = some_table();
  table.columns[3] = number_column({-1, 1, 1, 1});
  EXPECT_EQ(to_block(table.view(views), roles, buffer).error().place.field, "w");
}

TEST(BlockReader, CutsFullBlocksAcrossTablesAndKeepsOrdinals) {
  RowSchema rows{.label = "y"};
  rows.features = {{.name = "x"}};
  const auto schema =
      std::make_shared<Schema>(Schema{{{"x", Type::kNumber}, {"y", Type::kNumber}}});
  std::vector<Table> tables;
  size_t next = 0;
  for (const size_t size : {size_t{7}, kBlockRows, size_t{1}, kBlockRows + 5}) {
    std::vector<double> x(size);
    std::vector<double> y(size, 1);
    for (double& value : x) value = static_cast<double>(next++);
    y[0] = std::nan("");  // dropped
    tables.push_back({schema, {number_column(x), number_column(y)}, size});
  }
  BlockReader reader(std::make_unique<MemoryStream>(schema, tables),
                     std::make_shared<Roles>(rows, true), 3);
  BlockBuffer buffer;
  std::vector<size_t> sizes;
  for (auto block = *reader.next(buffer); block; block = *reader.next(buffer)) {
    EXPECT_EQ(block->partition, 3U);
    EXPECT_EQ(block->number, sizes.size());
    sizes.push_back(block->num_rows);
    for (size_t i = 0; i < block->num_rows; ++i) {
      ASSERT_EQ(static_cast<double>(block->key[i]), block->features[0].number[i]);
    }
  }
  EXPECT_EQ(sizes, (std::vector<size_t>{kBlockRows, kBlockRows, 9}));
  EXPECT_EQ(reader.counts().missing_label, 4U);
  EXPECT_EQ(reader.counts().read, next);
}

}  // namespace
}  // namespace skymill
