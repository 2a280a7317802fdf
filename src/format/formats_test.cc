// What every format promises: the tests run over the list, so a new format is tested when listed.
#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "format/format_testing.h"

namespace skymill {
namespace {

std::string rows_of(const Table& table) {
  MemoryStream stream(table.schema, {table});
  return *drain(stream);
}

/// 1,000 rows of every type with a sixth missing.
Table every_type() {
  Schema schema{{{"flag", Type::kBoolean},
                 {"count", Type::kInteger},
                 {"size", Type::kNumber},
                 {"ratio", Type::kFloat},
                 {"name, \"x\"", Type::kText},
                 {"day", Type::kDate},
                 {"at", Type::kTimestamp}}};
  std::mt19937_64 random(17);
  Table table{std::make_shared<Schema>(schema), {}, 1000};
  for (const Field& field : schema.fields) {
    ColumnBuilder builder(field.type);
    for (size_t row = 0; row < table.num_rows; ++row) {
      const uint64_t bits = random();
      if (row % 6 == 3) {
        builder.append_missing();
        continue;
      }
      switch (field.type) {
        case Type::kBoolean:
          builder.append_boolean(bits % 2 == 0);
          break;
        case Type::kInteger:
          builder.append_integer(static_cast<int64_t>(bits));
          break;
        case Type::kTimestamp:
          builder.append_integer(static_cast<int64_t>(bits % 4'000'000'000'000'000));
          break;
        case Type::kNumber:
          builder.append_number(static_cast<double>(bits % 1'000'000'007) / 1000.0 - 1000);
          break;
        case Type::kFloat:
          builder.append_number(static_cast<double>(static_cast<float>(bits % 1000) / 3));
          break;
        case Type::kDate:
          builder.append_date(static_cast<int32_t>(bits % 40'000));
          break;
        case Type::kText:
          builder.append_text(std::string(1 + bits % 5, "ab\n\"',;\\"[bits >> 8 & 7]) + "ß");
          break;
      }
    }
    table.columns.push_back(builder.finish());
  }
  return table;
}

class FormatConformance : public testing::TestWithParam<size_t> {
 protected:
  const FormatInfo& format() const { return formats()[GetParam()]; }
  ObjectLocation place(const char* name) const {
    return *locate(cat("memory://conformance-", format().name, "/", name));
  }
  void write(const ObjectLocation& location, const Table& table, size_t batch) const {
    auto writer = format().create(location, table.schema);
    ASSERT_TRUE(writer);
    std::vector<ColumnView> views;
    for (size_t start = 0; start < table.num_rows; start += batch) {
      const Table part = table.slice(start, std::min(batch, table.num_rows - start));
      ASSERT_TRUE((*writer)->write(part.view(views)));
    }
    ASSERT_TRUE((*writer)->finish());
  }
};

INSTANTIATE_TEST_SUITE_P(Formats, FormatConformance, testing::Range<size_t>(0, formats().size()),
                         [](const auto& param) {
                           return std::string(formats()[param.param].name);
                         });

TEST_P(FormatConformance, RoundTripsEveryType) {
  const Table table = every_type();
  write(place("round"), table, 77);
  auto stream = format().open(place("round"), {.schema = *table.schema, .batch_rows = 100});
  ASSERT_TRUE(stream);
  EXPECT_EQ(*(*stream)->schema(), *table.schema);
  const auto rows = drain(**stream);
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, rows_of(table));
}

TEST_P(FormatConformance, DeliversSomeColumnsInAnotherOrder) {
  const Table table = every_type();
  write(place("some"), table, 1000);
  const Schema wanted{{{"day", Type::kDate}, {"count", Type::kInteger}}};
  auto stream = format().open(place("some"), {.schema = wanted});
  ASSERT_TRUE(stream);
  const Table expected{
      std::make_shared<Schema>(wanted), {table.columns[5], table.columns[1]}, 1000};
  EXPECT_EQ(*drain(**stream), rows_of(expected));
}

TEST_P(FormatConformance, KeepsOtherColumnsInFileOrder) {
  const Table table = every_type();
  write(place("others"), table, 1000);
  auto stream =
      format().open(place("others"), {.schema = {{{"day", Type::kDate}}}, .keep_others = true});
  ASSERT_TRUE(stream);
  EXPECT_EQ((*stream)->schema()->names(), table.schema->names());
  EXPECT_EQ(*drain(**stream), rows_of(table));
}

TEST_P(FormatConformance, NamesTheNearestColumn) {
  write(place("names"), every_type(), 1000);
  auto stream = format().open(place("names"), {.schema = {{{"counts", Type::kInteger}}}});
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().code, Code::kSchemaMismatch);
  EXPECT_EQ(stream.error().place.field, "counts");
  EXPECT_EQ(stream.error().hint, "did you mean 'count'?");
  EXPECT_FALSE(stream.error().place.source.empty());
}

TEST_P(FormatConformance, RefusesAValueOfAnotherType) {
  write(place("types"), every_type(), 1000);
  auto stream = format().open(place("types"), {.schema = {{{"name, \"x\"", Type::kNumber}}}});
  Error error;
  if (stream) {
    const auto rows = drain(**stream);
    ASSERT_FALSE(rows);
    error = rows.error();
  } else {
    error = stream.error();
  }
  EXPECT_EQ(error.code, Code::kSchemaMismatch);
  EXPECT_EQ(error.place.field, "name, \"x\"");
}

TEST_P(FormatConformance, SaysWhatIsMissingOrEmpty) {
  const auto missing = format().open(place("nothing"), {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kNotFound);
  ASSERT_TRUE(write_object(*place("empty").store, "empty", ""));
  const auto empty = format().open(place("empty"), {});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, Code::kCorruptData);
  EXPECT_FALSE(empty.error().place.source.empty());
}

/// Another object, of the same bytes, takes the place of the one that is read after each read.
class ReplacingStore final : public ObjectStore {
 public:
  explicit ReplacingStore(std::shared_ptr<ObjectStore> store) : store_(std::move(store)) {}

  std::string where(const std::string& key) const override { return store_->where(key); }
  Result<ObjectInfo> stat(const std::string& key) override { return store_->stat(key); }
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override {
    return store_->list(prefix);
  }
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) override {
    std::string bytes = SKYMILL_TRY(store_->read(key, offset, length, etag));
    SKYMILL_TRY(write_object(*store_, key, SKYMILL_TRY(read_object(*store_, key, 1 << 30))));
    return bytes;
  }
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override {
    return store_->write(key, mode);
  }
  Result<void> remove(const std::string& key) override { return store_->remove(key); }

 private:
  std::shared_ptr<ObjectStore> store_;
};

TEST_P(FormatConformance, NeverMixesTwoFiles) {
  const Table table = every_type();
  auto writer = format().create(place("mixed"), table.schema);
  ASSERT_TRUE(writer);
  std::vector<ColumnView> views;
  for (int i = 0; i < 40; ++i) ASSERT_TRUE((*writer)->write(table.view(views)));  // over 1 MiB
  ASSERT_TRUE((*writer)->finish());
  const auto store = std::make_shared<ReplacingStore>(place("mixed").store);
  auto stream = format().open({store, "mixed"}, {.schema = *table.schema});
  const auto rows = stream ? drain(**stream) : Result<std::string>(stream.error());
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().text(), object_changed(place("mixed").text()).text());
}

TEST_P(FormatConformance, LeavesNothingWithoutFinish) {
  const Table table = every_type();
  {
    auto writer = format().create(place("unfinished"), table.schema);
    ASSERT_TRUE(writer);
    std::vector<ColumnView> views;
    ASSERT_TRUE((*writer)->write(table.view(views)));
  }
  EXPECT_EQ(place("unfinished").store->stat("unfinished").error().code, Code::kNotFound);
}

// Random damage: rows or an error, never a crash; run under ASan by CI.
TEST_P(FormatConformance, SurvivesDamage) {
  write(place("whole"), every_type(), 1000);
  const std::string whole = *read_object(*place("whole").store, "whole", 1 << 30);
  std::mt19937_64 random(23);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = whole;
    if (i % 10 == 0) bytes.resize(random() % bytes.size());
    for (uint64_t edits = 1 + random() % 4; edits > 0 && !bytes.empty(); --edits) {
      // Half of the damage goes to the end, where Parquet keeps what describes the rest.
      const size_t range = std::min<size_t>(bytes.size(), random() % 2 == 0 ? 2000 : bytes.size());
      bytes[bytes.size() - 1 - random() % range] = static_cast<char>(random());
    }
    ASSERT_TRUE(write_object(*place("damaged").store, "damaged", bytes));
    auto stream = format().open(place("damaged"), {.schema = *every_type().schema});
    const auto rows = stream ? drain(**stream) : Result<std::string>(stream.error());
    if (!rows) {
      EXPECT_FALSE(rows.error().message.empty());
    }
  }
}

TEST(Formats, AreFoundByNameOrSuffix) {
  EXPECT_EQ((*format_for("x.CSV", ""))->name, "csv");
  EXPECT_EQ((*format_for("s3://b/x.ndjson", ""))->name, "json");
  EXPECT_EQ((*format_for("x.csv", "parquet"))->name, "parquet");
  EXPECT_EQ(format_for("x.csv", "paquet").error().hint, "did you mean 'parquet'?");
  const auto unknown = format_for("x.dat", "");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::kInvalidArgument);
  EXPECT_NE(unknown.error().hint.find("csv, json, parquet"), std::string::npos);
}

}  // namespace
}  // namespace skymill
