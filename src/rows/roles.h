// Roles: the one way from rows of a table to a raw block. Training, scoring, requests and the
// kernel library all come through here.
#pragma once

#include <memory>
#include <unordered_map>

#include "rows/block.h"
#include "rows/row_source.h"
#include "table/table.h"

namespace skymill {

/// A RowSchema prepared for reading rows: indexes of levels and classes. Immutable, thread-safe.
class Roles {
 public:
  /// With labels, rows whose label or weight is missing are dropped; without, the label and weight
  /// columns are not looked at and need not exist.
  Roles(RowSchema rows, bool with_label);

  const RowSchema& rows() const { return rows_; }
  bool with_label() const { return with_label_; }

  /// Where in `schema` each role stands. Errors: a column is missing or of a type that does not
  /// fit; the hint names the nearest column.
  struct Columns {
    std::vector<size_t> features;
    size_t label = 0;
    size_t weight = 0;
    size_t key = 0;
  };
  Result<Columns> locate(const Schema& schema) const;

  /// Code of a text in a category feature's levels, or kUnseenCode.
  uint32_t code_of(size_t feature, std::string_view text) const;

  /// Appends rows [start, start + count) of `table` to `out`, which has room from row `filled` on,
  /// and returns how many rows were kept. `first_ordinal` is the ordinal of the table's first row.
  /// Errors name column and row: an infinity, a label outside the classes, a negative weight.
  Result<size_t> append(const TableView& table, const Columns& columns, size_t start, size_t count,
                        uint64_t first_ordinal, BlockBuffer& out, size_t filled,
                        RowCounts& counts) const;

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using LevelIndex = std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>>;

  Result<void> append_features(const TableView& table, const Columns& columns,
                               std::span<const uint32_t> kept, BlockBuffer& out,
                               size_t filled) const;
  Result<double> label_value(const ColumnView& column, size_t row) const;
  Result<uint64_t> key_value(const ColumnView& column, size_t row) const;
  Error row_error(const ColumnView& column, size_t row, const std::string& name,
                  const std::string& what) const;

  RowSchema rows_;
  bool with_label_;
  std::vector<LevelIndex> levels_;  // per feature; empty for numbers
  LevelIndex classes_;
};

/// The rows of a table as one raw block: number 0 of partition 0, keys = ordinals when no key
/// column is named. Any number of rows. `out` must outlive the block.
Result<Block> to_block(const TableView& table, const Roles& roles, BlockBuffer& out);

/// Cuts a stream of tables into full blocks.
class BlockReader {
 public:
  /// `first_ordinal` is the ordinal of the stream's first row.
  BlockReader(std::unique_ptr<TableStream> stream, std::shared_ptr<const Roles> roles,
              uint64_t partition, uint64_t first_ordinal = 0)
      : stream_(std::move(stream)),
        roles_(std::move(roles)),
        partition_(partition),
        ordinal_(first_ordinal) {}

  /// Fills `out` with the next block; nothing at the end of the stream.
  Result<std::optional<Block>> next(BlockBuffer& out);
  const RowCounts& counts() const { return counts_; }

 private:
  std::unique_ptr<TableStream> stream_;
  std::shared_ptr<const Roles> roles_;
  uint64_t partition_;
  uint64_t ordinal_;  // of the current table's first row
  uint64_t number_ = 0;
  std::optional<Roles::Columns> columns_;
  std::optional<Table> table_;
  size_t taken_ = 0;  // rows of table_ already in blocks
  std::vector<ColumnView> views_;
  RowCounts counts_;
};

}  // namespace skymill
