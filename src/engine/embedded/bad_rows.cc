#include "engine/embedded/bad_rows.h"

#include <algorithm>
#include <numeric>

#include "base/mapped_file.h"
#include "base/text.h"
#include "engine/embedded/csv_records.h"

namespace skymill {
namespace {

constexpr size_t kShownText = 200;

/// A row of the query below.
struct Rejected {
  const DataFile* file;
  uint64_t record;
  uint64_t offset;  // of the row in the file
  const DuckRow* cells;
};

const DataFile* file_of(const std::vector<DataFile>& files, const std::string& path) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const DataFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

std::string shortened(const std::string& text) {
  std::string out = text.substr(0, std::min(text.find_first_of("\r\n"), kShownText));
  while (!out.empty() && invalid_utf8(out)) out.pop_back();
  if (out.size() < text.size() && !out.empty()) out += "…";
  return out;
}

/// DuckDB's reason, in lower case where it shouts and without its hints.
std::string reason_of(const std::string& type, const std::string& message) {
  if (type == "UNQUOTED VALUE") return "a quote is not closed, or text follows it";
  if (type == "INVALID ENCODING") return "the text is not valid UTF-8";
  if (type == "LINE SIZE OVER MAXIMUM") return "the row is longer than 2,000,000 bytes";
  if (type == "MISSING COLUMNS" || type == "TOO MANY COLUMNS") {
    const std::string fields = lower(message.substr(0, message.find('\n')));
    return cat(type == "MISSING COLUMNS" ? "too few fields: " : "too many fields: ", fields);
  }
  return message.substr(0, message.find('\n'));
}

BadRow described(const Rejected& rejected, uint64_t line) {
  const DuckRow& cells = *rejected.cells;
  const std::string type = cells[4].value_or("");
  const bool in_column = type == "CAST" || type == "INVALID ENCODING";
  return {.source = rejected.file == nullptr ? cells[0].value_or("") : rejected.file->shown,
          .line = line,
          .column = in_column ? cells[3].value_or("") : "",
          .reason = reason_of(type, cells[5].value_or("")),
          .text = shortened(cells[6].value_or(""))};
}

/// Lines of the rejected rows of one file, in their order.
std::vector<uint64_t> physical_lines(const std::vector<Rejected>& rejected) {
  std::vector<uint64_t> lines;
  std::vector<uint64_t> offsets;
  for (const Rejected& row : rejected) {
    lines.push_back(row.record);
    offsets.push_back(row.offset);
  }
  const DataFile* file = rejected.front().file;
  if (file == nullptr || file->compressed) return lines;
  const auto mapped = MappedFile::open(file->path);
  // UTF-16 is decoded before it is cut into rows, so offsets mean nothing there.
  if (!mapped || (*mapped)->bytes().starts_with("\xFF\xFE")) return lines;
  return lines_at((*mapped)->bytes(), offsets);
}

}  // namespace

uint64_t BadRows::count() const {
  return std::accumulate(count_by_file.begin(), count_by_file.end(), uint64_t{0},
                         [](uint64_t sum, const auto& entry) { return sum + entry.second; });
}

void BadRows::add(const BadRows& other) {
  rows.insert(rows.end(), other.rows.begin(), other.rows.end());
  for (const auto& [file, count] : other.count_by_file) count_by_file[file] += count;
}

Result<BadRows> rejected_rows(duckdb_connection connection, const std::vector<DataFile>& files,
                              const std::string& filter, size_t described_rows) {
  BadRows out;
  const DuckRows exists = SKYMILL_TRY(duck_rows(
      connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name='reject_errors'"));
  if (duck_count(exists.at(0).at(0)) == 0) return out;
  // A row can be wrong in several ways; the first by column stands for it. A scan that the query
  // needs twice rejects its rows twice.
  const std::string where = filter.empty() ? "" : " WHERE " + filter;
  SKYMILL_TRY(duck_rows(
      connection,
      cat("CREATE OR REPLACE TEMP VIEW skymill_rejects AS SELECT s.file_path AS file, e.* FROM "
          "(SELECT DISTINCT scan_id, file_id, file_path FROM reject_scans) s "
          "JOIN reject_errors e USING (scan_id, file_id)",
          where)));
  const DuckRows counts = SKYMILL_TRY(
      duck_rows(connection, "SELECT file, count(DISTINCT line) FROM skymill_rejects GROUP BY 1"));
  for (const DuckRow& row : counts) {
    const DataFile* file = file_of(files, row[0].value_or(""));
    out.count_by_file[file == nullptr ? row[0].value_or("") : file->shown] += duck_count(row[1]);
  }
  const DuckRows rows = SKYMILL_TRY(duck_rows(
      connection,
      cat("SELECT file, line, min(line_byte_position), arg_min(column_name, column_idx), "
          "arg_min(error_type::VARCHAR, column_idx), arg_min(error_message, column_idx), "
          "arg_min(csv_line, column_idx) FROM skymill_rejects GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ",
          described_rows)));
  std::vector<Rejected> same_file;
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint64_t position = duck_count(rows[i][2]);
    same_file.push_back({.file = file_of(files, rows[i][0].value_or("")),
                         .record = duck_count(rows[i][1]),
                         .offset = position == 0 ? 0 : position - 1,
                         .cells = &rows[i]});
    if (i + 1 < rows.size() && rows[i + 1][0] == rows[i][0]) continue;
    const std::vector<uint64_t> lines = physical_lines(same_file);
    for (size_t k = 0; k < lines.size(); ++k) out.rows.push_back(described(same_file[k], lines[k]));
    same_file.clear();
  }
  return out;
}

Error bad_rows_error(const BadRows& bad) {
  const uint64_t count = bad.count();
  Error error{Code::kCorruptData, "", "repair the rows, or leave them out with --bad-rows skip"};
  if (bad.rows.empty()) {
    error.message = cat(count, " rows cannot be read");
    return error;
  }
  const BadRow& first = bad.rows.front();
  const std::string others = count == 1 ? "" : cat(" (the first of ", count, " bad rows)");
  error.message = cat(first.reason, others);
  error.place = {.source = first.source, .line = first.line, .field = first.column};
  return error;
}

void BadRowLog::add(const BadRows& bad) {
  const std::lock_guard guard(mutex_);
  for (const auto& [file, count] : bad.count_by_file) {
    uint64_t& known = count_by_file_[file];
    known = std::max(known, count);
  }
  for (const BadRow& row : bad.rows) {
    if (rows_.size() == limit_) return;
    if (described_.emplace(row.source, row.line).second) rows_.push_back(row);
  }
}

std::vector<BadRow> BadRowLog::rows() const {
  const std::lock_guard guard(mutex_);
  return rows_;
}

uint64_t BadRowLog::count() const {
  const std::lock_guard guard(mutex_);
  BadRows all;
  all.count_by_file = count_by_file_;
  return all.count();
}

}  // namespace skymill
