#include "engine/embedded/chunk_table.h"

#include <cstdint>
#include <limits>

#include "base/text.h"

namespace skymill {
namespace {

/// The chunk and what was made of it; every column of the table shares it.
struct ChunkBuffers {
  explicit ChunkBuffers(duckdb_data_chunk taken) : chunk(taken) {}
  ChunkBuffers(const ChunkBuffers&) = delete;
  ChunkBuffers& operator=(const ChunkBuffers&) = delete;
  ~ChunkBuffers() { duckdb_destroy_data_chunk(&chunk); }

  duckdb_data_chunk chunk;
  std::vector<std::vector<uint8_t>> bits;
  std::vector<std::vector<int32_t>> offsets;
  std::vector<std::string> chars;
};

const uint8_t* pack_bits(const bool* values, size_t rows, ChunkBuffers& buffers) {
  auto& bits = buffers.bits.emplace_back((rows + 7) / 8);
  for (size_t i = 0; i < rows; ++i) {
    // What stands under a missing value may be no valid bool: only its lowest bit is looked at.
    const auto byte = reinterpret_cast<const uint8_t*>(values)[i];
    bits[i >> 3] = static_cast<uint8_t>(bits[i >> 3] | (byte & 1) << (i & 7));
  }
  return bits.data();
}

Result<void> lay_texts(const duckdb_string_t* texts, ColumnView& view, ChunkBuffers& buffers) {
  auto& offsets = buffers.offsets.emplace_back();
  auto& chars = buffers.chars.emplace_back();
  offsets.reserve(view.size + 1);
  offsets.push_back(0);
  for (size_t i = 0; i < view.size; ++i) {
    if (!view.missing(i)) {
      duckdb_string_t text = texts[i];
      chars.append(duckdb_string_t_data(&text), duckdb_string_t_length(text));
    }
    if (chars.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
      return Error{Code::kResourceExhausted, "2,048 rows hold more than 2 GiB of text",
                   "shorten the column, for example with left(column, 1000)"};
    }
    offsets.push_back(static_cast<int32_t>(chars.size()));
  }
  view.offsets = offsets.data();
  view.chars = chars.data();
  return {};
}

/// DuckDB keeps the largest values of a type for the infinite ones.
template <typename T>
bool any_infinite(const T* values, const ColumnView& view) {
  constexpr T kInfinity = std::numeric_limits<T>::max();
  for (size_t i = 0; i < view.size; ++i) {
    if ((values[i] == kInfinity || values[i] == -kInfinity) && !view.missing(i)) return true;
  }
  return false;
}

Error infinite_error(const Field& field) {
  return {Code::kSchemaMismatch,
          cat("column '", field.name, "' holds an infinite ", type_name(field.type)),
          cat("leave such rows out: WHERE isfinite(", field.name, ")"),
          {.field = field.name}};
}

Result<ColumnView> column_view(const Field& field, duckdb_vector vector, ChunkBuffers& buffers) {
  void* data = duckdb_vector_get_data(vector);
  ColumnView view{.type = field.type,
                  .size = duckdb_data_chunk_get_size(buffers.chunk),
                  .validity = reinterpret_cast<uint8_t*>(duckdb_vector_get_validity(vector))};
  switch (field.type) {
    case Type::kBoolean:
      view.bits = pack_bits(static_cast<bool*>(data), view.size, buffers);
      break;
    case Type::kInteger:
      view.integers = static_cast<int64_t*>(data);
      break;
    case Type::kNumber:
    case Type::kFloat:
      view.numbers = static_cast<double*>(data);
      break;
    case Type::kText:
      SKYMILL_TRY(lay_texts(static_cast<duckdb_string_t*>(data), view, buffers));
      break;
    case Type::kDate:
      view.days = static_cast<int32_t*>(data);
      if (any_infinite(view.days, view)) return infinite_error(field);
      break;
    case Type::kTimestamp:
      view.integers = static_cast<int64_t*>(data);
      if (any_infinite(view.integers, view)) return infinite_error(field);
      break;
  }
  return view;
}

}  // namespace

Result<Table> chunk_table(std::shared_ptr<const Schema> schema, duckdb_data_chunk chunk) {
  auto buffers = std::make_shared<ChunkBuffers>(chunk);
  // Views point into these, so they must not move.
  const size_t columns = schema->size();
  buffers->bits.reserve(columns);
  buffers->offsets.reserve(columns);
  buffers->chars.reserve(columns);
  Table table{.schema = schema, .num_rows = duckdb_data_chunk_get_size(chunk)};
  for (size_t i = 0; i < columns; ++i) {
    const ColumnView view = SKYMILL_TRY(
        column_view(schema->fields[i], duckdb_data_chunk_get_vector(chunk, i), *buffers));
    table.columns.push_back({view, buffers});
  }
  return table;
}

}  // namespace skymill
