// How a set of CSV files is cut into fields: settled once, from the header and by our own rules.
// DuckDB's sniffer is not asked: it reads a ragged file as one column, skips leading lines, drops
// lines that look like comments, and may give every file of a set another answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/embedded/attached_table.h"

namespace skymill {

struct CsvLayout {
  char delimiter = ',';
  char quote = '"';
  std::vector<std::string> null_texts;
  std::string encoding;              // empty: UTF-8
  std::vector<std::string> names;    // of the header; a column without a name is "column<index>"
  uint64_t buffer_bytes = 32 << 20;  // of each thread that reads
  /// Line ends are mixed: DuckDB's strict mode refuses that, so quotes and field counts were
  /// checked here instead.
  bool lenient = false;

  std::string text() const;
};

/// Looks at the first lines of every file. Errors: files whose headers differ, a header with equal
/// names or only numbers, UTF-16 without --encoding, NUL bytes.
Result<CsvLayout> settle_csv_layout(const AttachContext& context,
                                    const std::vector<DataFile>& files, const CsvDialect& dialect);

/// Looks through the rest of plain files for what DuckDB would not tell or not read: NUL bytes are
/// an error, mixed line ends make the layout lenient when all records are whole, else an error.
Result<void> check_csv_texts(const std::vector<DataFile>& files, CsvLayout& layout);

/// The whole text of a file that needs no decoding, without its byte order mark; nothing for a
/// compressed file or another encoding. `owner` keeps it alive.
std::optional<std::string_view> plain_text(const DataFile& file, const CsvLayout& layout,
                                           std::shared_ptr<const void>& owner);

/// A read_csv(…) over the files; `types` are SQL types of the layout's columns.
std::string read_csv_sql(const CsvLayout& layout, const std::vector<std::string>& paths,
                         const std::vector<std::string>& types, uint64_t rejects_limit);

}  // namespace skymill
