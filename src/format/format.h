// Format: a file's bytes to tables and back, under a schema that the caller gives. Used by predict,
// serve and writing; training and SQL read files through the engine, which gives equal values (one
// corpus proves it).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "store/object_store.h"
#include "table/table.h"

namespace skymill {

struct ReadOptions {
  /// Columns to deliver, in this order, with their types. With `keep_others` every column of the
  /// file is delivered, in file order: others as the text that stands there, or with their own type
  /// where the file has types.
  Schema schema = {};
  bool keep_others = false;
  std::vector<std::string> null_texts = {"", "NA"};  // text formats; also in quotes
  char delimiter = 0;                                // 0: tab for ".tsv", else a comma
  char quote = '"';                                  // 0: quotes are text
  size_t batch_rows = 8192;
};

/// Receives tables of one schema. Destroyed without finish, it leaves nothing behind; the object
/// appears, whole, when finish returns.
class TableWriter {
 public:
  virtual ~TableWriter() = default;
  virtual Result<void> write(const TableView& table) = 0;
  virtual Result<void> finish() = 0;
};

struct FormatInfo {
  std::string_view name;                       // "csv"
  std::string_view summary;                    // one line
  std::span<const std::string_view> suffixes;  // ".csv", ".tsv"
  /// Strict: the first bad row is an error that names line, column and reason. Rows keep their
  /// order. A column of the schema that the file lacks is an error naming the nearest one; a JSON
  /// row without it is a missing value, for exports leave null out (HTTP refuses it: a request is
  /// one caller's, who can name every column).
  Result<std::unique_ptr<TableStream>> (*open)(const ObjectLocation& location,
                                               const ReadOptions& options);
  Result<std::unique_ptr<TableWriter>> (*create)(const ObjectLocation& location,
                                                 std::shared_ptr<const Schema> schema);
};

/// Every format, in the order `skymill formats` shows them.
std::span<const FormatInfo> formats();

/// By name, or by the suffix of `path` when `name` is empty. Errors name the known ones.
Result<const FormatInfo*> format_for(std::string_view path, std::string_view name);

}  // namespace skymill
