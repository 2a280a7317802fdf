// Table: a schema and equal-length columns; TableView, the same without owners; TableStream, tables
// one after another.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "table/column.h"

namespace skymill {

/// Valid while what it points to lives: one request, one batch.
struct TableView {
  const Schema* schema = nullptr;
  std::span<const ColumnView> columns;
  size_t num_rows = 0;
};

struct Table {
  std::shared_ptr<const Schema> schema;
  std::vector<Column> columns;  // as many as the schema has fields, each of num_rows values
  size_t num_rows = 0;

  /// A view; `columns_out` is its storage and must outlive it.
  TableView view(std::vector<ColumnView>& columns_out) const {
    columns_out.clear();
    for (const Column& column : columns) columns_out.push_back(column.view);
    return {.schema = schema.get(), .columns = columns_out, .num_rows = num_rows};
  }
  /// Rows [start, start + count), sharing the buffers.
  Table slice(size_t start, size_t count) const {
    Table out{.schema = schema, .columns = columns, .num_rows = count};
    for (Column& column : out.columns) column.view = column.view.slice(start, count);
    return out;
  }
};

/// A one-pass source of tables of one schema. Not thread-safe. After an error it must be dropped.
class TableStream {
 public:
  virtual ~TableStream() = default;

  virtual const std::shared_ptr<const Schema>& schema() const = 0;
  /// The next rows (at least one), or nothing at the end.
  virtual Result<std::optional<Table>> next() = 0;
};

/// A stream of tables already in memory.
class MemoryStream final : public TableStream {
 public:
  MemoryStream(std::shared_ptr<const Schema> schema, std::vector<Table> tables)
      : schema_(std::move(schema)), tables_(std::move(tables)) {}

  const std::shared_ptr<const Schema>& schema() const override { return schema_; }
  Result<std::optional<Table>> next() override {
    while (next_ < tables_.size() && tables_[next_].num_rows == 0) ++next_;
    if (next_ == tables_.size()) return std::optional<Table>();
    return std::optional<Table>(tables_[next_++]);
  }

 private:
  std::shared_ptr<const Schema> schema_;
  std::vector<Table> tables_;
  size_t next_ = 0;
};

}  // namespace skymill
