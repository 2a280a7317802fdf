// Console: where a command's output goes. stdout is data; notes, warnings, progress and errors go
// to stderr.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "table/table.h"

namespace skymill {

class Console {
 public:
  Console();

  bool json = false;   // one JSON document on stdout
  bool quiet = false;  // no notes, no progress

  /// Whether a person looks at it.
  bool stdout_is_terminal() const { return stdout_terminal_; }
  bool shows_progress() const { return stderr_terminal_ && !quiet && !json; }

  void print(std::string_view text);
  void print_json(const Json& document);
  /// A message for people; kept back by --quiet.
  void note(std::string_view text);
  void warn(std::string_view text);
  /// The error on stderr; with --json also as the document on stdout, unless one is there already.
  void fail(const Error& error);
  /// Errors: stdout cannot be written (a full disk, a closed pipe).
  Result<void> flush();

 private:
  bool stdout_terminal_;
  bool stderr_terminal_;
  bool document_printed_ = false;
};

/// Rows as aligned text: a line of names, a line of types, then the rows.
std::string table_text(const Schema& schema, const std::vector<Table>& tables);
/// Cells as aligned text; the first row is the heading. `right` marks right-aligned columns.
std::string grid_text(const std::vector<std::vector<std::string>>& rows,
                      const std::vector<bool>& right);

/// 1234567 → "1,234,567".
std::string grouped(uint64_t number);

}  // namespace skymill
