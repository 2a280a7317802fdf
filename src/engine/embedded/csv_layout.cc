#include "engine/embedded/csv_layout.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/mapped_file.h"
#include "base/text.h"
#include "engine/embedded/csv_records.h"
#include "table/coercion.h"

namespace skymill {
namespace {

constexpr std::array<char, 4> kDelimiters = {',', ';', '\t', '|'};
constexpr size_t kHeadBytes = 4 << 20;
constexpr size_t kHeadRecords = 100;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string shown_char(char c) { return c == '\t' ? "tab" : std::string(1, c); }

Place line_place(const DataFile& file, uint64_t line) {
  return {.source = file.shown, .line = line};
}

/// Refuses bytes that are no UTF-8 text at all.
Result<void> check_text_bytes(const DataFile& file, std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    return Error{Code::kCorruptData, cat(file.shown, " is UTF-16 text"),
                 "say --encoding utf-16, or convert it to UTF-8", line_place(file, 1)};
  }
  const auto* nul = static_cast<const char*>(std::memchr(bytes.data(), '\0', bytes.size()));
  if (nul == nullptr) return {};
  const auto offset = static_cast<uint64_t>(nul - bytes.data());
  return Error{Code::kCorruptData, cat(file.shown, " holds a NUL byte, which no text file has"),
               "it may be damaged, or of another format or encoding",
               line_place(file, lines_at(bytes, {offset}).front())};
}

/// The first lines of a file that only DuckDB can decode.
Result<std::string> decoded_head(const AttachContext& context, const DataFile& file,
                                 const std::string& encoding) {
  const auto connection = SKYMILL_TRY(context.database.connect());
  // One column cut at a character that text does not hold is one line.
  const std::string sql = cat(
      "FROM read_csv(", sql_literal(file.path),
      ", auto_detect=false, header=false, delim=chr(31), quote='', escape='', ",
      "strict_mode=false, columns={'line':'VARCHAR'}",
      encoding.empty() ? "" : cat(", encoding=", sql_literal(encoding)), ") LIMIT ", kHeadRecords);
  const DuckRows rows = SKYMILL_TRY(duck_rows(connection.get(), sql).at_source(file.shown));
  std::string out;
  for (const DuckRow& row : rows) out += row.at(0).value_or("") + "\n";
  return out;
}

/// How well `delimiter` cuts the head: fields of the header, and the share of the other records
/// that have as many.
struct Cut {
  size_t fields = 0;
  double agreeing = 0;
};

Cut cut_by(std::string_view head, char delimiter, char quote) {
  CsvRecords records(head, delimiter, quote);
  if (!records.next()) return {};
  const size_t fields = records.fields().size();
  size_t same = 0;
  size_t others = 0;
  while (others < kHeadRecords && records.next()) {
    ++others;
    same += records.fields().size() == fields ? 1 : 0;
  }
  return {fields, others == 0 ? 1.0 : static_cast<double>(same) / static_cast<double>(others)};
}

char find_delimiter(std::string_view head, char quote) {
  char best = ',';
  Cut best_cut;
  for (const char candidate : kDelimiters) {
    const Cut cut = cut_by(head, candidate, quote);
    if (cut.fields < 2) continue;
    const bool better = cut.agreeing > best_cut.agreeing ||
                        (cut.agreeing == best_cut.agreeing && cut.fields > best_cut.fields);
    if (better || best_cut.fields == 0) {
      best = candidate;
      best_cut = cut;
    }
  }
  return best;
}

Result<std::vector<std::string>> header_names(const DataFile& file, std::string_view head,
                                              const CsvLayout& layout) {
  CsvRecords records(head, layout.delimiter, layout.quote);
  if (!records.next()) {
    return Error{Code::kCorruptData, cat(file.shown, " holds no text"),
                 "a CSV file begins with a line of column names", line_place(file, 1)};
  }
  if (records.quoting_broken()) {
    return Error{Code::kCorruptData, "a quote in the header is not closed", "repair the first line",
                 line_place(file, records.line())};
  }
  std::vector<std::string> names = records.fields();
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) names[i] = cat("column", i);
    if (invalid_utf8(names[i])) {
      return Error{Code::kCorruptData, cat("the name of column ", i + 1, " is not valid UTF-8"),
                   "say --encoding latin-1, or convert the file to UTF-8", line_place(file, 1)};
    }
  }
  return names;
}

Result<void> check_header(const DataFile& file, const CsvLayout& layout) {
  const auto& names = layout.names;
  SKYMILL_TRY(check_names(names, file.shown));
  if (names.size() == 1 && names[0].find_first_of(",;|\t") != std::string::npos) {
    return Error{Code::kCorruptData,
                 cat("delimiter '", shown_char(layout.delimiter), "' makes one column of ",
                     quote_text(names[0])),
                 "name the right one with --delimiter", line_place(file, 1)};
  }
  const bool numbers = std::all_of(names.begin(), names.end(),
                                   [](const std::string& name) { return number_of(name); });
  if (!numbers) return {};
  return Error{Code::kCorruptData, cat("the first line of ", file.shown, " holds only numbers"),
               "a CSV file begins with a line of column names: add one", line_place(file, 1)};
}

Result<void> check_same_header(const DataFile& file, const std::vector<std::string>& names,
                               const DataFile& first, const CsvLayout& layout) {
  if (names == layout.names) return {};
  std::string difference = cat(names.size(), " columns, not ", layout.names.size());
  if (names.size() == layout.names.size()) {
    const auto pair = std::mismatch(names.begin(), names.end(), layout.names.begin());
    difference = cat("column ", pair.first - names.begin() + 1, " is ", quote_text(*pair.first),
                     ", not ", quote_text(*pair.second));
  }
  return Error{Code::kSchemaMismatch,
               cat("the header of ", file.shown, " is not that of ", first.shown, ": ", difference),
               "files read as one table need the same header and delimiter", line_place(file, 1)};
}

/// What DuckDB's strict mode would have checked: quotes close and all records are equally long.
/// Returns whether line ends outside quotes are mixed.
Result<bool> check_mixed_file(const DataFile& file, std::string_view text,
                              const CsvLayout& layout) {
  CsvRecords records(text, layout.delimiter, layout.quote);
  std::array<bool, 2> seen = {};
  std::optional<Error> broken;
  while (records.next()) {
    seen[records.ends_with_crlf() ? 1 : 0] = true;
    const size_t fields = records.fields().size();
    if (broken || (!records.quoting_broken() && fields == layout.names.size())) continue;
    broken =
        Error{Code::kCorruptData,
              records.quoting_broken() ? std::string("a quote is not closed, or text follows it")
                                       : cat(fields, " fields instead of ", layout.names.size()),
              "the file mixes line ends, so the line cannot be left out: repair it, or give "
              "all lines the same end (dos2unix)",
              line_place(file, records.line())};
  }
  const bool mixed = seen[0] && seen[1];
  if (mixed && broken) return *broken;
  return mixed;
}

/// DuckDB's own 32 MiB where memory allows it; at least the longest line it accepts, twice.
uint64_t buffer_bytes(const EngineOptions& options) {
  const uint64_t share = options.memory_bytes / 16 / std::max(1U, options.threads);
  return std::clamp(share, uint64_t{4} << 20, uint64_t{32} << 20);
}

class LayoutFinder {
 public:
  LayoutFinder(const AttachContext& context, const CsvDialect& dialect)
      : context_(context), dialect_(dialect) {
    layout_.quote = dialect.quote.value_or('"');
    layout_.buffer_bytes = buffer_bytes(context.options);
    layout_.null_texts = dialect.null_texts;
    const std::string encoding = lower(dialect.encoding);
    if (encoding != "utf-8" && encoding != "utf8") layout_.encoding = encoding;
  }

  Result<void> add(const DataFile& file) {
    std::shared_ptr<const void> owner;
    std::string decoded;
    const auto text = plain_text(file, layout_, owner);
    if (text) {
      SKYMILL_TRY(check_text_bytes(file, text->substr(0, kHeadBytes)));
    } else {
      decoded = SKYMILL_TRY(decoded_head(context_, file, layout_.encoding));
    }
    const std::string_view head = text ? text->substr(0, kHeadBytes) : std::string_view(decoded);
    return add_header(file, head);
  }
  CsvLayout take() { return std::move(layout_); }

 private:
  Result<void> add_header(const DataFile& file, std::string_view head) {
    if (first_ == nullptr) {
      layout_.delimiter =
          dialect_.delimiter ? *dialect_.delimiter : find_delimiter(head, layout_.quote);
    }
    auto names = SKYMILL_TRY(header_names(file, head, layout_));
    if (first_ != nullptr) return check_same_header(file, names, *first_, layout_);
    first_ = &file;
    layout_.names = std::move(names);
    return check_header(file, layout_);
  }

  const AttachContext& context_;
  const CsvDialect& dialect_;
  CsvLayout layout_;
  const DataFile* first_ = nullptr;
};

}  // namespace

std::string CsvLayout::text() const {
  std::string out = cat("delimiter '", shown_char(delimiter), "', quote '", quote, "', header");
  if (!encoding.empty()) out += cat(", encoding ", encoding);
  std::vector<std::string> quoted;
  quoted.reserve(null_texts.size());
  for (const std::string& text : null_texts) quoted.push_back("'" + text + "'");
  if (!quoted.empty()) out += ", missing " + join(quoted, " ");
  return out;
}

Result<CsvLayout> settle_csv_layout(const AttachContext& context,
                                    const std::vector<DataFile>& files, const CsvDialect& dialect) {
  LayoutFinder finder(context, dialect);
  for (const DataFile& file : files) SKYMILL_TRY(finder.add(file));
  return finder.take();
}

Result<void> check_csv_texts(const std::vector<DataFile>& files, CsvLayout& layout) {
  for (const DataFile& file : files) {
    std::shared_ptr<const void> owner;
    const auto text = plain_text(file, layout, owner);
    if (!text) continue;
    SKYMILL_TRY(check_text_bytes(file, *text));
    if (mixed_line_ends(*text))
      layout.lenient |= SKYMILL_TRY(check_mixed_file(file, *text, layout));
  }
  return {};
}

std::optional<std::string_view> plain_text(const DataFile& file, const CsvLayout& layout,
                                           std::shared_ptr<const void>& owner) {
  if (file.compressed || !layout.encoding.empty()) return std::nullopt;
  const auto mapped = MappedFile::open(file.path);
  if (!mapped) return std::nullopt;
  owner = *mapped;
  std::string_view bytes = (*mapped)->bytes();
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  return bytes;
}

std::string read_csv_sql(const CsvLayout& layout, const std::vector<std::string>& paths,
                         const std::vector<std::string>& types, uint64_t rejects_limit) {
  std::vector<std::string> columns;
  for (size_t i = 0; i < layout.names.size(); ++i) {
    columns.push_back(cat(sql_literal(layout.names[i]), ":", sql_literal(types[i])));
  }
  const std::string quote = sql_literal(std::string_view(&layout.quote, 1));
  // Never new_line: given, a file with the other line end has 0 rows and no error.
  return cat("read_csv(", duck_list(paths), ", auto_detect=false, header=true, delim=",
             sql_literal(std::string_view(&layout.delimiter, 1)), ", quote=", quote,
             ", escape=", quote, ", comment='', nullstr=", duck_list(layout.null_texts),
             layout.encoding.empty() ? "" : cat(", encoding=", sql_literal(layout.encoding)),
             ", strict_mode=", layout.lenient ? "false" : "true",
             ", buffer_size=", layout.buffer_bytes,
             ", store_rejects=true, rejects_limit=", rejects_limit, ", columns={",
             join(columns, ","), "})");
}

}  // namespace skymill
