// Rows of the scanner to tables under a schema: the header is compared by name, fields go through
// the one coercion function.
#include <unordered_map>

#include "base/text.h"
#include "format/csv.h"
#include "format/csv_scanner.h"
#include "format/null_texts.h"
#include "table/coercion.h"

namespace skymill {
namespace {

/// Bytes of rows in one table at most: text columns must stay far below 2 GiB.
constexpr size_t kMaxBatchBytes = 64 << 20;
constexpr size_t kSkipped = SIZE_MAX;

class CsvStream final : public TableStream {
 public:
  CsvStream(CsvScanner scanner, const ReadOptions& options)
      : scanner_(std::move(scanner)),
        nulls_(options.null_texts),
        batch_rows_(std::max<size_t>(options.batch_rows, 1)) {}

  Result<void> read_header(const ReadOptions& options);
  const std::shared_ptr<const Schema>& schema() const override { return schema_; }
  Result<std::optional<Table>> next() override;

 private:
  Result<void> take_names();
  Error missing_column(const std::string& name) const;
  Result<bool> next_row();
  Result<void> append_row();
  bool append(ColumnBuilder& builder, std::string_view text);
  Error ragged() const;

  CsvScanner scanner_;
  NullTexts nulls_;
  size_t batch_rows_;
  std::vector<std::string> names_;  // of the file's columns
  std::vector<size_t> target_;      // file column → column of the schema, or kSkipped
  std::vector<bool> other_;         // of the schema: not asked for, kept as it stands
  std::shared_ptr<const Schema> schema_;
  std::vector<ColumnBuilder> builders_;
};

Result<void> CsvStream::read_header(const ReadOptions& options) {
  SKYMILL_TRY(take_names());
  std::unordered_map<std::string_view, size_t> index;
  for (size_t c = 0; c < names_.size(); ++c) {
    if (index.emplace(names_[c], c).second) continue;
    Error error{Code::kCorruptData,
                cat("the header has the column ", quote_text(names_[c]), " twice"),
                "give each column its own name", scanner_.place(c)};
    error.place.field = names_[c];
    return error;
  }
  auto schema = std::make_shared<Schema>(options.schema);
  target_.assign(names_.size(), kSkipped);
  other_.assign(schema->size(), false);
  for (size_t c = 0; c < schema->size(); ++c) {
    const auto found = index.find(schema->fields[c].name);
    if (found == index.end()) return missing_column(schema->fields[c].name);
    target_[found->second] = c;
  }
  if (options.keep_others) {
    Schema all;
    other_.assign(names_.size(), false);
    for (size_t c = 0; c < names_.size(); ++c) {
      const bool wanted = target_[c] != kSkipped;
      other_[c] = !wanted;
      all.fields.push_back({names_[c], wanted ? schema->fields[target_[c]].type : Type::kText});
      target_[c] = c;
    }
    *schema = std::move(all);
  }
  for (const Field& field : schema->fields) builders_.emplace_back(field.type);
  schema_ = std::move(schema);
  return {};
}

Result<void> CsvStream::take_names() {
  if (!SKYMILL_TRY(scanner_.next())) {
    return Error{Code::kCorruptData, "the file is empty: the first line must name the columns",
                 "check that the file was written completely", scanner_.place(0)};
  }
  for (size_t c = 0; c < scanner_.fields().size(); ++c) {
    names_.emplace_back(scanner_.fields()[c].text());
    if (invalid_utf8(names_.back())) {
      Error error = refused_value(Type::kText, names_.back());
      error.place = scanner_.place(c);
      return error;
    }
  }
  if (names_.size() == 1 && names_[0].empty()) {
    return Error{Code::kCorruptData, "the first line is blank, but must name the columns",
                 "start the file with the header", scanner_.place(0)};
  }
  return {};
}

Error CsvStream::missing_column(const std::string& name) const {
  Error error{Code::kSchemaMismatch, cat("the file has no column ", quote_text(name)),
              suggest(name, names_), scanner_.place(0)};
  error.place.column = 0;
  error.place.field = name;
  const size_t other = names_[0].find_first_of(",;\t|");
  if (names_.size() == 1 && other != std::string::npos) {
    const std::string delimiter = names_[0].substr(other, 1);
    error.hint =
        cat("the delimiter seems to be ", quote_text(delimiter == "\t" ? "tab" : delimiter),
            "; name it with --delimiter");
  }
  return error;
}

Result<std::optional<Table>> CsvStream::next() {
  size_t rows = 0;
  size_t bytes = 0;
  while (rows < batch_rows_ && bytes < kMaxBatchBytes) {
    if (!SKYMILL_TRY(next_row())) break;
    SKYMILL_TRY(append_row());
    ++rows;
    bytes += scanner_.row_bytes();
  }
  if (rows == 0) return std::optional<Table>();
  Table table{.schema = schema_, .columns = {}, .num_rows = rows};
  for (ColumnBuilder& builder : builders_) table.columns.push_back(builder.finish());
  return std::optional<Table>(std::move(table));
}

/// The next row that is no blank line and has the header's number of fields.
Result<bool> CsvStream::next_row() {
  while (SKYMILL_TRY(scanner_.next())) {
    const std::span<const CsvField> fields = scanner_.fields();
    if (fields.size() == names_.size()) return true;
    const bool blank = fields.size() == 1 && fields[0].size == 0 && !fields[0].quoted();
    if (!blank) return ragged();
  }
  return false;
}

Error CsvStream::ragged() const {
  const size_t given = scanner_.fields().size();
  Error error{Code::kCorruptData,
              cat("the row has ", given, given == 1 ? " field" : " fields", ", but the header has ",
                  names_.size()),
              "correct the row, or put quotes around fields that hold the delimiter",
              scanner_.place(names_.size())};
  if (given < names_.size()) error.place.field = names_[given];
  return error;
}

Result<void> CsvStream::append_row() {
  const std::span<const CsvField> fields = scanner_.fields();
  for (size_t c = 0; c < fields.size(); ++c) {
    if (target_[c] == kSkipped) continue;
    ColumnBuilder& builder = builders_[target_[c]];
    const std::string_view text = fields[c].text();
    if (other_[target_[c]] ? text.empty() : nulls_.contains(text)) {
      builder.append_missing();
    } else if (!append(builder, text)) [[unlikely]] {
      Error error = refused_value(builder.type(), text);
      error.place = scanner_.place(c);
      error.place.field = names_[c];
      return error;
    }
  }
  return {};
}

bool CsvStream::append(ColumnBuilder& builder, std::string_view text) {
  if (builder.type() == Type::kText && !scanner_.invalid_bytes()) {
    builder.append_text(text);
    return true;
  }
  return append_value(builder, text);
}

}  // namespace

char csv_delimiter(std::string_view path) { return path.ends_with(".tsv") ? '\t' : ','; }

Result<std::unique_ptr<TableStream>> open_csv(const ObjectLocation& location,
                                              const ReadOptions& options) {
  const CsvDialectChars dialect{
      .delimiter = options.delimiter == 0 ? csv_delimiter(location.key) : options.delimiter,
      .quote = options.quote};
  auto scanner = SKYMILL_TRY(CsvScanner::open(location, dialect));
  auto stream = std::make_unique<CsvStream>(std::move(scanner), options);
  SKYMILL_TRY(stream->read_header(options));
  return stream;
}

}  // namespace skymill
