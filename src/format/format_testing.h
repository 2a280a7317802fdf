// For the tests of formats: bytes in, rows out as text.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "format/format.h"
#include "store/stores.h"

namespace skymill {

using OpenFormat = decltype(FormatInfo::open);
using CreateFormat = decltype(FormatInfo::create);

/// An object in memory with these bytes; replaced by the next one.
inline ObjectLocation stored(std::string_view bytes) {
  auto location = *locate("memory://format-test/input");
  EXPECT_TRUE(write_object(*location.store, location.key, bytes));
  return location;
}

/// The rows that are left: values joined by '|', '-' for a missing one, a line feed after each.
inline Result<std::string> drain(TableStream& stream) {
  std::string out;
  while (true) {
    const auto table = stream.next();
    if (!table) return table.error();
    if (!*table) return out;
    for (size_t row = 0; row < (**table).num_rows; ++row) {
      const char* separator = "";
      for (const Column& column : (**table).columns) {
        out += separator;
        out += column.view.missing(row) ? "-" : value_text(column.view, row);
        separator = "|";
      }
      out += '\n';
    }
  }
}

inline std::string read_all(OpenFormat open, std::string_view bytes, const ReadOptions& options) {
  auto stream = open(stored(bytes), options);
  if (!stream) return "error: " + stream.error().text();
  const auto rows = drain(**stream);
  return rows ? *rows : "error: " + rows.error().text();
}

inline Error read_error(OpenFormat open, std::string_view bytes, const ReadOptions& options) {
  auto stream = open(stored(bytes), options);
  if (!stream) return stream.error();
  const auto rows = drain(**stream);
  EXPECT_FALSE(rows) << "rows were read: " << *rows;
  return rows ? Error{} : rows.error();
}

/// The bytes that a format's writer makes of a table.
inline std::string written(CreateFormat create, const Table& table) {
  const auto location = *locate("memory://format-test/output");
  auto writer = create(location, table.schema);
  EXPECT_TRUE(writer);
  std::vector<ColumnView> views;
  EXPECT_TRUE((*writer)->write(table.view(views)));
  EXPECT_TRUE((*writer)->finish());
  return *read_object(*location.store, location.key, 1 << 30);
}

}  // namespace skymill
