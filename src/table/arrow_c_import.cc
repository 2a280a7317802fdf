// Arrow C data as our tables: the checks, and a converter for each format.
#include <cerrno>
#include <cstring>
#include <limits>

#include "base/text.h"
#include "table/arrow_c.h"

namespace skymill {
namespace {

/// A child array as its converter sees it.
struct Source {
  const ArrowArray& array;
  size_t start;  // first value, the parent's offset included
  size_t length;
  std::shared_ptr<const void> owner;

  template <typename T>
  const T* buffer(size_t index) const {
    return static_cast<const T*>(array.buffers[index]);
  }
};

using Convert = Result<Column> (*)(const Source& source);

struct ImportedField {
  Convert convert = nullptr;
  Convert dictionary = nullptr;  // converts the dictionary's texts
  int64_t buffers = 2;
};

Error broken(const char* what) {
  return {Code::kCorruptData, cat("an Arrow array is malformed: ", what),
          "this is an error of the program that made it"};
}

/// The column's frame: type, size and validity.
Column frame(const Source& source, Type type) {
  Column out;
  out.view.type = type;
  out.view.size = source.length;
  out.view.bit_offset = source.start;
  if (source.array.null_count != 0) out.view.validity = source.buffer<uint8_t>(0);
  out.owner = source.owner;
  return out;
}

template <typename T>
struct Copied {
  std::shared_ptr<const void> source;
  std::vector<T> values;
};

template <typename T>
const T* own_values(Column& column, std::vector<T> values) {
  auto copied = std::make_shared<Copied<T>>(Copied<T>{column.owner, std::move(values)});
  const T* data = copied->values.data();
  column.owner = std::move(copied);
  return data;
}

/// The value at `index`, wherever the buffer is aligned.
template <typename T>
T value_at(const Source& source, size_t index) {
  T value;
  std::memcpy(&value, source.buffer<char>(1) + (source.start + index) * sizeof(T), sizeof(T));
  return value;
}

/// Values of the layout that columns have: shared, or copied when they are not aligned.
template <typename T>
const T* shared_values(const Source& source, Column& column) {
  const auto address = reinterpret_cast<uintptr_t>(source.buffer<char>(1));
  if (address % alignof(T) == 0) {
    return address == 0 ? nullptr : source.buffer<T>(1) + source.start;
  }
  std::vector<T> values(source.length);
  for (size_t i = 0; i < source.length; ++i) values[i] = value_at<T>(source, i);
  return own_values(column, std::move(values));
}

template <typename T, typename To>
const To* widened_values(const Source& source, Column& column) {
  std::vector<To> values(source.length);
  for (size_t i = 0; i < source.length; ++i) {
    // int8 is a number here; a negative code becomes a huge one, which add_dictionary refuses.
    values[i] = static_cast<To>(value_at<T>(source, i));  // NOLINT(bugprone-signed-char-misuse)
  }
  return own_values(column, std::move(values));
}

Result<Column> boolean_column(const Source& source) {
  Column out = frame(source, Type::kBoolean);
  out.view.bits = source.buffer<uint8_t>(1);
  return out;
}

template <typename T>
Result<Column> small_integer_column(const Source& source) {
  Column out = frame(source, Type::kInteger);
  out.view.integers = widened_values<T, int64_t>(source, out);
  return out;
}

Result<Column> integer_column(const Source& source) {
  Column out = frame(source, Type::kInteger);
  out.view.integers = shared_values<int64_t>(source, out);
  return out;
}

Result<Column> float_column(const Source& source) {
  Column out = frame(source, Type::kFloat);
  out.view.numbers = widened_values<float, double>(source, out);
  return out;
}

Result<Column> double_column(const Source& source) {
  Column out = frame(source, Type::kNumber);
  out.view.numbers = shared_values<double>(source, out);
  return out;
}

Result<Column> date_column(const Source& source) {
  Column out = frame(source, Type::kDate);
  out.view.days = shared_values<int32_t>(source, out);
  return out;
}

int64_t floor_divide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

Result<Column> millisecond_date_column(const Source& source) {
  Column out = frame(source, Type::kDate);
  std::vector<int32_t> days(source.length, 0);
  for (size_t i = 0; i < source.length; ++i) {
    if (out.view.missing(i)) continue;
    const int64_t day = floor_divide(value_at<int64_t>(source, i), 86'400'000);
    if (day != static_cast<int32_t>(day)) return broken("a date out of range");
    days[i] = static_cast<int32_t>(day);
  }
  out.view.days = own_values(out, std::move(days));
  return out;
}

Result<Column> timestamp_column(const Source& source) {
  Column out = frame(source, Type::kTimestamp);
  out.view.integers = shared_values<int64_t>(source, out);
  return out;
}

/// Seconds or milliseconds (`factor` to microseconds), or nanoseconds (`factor` 0, rounded down).
template <int64_t factor>
Result<Column> scaled_timestamp_column(const Source& source) {
  Column out = frame(source, Type::kTimestamp);
  std::vector<int64_t> values(source.length, 0);
  for (size_t i = 0; i < source.length; ++i) {
    if (out.view.missing(i)) continue;
    const auto value = value_at<int64_t>(source, i);
    if constexpr (factor == 0) {
      values[i] = floor_divide(value, 1000);
    } else if (__builtin_mul_overflow(value, factor, &values[i])) {
      return Error{Code::kSchemaMismatch, "a timestamp is outside the range of microseconds",
                   "correct the value"};
    }
  }
  out.view.integers = own_values(out, std::move(values));
  return out;
}

Result<Column> text_column(const Source& source) {
  static constexpr int32_t kNoOffset = 0;
  Column out = frame(source, Type::kText);
  out.view.chars = source.buffer<char>(2);
  if (source.length == 0) {
    out.view.offsets = &kNoOffset;
    return out;
  }
  const Source with_end{source.array, source.start, source.length + 1, source.owner};
  out.view.offsets = shared_values<int32_t>(with_end, out);
  if (out.view.offsets[0] < 0) return broken("negative offsets");
  for (size_t i = 0; i < source.length; ++i) {
    if (out.view.offsets[i + 1] < out.view.offsets[i]) return broken("offsets that decrease");
  }
  if (out.view.chars == nullptr && out.view.offsets[source.length] != 0) {
    return broken("texts without bytes");
  }
  return out;
}

Result<Column> large_text_column(const Source& source) {
  Column out = frame(source, Type::kText);
  std::vector<int32_t> offsets(source.length + 1, 0);
  const int64_t first = source.length == 0 ? 0 : value_at<int64_t>(source, 0);
  if (first < 0) return broken("negative offsets");
  int64_t last = first;
  for (size_t i = 1; i <= source.length; ++i) {
    const auto offset = value_at<int64_t>(source, i);
    if (offset < last) return broken("offsets that decrease");
    if (offset - first > INT32_MAX) {
      return Error{Code::kUnsupported, "a batch holds more than 2 GiB of text in one column",
                   "read it in smaller batches"};
    }
    offsets[i] = static_cast<int32_t>(offset - first);
    last = offset;
  }
  if (source.buffer<char>(2) == nullptr && last != first) return broken("texts without bytes");
  out.view.chars = source.buffer<char>(2) == nullptr ? nullptr : source.buffer<char>(2) + first;
  out.view.offsets = own_values(out, std::move(offsets));
  return out;
}

/// Codes without the dictionary, which import_column adds and checks them against. Negative ones
/// become huge and fail that check.
template <typename T>
Result<Column> code_column(const Source& source) {
  Column out = frame(source, Type::kText);
  if constexpr (sizeof(T) == sizeof(uint32_t)) {
    out.view.codes = shared_values<uint32_t>(source, out);
  } else if constexpr (sizeof(T) < sizeof(uint32_t)) {
    out.view.codes = widened_values<T, uint32_t>(source, out);
  } else {
    std::vector<uint32_t> codes(source.length);
    for (size_t i = 0; i < source.length; ++i) {
      const auto value = static_cast<uint64_t>(value_at<T>(source, i));
      codes[i] = value > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(value);
    }
    out.view.codes = own_values(out, std::move(codes));
  }
  return out;
}

struct FormatRow {
  std::string_view format;  // a timestamp's zone follows it
  Type type;
  Convert convert;
  Convert codes = nullptr;  // as the index of a dictionary
};

constexpr FormatRow kFormats[] = {
    {"b", Type::kBoolean, boolean_column},
    {"c", Type::kInteger, small_integer_column<int8_t>, code_column<int8_t>},
    {"C", Type::kInteger, small_integer_column<uint8_t>, code_column<uint8_t>},
    {"s", Type::kInteger, small_integer_column<int16_t>, code_column<int16_t>},
    {"S", Type::kInteger, small_integer_column<uint16_t>, code_column<uint16_t>},
    {"i", Type::kInteger, small_integer_column<int32_t>, code_column<int32_t>},
    {"I", Type::kInteger, small_integer_column<uint32_t>, code_column<uint32_t>},
    {"l", Type::kInteger, integer_column, code_column<int64_t>},
    {"L", Type::kInteger, nullptr, code_column<uint64_t>},
    {"f", Type::kFloat, float_column},
    {"g", Type::kNumber, double_column},
    {"u", Type::kText, text_column},
    {"U", Type::kText, large_text_column},
    {"tdD", Type::kDate, date_column},
    {"tdm", Type::kDate, millisecond_date_column},
    {"tss:", Type::kTimestamp, scaled_timestamp_column<1'000'000>},
    {"tsm:", Type::kTimestamp, scaled_timestamp_column<1'000>},
    {"tsu:", Type::kTimestamp, timestamp_column},
    {"tsn:", Type::kTimestamp, scaled_timestamp_column<0>},
};

const FormatRow* format_row(std::string_view format) {
  for (const FormatRow& row : kFormats) {
    const bool zoned = row.format.ends_with(':') && format.starts_with(row.format);
    if (zoned || row.format == format) return &row;
  }
  return nullptr;
}

Result<ImportedField> import_field(const ArrowSchema& schema, Field& field) {
  field.name = schema.name == nullptr ? "" : schema.name;
  const FormatRow* row = format_row(schema.format);
  ImportedField out;
  if (schema.dictionary != nullptr) {
    const FormatRow* texts = format_row(schema.dictionary->format);
    if (row != nullptr && texts != nullptr && texts->type == Type::kText) {
      out = {.convert = row->codes, .dictionary = texts->convert, .buffers = 2};
      field.type = Type::kText;
    }
  } else if (row != nullptr) {
    out = {.convert = row->convert, .buffers = row->type == Type::kText ? 3 : 2};
    field.type = row->type;
  }
  if (out.convert != nullptr) return out;
  const char* format = schema.dictionary != nullptr ? schema.dictionary->format : schema.format;
  return Error{
      Code::kUnsupported,
      cat("column '", field.name, "' has the Arrow format '", format, "', which is not supported"),
      "leave it out, or cast it (decimals to DOUBLE, nested values to text)",
      {.field = field.name}};
}

Result<void> check_array(const ArrowArray& array, int64_t buffers, size_t end) {
  if (array.offset < 0 || array.length < 0 || array.n_buffers != buffers) {
    return broken("wrong sizes");
  }
  if (static_cast<uint64_t>(array.length) < end) return broken("a column shorter than the table");
  if (array.null_count != 0 && array.buffers[0] == nullptr && array.null_count != -1) {
    return broken("nulls without validity bits");
  }
  if (end != 0 && array.buffers[1] == nullptr) return broken("a column without values");
  return {};
}

Result<void> add_dictionary(Column& codes, const ArrowArray& dictionary, Convert convert) {
  SKYMILL_TRY(check_array(dictionary, 3, 0));
  const auto size = static_cast<size_t>(dictionary.length);
  if (size != 0 && dictionary.buffers[1] == nullptr) return broken("a dictionary without values");
  const Column texts =
      SKYMILL_TRY(convert({dictionary, static_cast<size_t>(dictionary.offset), size, codes.owner}));
  for (size_t entry = 0; texts.view.validity != nullptr && entry < size; ++entry) {
    if (texts.view.missing(entry)) {
      return Error{Code::kUnsupported, "a dictionary holds null", "cast the column to text"};
    }
  }
  for (size_t row = 0; row < codes.view.size; ++row) {
    if (!codes.view.missing(row) && codes.view.codes[row] >= size) {
      return broken("a code outside its dictionary");
    }
  }
  codes.view.offsets = texts.view.offsets;
  codes.view.chars = texts.view.chars;
  codes.view.dictionary_size = size;
  codes.owner = std::make_shared<std::array<std::shared_ptr<const void>, 2>>(
      std::array<std::shared_ptr<const void>, 2>{codes.owner, texts.owner});
  return {};
}

Result<Column> import_column(const ArrowArray& array, const ImportedField& field,
                             const ArrowArray& parent, const std::shared_ptr<const void>& owner) {
  const auto start = static_cast<size_t>(parent.offset);
  const auto length = static_cast<size_t>(parent.length);
  SKYMILL_TRY(check_array(array, field.buffers, start + length));
  const Source source{array, start + static_cast<size_t>(array.offset), length, owner};
  Column column = SKYMILL_TRY(field.convert(source));
  if (field.dictionary != nullptr) {
    if (array.dictionary == nullptr) return broken("codes without a dictionary");
    SKYMILL_TRY(add_dictionary(column, *array.dictionary, field.dictionary));
  }
  return column;
}

template <typename Node>
void release(Node* node) {
  if (node->release != nullptr) node->release(node);
}

class ImportedStream final : public TableStream {
 public:
  explicit ImportedStream(ArrowArrayStream* stream) : stream_(*stream) {
    stream->release = nullptr;
  }
  ImportedStream(const ImportedStream&) = delete;
  ImportedStream& operator=(const ImportedStream&) = delete;
  ~ImportedStream() override { release(&stream_); }

  Result<void> read_schema();
  const std::shared_ptr<const Schema>& schema() const override { return schema_; }
  Result<std::optional<Table>> next() override;

 private:
  Error failure(int code);
  Result<void> take_schema(const ArrowSchema& schema);

  ArrowArrayStream stream_;
  std::shared_ptr<const Schema> schema_;
  std::vector<ImportedField> fields_;
};

Error ImportedStream::failure(int code) {
  const char* text = stream_.get_last_error(&stream_);
  Error error{Code::kInternal, text == nullptr ? std::strerror(code) : text};
  if (code == ECANCELED) error.code = Code::kCancelled;
  if (code == ETIMEDOUT) error.code = Code::kTimeout;
  if (code == ENOMEM) error.code = Code::kResourceExhausted;
  if (code == EINVAL) error.code = Code::kCorruptData;
  return error;
}

Result<void> ImportedStream::take_schema(const ArrowSchema& schema) {
  if (std::string_view(schema.format) != "+s") {
    return Error{Code::kUnsupported, cat("an Arrow stream of '", schema.format, "' is no table")};
  }
  auto out = std::make_shared<Schema>();
  for (int64_t c = 0; c < schema.n_children; ++c) {
    Field field;
    fields_.push_back(SKYMILL_TRY(import_field(*schema.children[c], field)));
    out->fields.push_back(std::move(field));
  }
  schema_ = std::move(out);
  return {};
}

Result<void> ImportedStream::read_schema() {
  ArrowSchema schema = {};
  if (const int code = stream_.get_schema(&stream_, &schema)) return failure(code);
  auto done = take_schema(schema);
  release(&schema);
  return done;
}

Result<std::optional<Table>> ImportedStream::next() {
  while (true) {
    auto array = std::shared_ptr<ArrowArray>(new ArrowArray{}, [](ArrowArray* node) {
      release(node);
      delete node;
    });
    if (const int code = stream_.get_next(&stream_, array.get())) return failure(code);
    if (array->release == nullptr) return std::optional<Table>();
    if (array->length == 0) continue;
    if (array->length < 0 || array->offset < 0 ||
        array->n_children != static_cast<int64_t>(fields_.size())) {
      return broken("wrong sizes");
    }
    if (array->null_count > 0) return broken("rows that are null");
    Table table{.schema = schema_, .columns = {}, .num_rows = static_cast<size_t>(array->length)};
    for (size_t c = 0; c < fields_.size(); ++c) {
      auto column = import_column(*array->children[c], fields_[c], *array, array);
      if (!column) {
        column.error().place.field = schema_->fields[c].name;
        return std::move(column).error();
      }
      table.columns.push_back(std::move(*column));
    }
    return std::optional<Table>(std::move(table));
  }
}

}  // namespace

Result<std::unique_ptr<TableStream>> import_stream(ArrowArrayStream* stream) {
  auto imported = std::make_unique<ImportedStream>(stream);
  SKYMILL_TRY(imported->read_schema());
  return imported;
}

}  // namespace skymill
