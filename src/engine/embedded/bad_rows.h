// Rows that could not be read: fetched from DuckDB's reject tables after a scan, told as an error
// or kept in a log.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/embedded/attached_table.h"

namespace skymill {

/// Bad rows of one scan. Counts are of distinct rows of a file.
struct BadRows {
  std::vector<BadRow> rows;                       // the described ones, by file and line
  std::map<std::string, uint64_t> count_by_file;  // under the names users gave

  uint64_t count() const;
  void add(const BadRows& other);
};

/// What the scans on `connection` rejected, as far as `filter` (SQL over reject_errors, or empty)
/// says; the first `described` of them are described. Lines are physical ones where the file is
/// plain text; DuckDB counts records.
Result<BadRows> rejected_rows(duckdb_connection connection, const std::vector<DataFile>& files,
                              const std::string& filter, size_t described);

/// The error that stands for them. Precondition: there are some.
Error bad_rows_error(const BadRows& bad);

/// Bad rows of all complete runs. The same row, read by several runs, counts once: a file's count
/// is that of the run that left out most of it. Thread-safe.
class BadRowLog {
 public:
  explicit BadRowLog(size_t described) : limit_(described) {}

  void add(const BadRows& bad);
  std::vector<BadRow> rows() const;
  uint64_t count() const;

 private:
  const size_t limit_;
  mutable std::mutex mutex_;
  std::vector<BadRow> rows_;
  std::set<std::pair<std::string, uint64_t>> described_;
  std::map<std::string, uint64_t> count_by_file_;
};

}  // namespace skymill
