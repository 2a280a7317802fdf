// Engine: SQL in, rows out. The embedded one runs inside this process; Spark is the other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "rows/row_source.h"
#include "table/table.h"

namespace skymill {

/// How a text file is cut into fields. Unset parts are found by looking at the file, once.
struct CsvDialect {
  std::optional<char> delimiter = {};
  std::optional<char> quote = {};
  std::vector<std::string> null_texts = {"", "NA"};
  std::string encoding = {};  // empty: UTF-8
};

/// Files a user names as one table.
struct DataSource {
  std::string uri;          // a path, a directory, or a glob
  std::string format = {};  // "csv", "json" or "parquet"; empty: by suffix
  CsvDialect dialect = {};
  std::optional<Schema> schema = {};  // given: names and types are checked, not inferred
};

/// A row that was left out because its text could not become values.
struct BadRow {
  std::string source;
  uint64_t line = 0;
  std::string column;
  std::string reason;
  std::string text;  // of the whole line, shortened
};

/// So many bad rows are enough to show.
inline constexpr size_t kShownBadRows = 1000;

struct EngineOptions {
  uint64_t memory_bytes = 0;         // 0: four fifths of the machine's
  unsigned threads = 0;              // 0: one per core
  std::string spill_directory = {};  // empty: a private folder below the system's temporary one
  /// Rows of text files whose structure, encoding or values are wrong: an error, or left out and
  /// reported. A value that its column cannot keep (1e400 as a number) is an error only where the
  /// column is used, but its row is left out always. JSON is all or nothing: a malformed line is
  /// always an error.
  bool skip_bad_rows = false;
  /// At most this many bad rows are described; all are counted.
  size_t described_bad_rows = kShownBadRows;
  const Cancel* cancel = nullptr;
  /// Share of the running query that is done, 0 to 1; called from another thread. May be null.
  std::function<void(double share)> progress = nullptr;
};

class Engine {
 public:
  virtual ~Engine() = default;

  /// Makes the files readable as table `name`, and settles their dialect, names and types by
  /// reading text files once as a whole. Errors: no such file, an empty file, headers that differ,
  /// a schema that does not fit, and rows of a wrong structure or encoding unless they are skipped.
  /// A value that does not fit its type is an error of the run that uses its column.
  virtual Result<Schema> attach(const std::string& name, const DataSource& source) = 0;
  /// How the text of the tables so far is read, for people: name and `delimiter ',', quote '"',
  /// header`. Tables with nothing to say are left out; files that SQL names in quotes are tables.
  virtual std::vector<std::pair<std::string, std::string>> dialects() const = 0;

  /// Runs one SELECT over attached tables and quoted file names; `columns` chooses among those of
  /// its result, none means all. Anything but one SELECT is denied,
  /// and so is every table function and every file that was not named. Each call is a new run. Bad
  /// rows, and files that change meanwhile, are errors at the end of the stream.
  virtual Result<std::unique_ptr<TableStream>> query(
      const std::string& sql, const std::vector<std::string>& columns = {}) = 0;
  /// Names and types of the result, without running it.
  virtual Result<Schema> describe(const std::string& sql) = 0;
  /// Whether repeated runs give the rows in one order: files with only filter and projection.
  virtual Result<bool> ordered(const std::string& sql) = 0;
  /// The result's rows, folded where they live. `rows` names columns of the result.
  virtual Result<std::unique_ptr<RowSource>> rows(const std::string& sql,
                                                  const RowSchema& rows) = 0;

  /// Rows left out so far, of complete runs, as far as they are described; and how many there are.
  /// The same row left out by several runs counts once: a file's count is that of the run that left
  /// out most of it.
  virtual std::vector<BadRow> bad_rows() const = 0;
  virtual uint64_t bad_row_count() const = 0;
};

struct EngineInfo {
  std::string_view name;     // as in --engine
  std::string_view summary;  // one line
  Result<std::unique_ptr<Engine>> (*open)(const EngineOptions& options);
};

/// Every engine of this build.
std::span<const EngineInfo> engines();

/// Opens the embedded engine (its module is loaded on first use). Errors: the module is missing or
/// of another build.
Result<std::unique_ptr<Engine>> open_engine(const EngineOptions& options);

/// A name as a quoted SQL identifier; a text as a quoted SQL literal.
std::string sql_identifier(std::string_view name);
std::string sql_literal(std::string_view text);

}  // namespace skymill
