// Rows of a JSON file to tables under a schema: simdjson parses each row where it stands.
#include <unordered_set>

#include "base/text.h"
#include "format/json.h"
#include "format/json_scanner.h"
#include "table/json_columns.h"

namespace skymill {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kFirstRows = 1000;  // these tell which columns the file has
constexpr size_t kMaxBatchBytes = 64 << 20;
static_assert(ByteWindow::kPadding >= simdjson::SIMDJSON_PADDING);

/// Parses the scanner's rows.
class RowParser {
 public:
  explicit RowParser(JsonScanner scanner) : scanner_(std::move(scanner)) {}

  /// The next row's object, or false at the end.
  Result<bool> next(simdjson::dom::object& out);
  const JsonScanner& scanner() const { return scanner_; }

 private:
  JsonScanner scanner_;
  simdjson::dom::parser parser_;
};

Result<bool> RowParser::next(simdjson::dom::object& out) {
  if (!SKYMILL_TRY(scanner_.next())) return false;
  const std::string_view text = scanner_.text();
  simdjson::error_code code = simdjson::SUCCESS;
  if (parser_.capacity() < text.size() || parser_.capacity() == 0) {
    code = parser_.allocate(std::max<size_t>(2 * text.size(), 4096), kMaxDepth);
  }
  simdjson::dom::element root;
  if (code == simdjson::SUCCESS) {
    code = parser_.parse(text.data(), text.size(), false).get(root);
  }
  if (code != simdjson::SUCCESS) {
    Error error = json_text_error(code, text, kMaxDepth);
    const uint64_t column = error.place.column;
    error.place = scanner_.place(column == 0 ? 0 : column - 1);
    if (column == 0) error.place.column = 0;
    return error;
  }
  if (root.get(out) == simdjson::SUCCESS) return true;
  return Error{Code::kCorruptData, "the row is no object",
               "write one object a line, or one array of objects", scanner_.place(0)};
}

/// Which columns of `all` are not in `wanted`.
std::vector<bool> others_of(const Schema& all, const Schema& wanted) {
  std::vector<bool> out;
  out.reserve(all.size());
  for (const Field& field : all.fields) out.push_back(!wanted.find(field.name));
  return out;
}

class JsonStream final : public TableStream {
 public:
  JsonStream(RowParser parser, std::shared_ptr<const Schema> schema, const ReadOptions& options)
      : parser_(std::move(parser)),
        schema_(schema),
        batch_rows_(std::max<size_t>(options.batch_rows, 1)),
        columns_(schema, {.refuse_unknown = options.keep_others,
                          .refuse_absent = false,
                          .loose = others_of(*schema, options.schema)}) {}

  const std::shared_ptr<const Schema>& schema() const override { return schema_; }
  Result<std::optional<Table>> next() override;

 private:
  RowParser parser_;
  std::shared_ptr<const Schema> schema_;
  size_t batch_rows_;
  JsonColumns columns_;
};

Result<std::optional<Table>> JsonStream::next() {
  size_t bytes = 0;
  simdjson::dom::object row;
  while (columns_.num_rows() < batch_rows_ && bytes < kMaxBatchBytes) {
    if (!SKYMILL_TRY(parser_.next(row))) break;
    bytes += parser_.scanner().text().size();
    auto done = columns_.append(row);
    if (done) continue;
    Error error = std::move(done).error();
    const std::string field = error.place.field;
    error.place = parser_.scanner().place(0);
    error.place.field = field;
    if (!schema_->find(field)) {
      error.hint = cat("none of the first ", kFirstRows,
                       " rows has it: give the first row every field, as null where missing");
    }
    return error;
  }
  if (columns_.num_rows() == 0) return std::optional<Table>();
  return std::optional<Table>(columns_.take());
}

/// The names of the first rows' fields, in the order they appear.
Result<std::vector<std::string>> first_names(const ObjectLocation& location,
                                             const ObjectInfo& object) {
  RowParser parser(SKYMILL_TRY(JsonScanner::open(location, object)));
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  simdjson::dom::object row;
  size_t rows = 0;
  while (rows < kFirstRows && SKYMILL_TRY(parser.next(row))) {
    ++rows;
    for (const auto& [key, value] : row) {
      if (seen.emplace(key).second) names.emplace_back(key);
    }
    if (names.size() > 100'000) {
      return Error{Code::kResourceExhausted,
                   "the file has more than 100000 columns",
                   {},
                   parser.scanner().place(0)};
    }
  }
  if (rows == 0 && !parser.scanner().in_array()) {
    return Error{Code::kCorruptData,
                 "the file is empty",
                 "write one object a line",
                 {.source = location.text(), .line = 1}};
  }
  return names;
}

Result<std::shared_ptr<const Schema>> full_schema(const ObjectLocation& location,
                                                  const ObjectInfo& object,
                                                  const ReadOptions& options) {
  const std::vector<std::string> names = SKYMILL_TRY(first_names(location, object));
  auto schema = std::make_shared<Schema>(options.schema);
  if (names.empty()) return std::shared_ptr<const Schema>(std::move(schema));
  const std::unordered_set<std::string_view> given(names.begin(), names.end());
  for (const Field& field : options.schema.fields) {
    if (given.contains(field.name)) continue;
    return Error{Code::kSchemaMismatch,
                 cat("no row at the start of the file has the column '", field.name, "'"),
                 suggest(field.name, names),
                 {.source = location.text(), .field = field.name}};
  }
  if (options.keep_others) {
    schema->fields.clear();
    for (const std::string& name : names) {
      const auto wanted = options.schema.find(name);
      schema->fields.push_back({name, wanted ? options.schema.fields[*wanted].type : Type::kText});
    }
  }
  return std::shared_ptr<const Schema>(std::move(schema));
}

}  // namespace

Result<std::unique_ptr<TableStream>> open_json(const ObjectLocation& location,
                                               const ReadOptions& options) {
  const ObjectInfo object = SKYMILL_TRY(location.store->stat(location.key));
  auto schema = SKYMILL_TRY(full_schema(location, object, options));
  RowParser parser(SKYMILL_TRY(JsonScanner::open(location, object)));
  return std::make_unique<JsonStream>(std::move(parser), std::move(schema), options);
}

}  // namespace skymill
