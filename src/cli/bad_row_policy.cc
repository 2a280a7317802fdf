#include "cli/bad_row_policy.h"

#include "base/text.h"
#include "cli/options.h"

namespace skymill {
namespace {

/// Some 300 bytes each: a file with more of them is another format, or broken as a whole.
constexpr size_t kWrittenBadRows = 1'000'000;

/// Text from a damaged file, as UTF-8.
std::string valid_text(std::string text) {
  while (const auto offset = invalid_utf8(text)) text[*offset] = '?';
  return text;
}

Table bad_row_table(const std::vector<BadRow>& rows) {
  ColumnBuilder source(Type::kText);
  ColumnBuilder line(Type::kInteger);
  ColumnBuilder column(Type::kText);
  ColumnBuilder reason(Type::kText);
  ColumnBuilder text(Type::kText);
  for (const BadRow& row : rows) {
    source.append_text(valid_text(row.source));
    line.append_integer(static_cast<int64_t>(row.line));
    if (row.column.empty()) {
      column.append_missing();
    } else {
      column.append_text(row.column);
    }
    reason.append_text(valid_text(row.reason));
    text.append_text(valid_text(row.text));
  }
  const auto schema = std::make_shared<const Schema>(Schema{{{"source", Type::kText},
                                                             {"line", Type::kInteger},
                                                             {"column", Type::kText},
                                                             {"reason", Type::kText},
                                                             {"text", Type::kText}}});
  return {
      .schema = schema,
      .columns = {source.finish(), line.finish(), column.finish(), reason.finish(), text.finish()},
      .num_rows = rows.size()};
}

}  // namespace

Result<BadRowPolicy> BadRowPolicy::parse(const std::string& text) {
  BadRowPolicy policy;
  if (text == "fail") return policy;
  policy.skip_ = true;
  if (text == "skip") return policy;
  if (!format_for(text, "")) {
    return Error{Code::kInvalidArgument,
                 cat("--bad-rows ", text, " is unknown"),
                 "fail, skip, or a file name with a suffix that skymill formats lists",
                 {.field = "bad-rows"}};
  }
  policy.file_ = text;
  return policy;
}

EngineOptions BadRowPolicy::engine_options() const {
  EngineOptions options{.skip_bad_rows = skip_};
  if (!file_.empty()) options.described_bad_rows = kWrittenBadRows;
  return options;
}

Result<void> BadRowPolicy::report(const Engine& engine, Console& console) const {
  const uint64_t count = engine.bad_row_count();
  if (file_.empty()) {
    if (count > 0) console.note(cat("left out ", grouped(count), " bad rows"));
    return {};
  }
  const std::vector<BadRow> rows = engine.bad_rows();
  const Table table = bad_row_table(rows);
  auto writer = SKYMILL_TRY(open_writer(file_, "", table.schema));
  std::vector<ColumnView> views;
  SKYMILL_TRY(writer->write(table.view(views)));
  SKYMILL_TRY(writer->finish());
  console.note(cat("wrote ", grouped(rows.size()), " bad rows to ", file_));
  if (rows.size() < count) {
    console.warn(cat(grouped(count - rows.size()), " more bad rows were left out of ", file_));
  }
  return {};
}

}  // namespace skymill
