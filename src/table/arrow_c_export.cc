// Our tables as Arrow C data. Every array and schema owns what it needs through private_data, so
// that a consumer may move children out and release them in any order.
#include <cerrno>
#include <cstring>
#include <string>

#include "base/text.h"
#include "table/arrow_c.h"

namespace skymill {
namespace {

// ---- Schema ----

const char* format_of(Type type) {
  switch (type) {
    case Type::kBoolean:
      return "b";
    case Type::kInteger:
      return "l";
    case Type::kNumber:
      return "g";
    case Type::kFloat:
      return "f";
    case Type::kText:
      return "u";
    case Type::kDate:
      return "tdD";
    case Type::kTimestamp:
      return "tsu:";
  }
  return "u";
}

struct SchemaOwner {
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> pointers;
};

template <typename Node, typename Owner>
void release_node(Node* node) {
  for (int64_t i = 0; i < node->n_children; ++i) {
    if (node->children[i]->release != nullptr) node->children[i]->release(node->children[i]);
  }
  delete static_cast<Owner*>(node->private_data);
  node->release = nullptr;
}

void fill_schema(ArrowSchema* out, const char* format, std::unique_ptr<SchemaOwner> owner) {
  *out = {};
  out->format = format;
  out->name = owner->name.c_str();
  out->flags = ARROW_FLAG_NULLABLE;
  out->n_children = static_cast<int64_t>(owner->pointers.size());
  out->children = owner->pointers.data();
  out->release = release_node<ArrowSchema, SchemaOwner>;
  out->private_data = owner.release();
}

// ---- Columns ----

struct ArrayOwner {
  std::shared_ptr<const void> source;
  std::vector<uint8_t> validity;
  std::vector<float> floats;
  std::vector<int32_t> offsets;
  std::string chars;
  std::array<const void*, 3> buffers = {};
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> pointers;
};

std::vector<uint8_t> aligned_validity(const ColumnView& column) {
  std::vector<uint8_t> bits((column.size + 7) / 8, 0);
  for (size_t row = 0; row < column.size; ++row) {
    if (!column.missing(row))
      bits[row >> 3] = static_cast<uint8_t>(bits[row >> 3] | 1U << (row & 7));
  }
  return bits;
}

/// Copies texts out of a dictionary.
Result<void> copy_texts(const ColumnView& column, ArrayOwner& owner) {
  owner.offsets.reserve(column.size + 1);
  owner.offsets.push_back(0);
  for (size_t row = 0; row < column.size; ++row) {
    if (!column.missing(row)) owner.chars += column.text(row);
    if (owner.chars.size() > INT32_MAX) {
      return Error{Code::kResourceExhausted, "a batch holds more than 2 GiB of text in one column",
                   "use smaller batches"};
    }
    owner.offsets.push_back(static_cast<int32_t>(owner.chars.size()));
  }
  return {};
}

/// Sets the value buffers of `column`.
Result<void> set_values(const ColumnView& column, ArrayOwner& owner) {
  switch (column.type) {
    case Type::kBoolean:
      owner.buffers[1] = column.bits + (column.bit_offset >> 3);
      break;
    case Type::kInteger:
    case Type::kTimestamp:
      owner.buffers[1] = column.integers;
      break;
    case Type::kNumber:
      owner.buffers[1] = column.numbers;
      break;
    case Type::kDate:
      owner.buffers[1] = column.days;
      break;
    case Type::kFloat:
      owner.floats.resize(column.size);
      for (size_t row = 0; row < column.size; ++row) {
        owner.floats[row] = static_cast<float>(column.numbers[row]);
      }
      owner.buffers[1] = owner.floats.data();
      break;
    case Type::kText:
      if (column.codes != nullptr) SKYMILL_TRY(copy_texts(column, owner));
      owner.buffers[1] = column.codes != nullptr ? owner.offsets.data() : column.offsets;
      owner.buffers[2] = column.codes != nullptr ? owner.chars.data() : column.chars;
      break;
  }
  return {};
}

void fill_array(ArrowArray* out, size_t length, int64_t buffers,
                std::unique_ptr<ArrayOwner> owner) {
  *out = {};
  out->length = static_cast<int64_t>(length);
  out->n_buffers = buffers;
  out->buffers = owner->buffers.data();
  out->n_children = static_cast<int64_t>(owner->pointers.size());
  out->children = owner->pointers.data();
  out->release = release_node<ArrowArray, ArrayOwner>;
  out->private_data = owner.release();
}

Result<void> export_column(const ColumnView& column, std::shared_ptr<const void> source,
                           ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->source = std::move(source);
  SKYMILL_TRY(set_values(column, *owner));
  int64_t nulls = 0;
  int64_t offset = 0;
  // Booleans and their validity share the offset; other values start at 0, so validity must too.
  if (column.type == Type::kBoolean) offset = static_cast<int64_t>(column.bit_offset & 7);
  if (column.validity != nullptr) {
    for (size_t row = 0; row < column.size; ++row) nulls += column.missing(row) ? 1 : 0;
    if (column.type == Type::kBoolean || (column.bit_offset & 7) == 0) {
      owner->buffers[0] = column.validity + (column.bit_offset >> 3);
    } else {
      owner->validity = aligned_validity(column);
      owner->buffers[0] = owner->validity.data();
    }
  }
  fill_array(out, column.size, column.type == Type::kText ? 3 : 2, std::move(owner));
  out->offset = offset;
  out->null_count = nulls;
  return {};
}

// ---- Stream ----

struct StreamOwner {
  std::unique_ptr<TableStream> stream;
  std::string last_error;
};

int errno_of(Code code) {
  switch (code) {
    case Code::kCancelled:
      return ECANCELED;
    case Code::kTimeout:
      return ETIMEDOUT;
    case Code::kResourceExhausted:
      return ENOMEM;
    case Code::kInvalidArgument:
    case Code::kSchemaMismatch:
    case Code::kCorruptData:
    case Code::kUnsupported:
      return EINVAL;
    default:
      return EIO;
  }
}

int stream_schema(ArrowArrayStream* stream, ArrowSchema* out) {
  export_schema(*static_cast<StreamOwner*>(stream->private_data)->stream->schema(), out);
  return 0;
}

Result<bool> next_array(StreamOwner& owner, ArrowArray* out) {
  const std::optional<Table> table = SKYMILL_TRY(owner.stream->next());
  if (!table) return false;
  std::vector<ColumnView> views;
  std::vector<std::shared_ptr<const void>> owners;
  for (const Column& column : table->columns) owners.push_back(column.owner);
  SKYMILL_TRY(export_table(table->view(views), owners, out));
  return true;
}

int stream_next(ArrowArrayStream* stream, ArrowArray* out) {
  auto& owner = *static_cast<StreamOwner*>(stream->private_data);
  *out = {};
  try {
    const auto more = next_array(owner, out);
    if (more) return 0;
    owner.last_error = more.error().text();
    return errno_of(more.error().code);
  } catch (const std::exception& error) {  // out of memory: nothing may cross a C interface
    owner.last_error = error.what();
    return ENOMEM;
  }
}

const char* stream_last_error(ArrowArrayStream* stream) {
  const auto& owner = *static_cast<StreamOwner*>(stream->private_data);
  return owner.last_error.empty() ? nullptr : owner.last_error.c_str();
}

void stream_release(ArrowArrayStream* stream) {
  delete static_cast<StreamOwner*>(stream->private_data);
  stream->release = nullptr;
}

}  // namespace

void export_schema(const Schema& schema, ArrowSchema* out) {
  auto owner = std::make_unique<SchemaOwner>();
  owner->children.resize(schema.size());
  for (size_t c = 0; c < schema.size(); ++c) {
    auto child = std::make_unique<SchemaOwner>();
    child->name = schema.fields[c].name;
    fill_schema(&owner->children[c], format_of(schema.fields[c].type), std::move(child));
    owner->pointers.push_back(&owner->children[c]);
  }
  fill_schema(out, "+s", std::move(owner));
}

Result<void> export_table(const TableView& table,
                          std::span<const std::shared_ptr<const void>> owners, ArrowArray* out) {
  auto owner = std::make_unique<ArrayOwner>();
  owner->children.resize(table.columns.size());
  Result<void> done;
  for (size_t c = 0; c < table.columns.size() && done; ++c) {
    done =
        export_column(table.columns[c], owners.empty() ? nullptr : owners[c], &owner->children[c]);
    if (done) owner->pointers.push_back(&owner->children[c]);
  }
  fill_array(out, table.num_rows, 1, std::move(owner));
  if (!done) out->release(out);
  return done;
}

void export_stream(std::unique_ptr<TableStream> stream, ArrowArrayStream* out) {
  *out = {};
  out->get_schema = stream_schema;
  out->get_next = stream_next;
  out->get_last_error = stream_last_error;
  out->release = stream_release;
  out->private_data = new StreamOwner{std::move(stream), {}};
}

}  // namespace skymill
