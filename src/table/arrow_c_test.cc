#include "table/arrow_c.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "base/text.h"

namespace skymill {
namespace {

std::string shown(const ColumnView& column) {
  std::string out;
  for (size_t row = 0; row < column.size; ++row) {
    out += (row == 0 ? "" : "|") + (column.missing(row) ? "-" : value_text(column, row));
  }
  return out;
}

Table table_of(std::vector<Field> fields, std::vector<Column> columns) {
  const size_t rows = columns.front().view.size;
  return {std::make_shared<Schema>(Schema{std::move(fields)}), std::move(columns), rows};
}

/// 20 rows of every type; row i of column c is missing when (i + c) % 3 == 0.
Table every_type() {
  const std::vector<Field> fields = {
      {"b", Type::kBoolean}, {"i", Type::kInteger}, {"n", Type::kNumber},   {"f", Type::kFloat},
      {"t", Type::kText},    {"d", Type::kDate},    {"s", Type::kTimestamp}};
  std::vector<Column> columns;
  for (size_t c = 0; c < fields.size(); ++c) {
    ColumnBuilder builder(fields[c].type);
    for (int i = 0; i < 20; ++i) {
      if ((i + static_cast<int>(c)) % 3 == 0) {
        builder.append_missing();
        continue;
      }
      switch (fields[c].type) {
        case Type::kBoolean:
          builder.append_boolean(i % 2 == 0);
          break;
        case Type::kInteger:
        case Type::kTimestamp:
          builder.append_integer(i * 1'000'000'007LL);
          break;
        case Type::kNumber:
          builder.append_number(i / 7.0);
          break;
        case Type::kFloat:
          builder.append_number(static_cast<double>(static_cast<float>(i) / 7));
          break;
        case Type::kText:
          builder.append_text(std::string(static_cast<size_t>(i), 'x'));
          break;
        case Type::kDate:
          builder.append_date(i * 1000);
          break;
      }
    }
    columns.push_back(builder.finish());
  }
  return table_of(fields, std::move(columns));
}

std::unique_ptr<TableStream> through_c(std::vector<Table> tables) {
  const auto schema = tables.front().schema;
  ArrowArrayStream stream;
  export_stream(std::make_unique<MemoryStream>(schema, std::move(tables)), &stream);
  auto imported = import_stream(&stream);
  EXPECT_TRUE(imported);
  EXPECT_EQ(stream.release, nullptr) << "the stream is taken over";
  return std::move(*imported);
}

TEST(ArrowC, RoundTripsEveryTypeAtEveryBitOffset) {
  const Table whole = every_type();
  std::vector<Table> slices;
  for (size_t start = 0; start < 11; ++start) slices.push_back(whole.slice(start, 9));
  auto stream = through_c(slices);
  EXPECT_EQ(*stream->schema(), *whole.schema);
  for (const Table& slice : slices) {
    const auto next = stream->next();
    ASSERT_TRUE(next && *next);
    for (size_t c = 0; c < slice.columns.size(); ++c) {
      EXPECT_EQ(shown((**next).columns[c].view), shown(slice.columns[c].view));
    }
  }
  EXPECT_FALSE(stream->next()->has_value());
}

TEST(ArrowC, SharesBuffersWhereLayoutsAgree) {
  const Table whole = every_type();
  auto stream = through_c({whole});
  const Table read = std::move(**stream->next());
  stream.reset();  // columns outlive the stream
  EXPECT_EQ(read.columns[1].view.integers, whole.columns[1].view.integers);
  EXPECT_EQ(read.columns[2].view.numbers, whole.columns[2].view.numbers);
  EXPECT_EQ(read.columns[4].view.chars, whole.columns[4].view.chars);
  EXPECT_EQ(shown(read.columns[4].view), shown(whole.columns[4].view));
}

TEST(ArrowC, UnpacksADictionaryOnExport) {
  Column texts = text_column({"aa", "", "c"});
  static const std::array<uint32_t, 4> kCodes = {2, 0, 99, 1};
  static const uint8_t kValid = 0b1011;
  texts.view.codes = kCodes.data();
  texts.view.dictionary_size = 3;
  texts.view.size = 4;
  texts.view.validity = &kValid;
  auto stream = through_c({table_of({{"t", Type::kText}}, {texts})});
  EXPECT_EQ(shown((**stream->next()).columns[0].view), "c|aa|-|");
}

/// One hand-made column, exported once as a stream.
struct HandMade {
  std::string format;
  int64_t length = 0;
  std::vector<const void*> buffers;
  int64_t offset = 0;
  int64_t null_count = 0;
  HandMade* dictionary = nullptr;
  int64_t parent_offset = 0;

  ArrowSchema schema_node = {};
  ArrowArray array_node = {};
  ArrowSchema* schema_child = nullptr;
  ArrowArray* array_child = nullptr;
  const void* no_buffer = nullptr;
  bool done = false;

  void fill(ArrowSchema* schema, ArrowArray* array) {
    *schema = {};
    schema->format = format.c_str();
    schema->name = "x";
    schema->release = [](ArrowSchema* node) { node->release = nullptr; };
    *array = {};
    array->length = length;
    array->offset = offset;
    array->null_count = null_count;
    array->n_buffers = static_cast<int64_t>(buffers.size());
    array->buffers = buffers.data();
    array->release = [](ArrowArray* node) { node->release = nullptr; };
    if (dictionary != nullptr) {
      dictionary->fill(&dictionary->schema_node, &dictionary->array_node);
      schema->dictionary = &dictionary->schema_node;
      array->dictionary = &dictionary->array_node;
    }
  }

  Result<std::string> read() {
    ArrowArrayStream stream = {};
    fill(&schema_node, &array_node);
    schema_child = &schema_node;
    array_child = &array_node;
    stream.private_data = this;
    stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
      auto* made = static_cast<HandMade*>(self->private_data);
      *out = {};
      out->format = "+s";
      out->n_children = 1;
      out->children = &made->schema_child;
      out->release = [](ArrowSchema* node) { node->release = nullptr; };
      return 0;
    };
    stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
      auto* made = static_cast<HandMade*>(self->private_data);
      *out = {};
      if (made->done) return 0;
      made->done = true;
      out->length = made->length - made->parent_offset;
      out->offset = made->parent_offset;
      out->n_buffers = 1;
      out->buffers = &made->no_buffer;
      out->n_children = 1;
      out->children = &made->array_child;
      out->release = [](ArrowArray* node) { node->release = nullptr; };
      return 0;
    };
    stream.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
    stream.release = [](ArrowArrayStream* self) { self->release = nullptr; };
    auto imported = SKYMILL_TRY(import_stream(&stream));
    const auto table = SKYMILL_TRY(imported->next());
    return cat(type_name(imported->schema()->fields[0].type), ":",
               table ? shown(table->columns[0].view) : "");
  }
};

TEST(ArrowC, ImportsNarrowAndUnsignedIntegers) {
  static const std::array<int8_t, 4> kSigned = {-1, 2, 3, -128};
  static const std::array<uint8_t, 4> kUnsigned = {255, 2, 3, 128};
  static const std::array<uint32_t, 4> kWide = {4294967295U, 2, 3, 4};
  HandMade c{.format = "c", .length = 4, .buffers = {nullptr, kSigned.data()}};
  EXPECT_EQ(*c.read(), "integer:-1|2|3|-128");
  HandMade u{.format = "C", .length = 3, .buffers = {nullptr, kUnsigned.data()}, .offset = 1};
  EXPECT_EQ(*u.read(), "integer:2|3|128");
  HandMade w{.format = "I", .length = 4, .buffers = {nullptr, kWide.data()}, .parent_offset = 3};
  EXPECT_EQ(*w.read(), "integer:4");
}

TEST(ArrowC, AddsTheOffsetsOfParentAndChild) {
  static const std::array<double, 12> kValues = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  static const std::array<uint8_t, 2> kValid = {0b01111111, 0b1101};
  HandMade column{.format = "g",
                  .length = 9,
                  .buffers = {kValid.data(), kValues.data()},
                  .offset = 3,
                  .null_count = -1,
                  .parent_offset = 2};
  EXPECT_EQ(*column.read(), "number:5|6|-|8|-|10|11");
}

TEST(ArrowC, CopiesWhatIsNotAligned) {
  std::array<char, 1 + 3 * sizeof(int64_t)> bytes = {};
  const std::array<int64_t, 3> values = {1, -2, 3};
  std::memcpy(bytes.data() + 1, values.data(), sizeof values);
  HandMade column{.format = "l", .length = 3, .buffers = {nullptr, bytes.data() + 1}};
  EXPECT_EQ(*column.read(), "integer:1|-2|3");
}

TEST(ArrowC, ScalesTimesAndRefusesOverflow) {
  static const std::array<int64_t, 2> kTimes = {-1, 86'400'000};
  const std::vector<const void*> buffers = {nullptr, kTimes.data()};
  EXPECT_EQ(*(HandMade{.format = "tss:UTC", .length = 2, .buffers = buffers}.read()),
            "timestamp:1969-12-31T23:59:59|1972-09-27T00:00:00");
  EXPECT_EQ(*(HandMade{.format = "tsm:", .length = 2, .buffers = buffers}.read()),
            "timestamp:1969-12-31T23:59:59.999|1970-01-02T00:00:00");
  EXPECT_EQ(*(HandMade{.format = "tsn:", .length = 2, .buffers = buffers}.read()),
            "timestamp:1969-12-31T23:59:59.999999|1970-01-01T00:00:00.0864");
  EXPECT_EQ(*(HandMade{.format = "tdm", .length = 2, .buffers = buffers}.read()),
            "date:1969-12-31|1970-01-02");
  static const int64_t kLarge = INT64_MAX;
  HandMade large{.format = "tss:", .length = 1, .buffers = {nullptr, &kLarge}};
  EXPECT_EQ(large.read().error().code, Code::kSchemaMismatch);
}

TEST(ArrowC, ReadsTextsAndDictionaries) {
  static const std::array<int64_t, 4> kLarge = {1, 2, 2, 4};
  HandMade large{.format = "U", .length = 3, .buffers = {nullptr, kLarge.data(), "-abc"}};
  EXPECT_EQ(*large.read(), "text:a||bc");
  static const std::array<int32_t, 3> kOffsets = {0, 1, 3};
  HandMade texts{.format = "u", .length = 2, .buffers = {nullptr, kOffsets.data(), "abc"}};
  static const std::array<int8_t, 3> kCodes = {1, 0, 1};
  HandMade coded{
      .format = "c", .length = 3, .buffers = {nullptr, kCodes.data()}, .dictionary = &texts};
  EXPECT_EQ(*coded.read(), "text:bc|a|bc");
  static const std::array<int32_t, 2> kBad = {0, 2};
  HandMade bad{.format = "i", .length = 2, .buffers = {nullptr, kBad.data()}, .dictionary = &texts};
  EXPECT_EQ(bad.read().error().code, Code::kCorruptData);
  static const std::array<int32_t, 2> kNegative = {0, -1};
  HandMade negative{
      .format = "i", .length = 2, .buffers = {nullptr, kNegative.data()}, .dictionary = &texts};
  EXPECT_EQ(negative.read().error().code, Code::kCorruptData);
}

TEST(ArrowC, RefusesWhatItCannotHold) {
  static const std::array<int64_t, 2> kValues = {1, 2};
  for (const char* format : {"d:10,2", "e", "L", "z", "vu", "+l", "n", "ttu", "tDs"}) {
    HandMade column{.format = format, .length = 2, .buffers = {nullptr, kValues.data()}};
    const auto read = column.read();
    ASSERT_FALSE(read) << format;
    EXPECT_EQ(read.error().code, Code::kUnsupported);
    EXPECT_EQ(read.error().place.field, "x");
    EXPECT_NE(read.error().message.find(cat("'", format, "'")), std::string::npos);
  }
  static const std::array<int32_t, 3> kDown = {0, 3, 1};
  HandMade down{.format = "u", .length = 2, .buffers = {nullptr, kDown.data(), "abc"}};
  EXPECT_EQ(down.read().error().code, Code::kCorruptData);
  HandMade empty{.format = "l", .length = 2, .buffers = {nullptr, nullptr}};
  EXPECT_EQ(empty.read().error().code, Code::kCorruptData);
}

class FailingStream final : public TableStream {
 public:
  const std::shared_ptr<const Schema>& schema() const override { return schema_; }
  Result<std::optional<Table>> next() override {
    return Error{Code::kCancelled, "interrupted here"};
  }

 private:
  std::shared_ptr<const Schema> schema_ = std::make_shared<Schema>();
};

TEST(ArrowC, CarriesErrors) {
  ArrowArrayStream stream;
  export_stream(std::make_unique<FailingStream>(), &stream);
  auto imported = import_stream(&stream);
  const auto next = (*imported)->next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, Code::kCancelled);
  EXPECT_EQ(next.error().message, "interrupted here");
}

TEST(ArrowC, ChildrenMayBeMovedOut) {
  const Table table = every_type();
  std::vector<ColumnView> views;
  std::vector<std::shared_ptr<const void>> owners;
  owners.reserve(table.columns.size());
  for (const Column& column : table.columns) owners.push_back(column.owner);
  ArrowArray array;
  ASSERT_TRUE(export_table(table.view(views), owners, &array));
  ArrowArray child = *array.children[1];
  array.children[1]->release = nullptr;
  array.release(&array);
  EXPECT_EQ(static_cast<const int64_t*>(child.buffers[1])[1], 1'000'000'007);
  child.release(&child);
  EXPECT_EQ(child.release, nullptr);
}

}  // namespace
}  // namespace skymill
