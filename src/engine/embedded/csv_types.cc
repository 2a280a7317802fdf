#include "engine/embedded/csv_types.h"

#include <algorithm>

#include "base/text.h"
#include "engine/embedded/chunk_table.h"
#include "engine/embedded/csv_guess.h"
#include "engine/embedded/csv_proof.h"
#include "engine/embedded/duck_error.h"

namespace skymill {
namespace {

constexpr size_t kSampleRows = 20480;
constexpr size_t kSampleCells = 400'000;
/// Enough to see which columns fail; a later round sees the rest.
constexpr uint64_t kProofRejects = 100'000;
/// Whether a value fits its type depends on the type; the other errors do not depend on anything.
constexpr const char* kCastErrors = "error_type::VARCHAR = 'CAST'";
constexpr const char* kOtherErrors = "error_type::VARCHAR <> 'CAST'";
constexpr const char* kEncodingErrors = "error_type::VARCHAR = 'INVALID ENCODING'";

/// A position in our own SQL says nothing to the user.
Error csv_error(Error error) {
  error.place.column = 0;
  return error;
}

class TypeFinder {
 public:
  TypeFinder(const AttachContext& context, const std::vector<DataFile>& files,
             const CsvLayout& layout)
      : context_(context), files_(files), layout_(layout) {}

  Result<CsvTypes> find(const std::optional<Schema>& given) {
    SKYMILL_TRY(begin(given));
    while (SKYMILL_TRY(prove())) {
    }
    return finish();
  }

  Result<std::optional<CsvTypes>> find_quickly(const std::optional<Schema>& given) {
    std::vector<std::shared_ptr<const void>> owners(files_.size());
    std::vector<std::string_view> texts;
    for (size_t i = 0; i < files_.size(); ++i) {
      const auto text = plain_text(files_[i], layout_, owners[i]);
      if (!text) return std::optional<CsvTypes>();
      texts.push_back(*text);
    }
    // A failing guess is told by the thorough way, which first looks for its cause.
    if (!begin(given)) return std::optional<CsvTypes>();
    const bool proven = SKYMILL_TRY(prove_csv_types(texts, layout_, context_.options, columns_));
    return proven ? std::optional(finish()) : std::nullopt;
  }

 private:
  Result<void> begin(const std::optional<Schema>& given) {
    for (const std::string& name : layout_.names) {
      CsvColumn& column = columns_.emplace_back(CsvColumn{.name = name});
      if (!given) continue;
      column.type = given->fields[*given->find(name)].type;
      column.given = true;
    }
    return given ? Result<void>() : guess();
  }

  CsvTypes finish() {
    for (CsvColumn& column : columns_) {
      if (column.unknown) column.type = Type::kText;
    }
    return CsvTypes{.columns = std::move(columns_),
                    .invalid_text = invalid_text_,
                    .defective_rows = defective_rows_};
  }

  /// Types that the first rows of the first file look like.
  Result<void> guess() {
    connection_ = SKYMILL_TRY(context_.database.connect());
    const std::vector<std::string> texts(columns_.size(), "VARCHAR");
    const size_t rows = std::clamp(kSampleCells / columns_.size(), size_t{1000}, kSampleRows);
    const std::string sql =
        cat("SELECT * FROM ", read_csv_sql(layout_, {files_.front().path}, texts, kProofRejects),
            " LIMIT ", rows);
    std::vector<TypeGuess> guesses(columns_.size());
    SKYMILL_TRY(look_at(sql, guesses).at_source(files_.front().shown));
    for (size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].unknown = !guesses[i].type().has_value();
      columns_[i].type = guesses[i].type().value_or(Type::kInteger);
    }
    return {};
  }

  Result<void> look_at(const std::string& sql, std::vector<TypeGuess>& guesses) {
    Schema schema;
    for (const CsvColumn& column : columns_) schema.fields.push_back({column.name, Type::kText});
    const auto shared = std::make_shared<const Schema>(std::move(schema));
    DuckResult result;
    if (duckdb_query(connection_.get(), sql.c_str(), result.out()) != DuckDBSuccess) {
      return csv_error(duck_error(result.error()));
    }
    while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result.get())) {
      const Table table = SKYMILL_TRY(chunk_table(shared, chunk));
      for (size_t i = 0; i < guesses.size(); ++i) {
        const ColumnView& view = table.columns[i].view;
        for (size_t row = 0; row < view.size; ++row) {
          if (!view.missing(row)) guesses[i].add(view.text(row));
        }
      }
    }
    return {};
  }

  /// Reads every row under the present types; true when some had to be widened, so that the rows
  /// that failed must be read again.
  Result<bool> prove() {
    connection_ = SKYMILL_TRY(context_.database.connect());
    std::vector<std::string> types;
    std::vector<std::string> parts = {"count(*)"};
    std::vector<std::string> kept;  // conditions of a row without defects
    for (const CsvColumn& column : columns_) {
      types.push_back(proof_type(column));
      append_counts(column, parts);
      const std::string condition =
          column.given || !widens(column) ? keeps_value_sql(column) : finite_sql(column);
      if (!condition.empty()) kept.push_back("(" + condition + ")");
    }
    parts.push_back(kept.empty() ? "0" : cat("count_if(NOT (", join(kept, " AND "), "))"));
    const DuckRows result =
        SKYMILL_TRY(run(cat("SELECT ", join(parts, ", "), " FROM ",
                            read_csv_sql(layout_, paths_of(files_), types, kProofRejects))));
    SKYMILL_TRY(check_rows());
    const bool failed = SKYMILL_TRY(widen_rejected());
    if (!failed) {
      widen_defective(result.at(0));
      defective_rows_ = duck_count(result.at(0).back());
    }
    return failed;
  }

  /// Three counts: values (which makes DuckDB convert them), those that are not kept, and those
  /// that even the wider type does not keep.
  static void append_counts(const CsvColumn& column, std::vector<std::string>& parts) {
    const std::string name = sql_identifier(column.name);
    const std::string keeps = keeps_value_sql(column);
    parts.push_back(cat("count(", name, ")"));
    parts.push_back(keeps.empty() ? "0" : cat("count_if(NOT (", keeps, "))"));
    parts.push_back(widens(column) ? cat("count_if(NOT ", finite_sql(column), ")") : "0");
  }

  static bool widens(const CsvColumn& column) {
    return column.type == Type::kInteger || column.type == Type::kDate;
  }
  static std::string finite_sql(const CsvColumn& column) {
    return cat("coalesce(isfinite(", sql_identifier(column.name), "), true)");
  }

  Result<void> check_rows() {
    const auto& skip = context_.options.skip_bad_rows;
    const BadRows bad = SKYMILL_TRY(rejected_rows(
        connection_.get(), files_, skip ? kEncodingErrors : kOtherErrors, kShownBadRows));
    if (bad.count() != 0 && !skip) return bad_rows_error(bad);
    invalid_text_ |= bad.count() != 0;
    return {};
  }

  Result<bool> widen_rejected() {
    const DuckRows rows = SKYMILL_TRY(
        duck_rows(connection_.get(),
                  cat("SELECT DISTINCT column_name FROM reject_errors WHERE ", kCastErrors)));
    bool widened = false;
    for (CsvColumn& column : columns_) {
      const bool rejected = std::any_of(rows.begin(), rows.end(),
                                        [&](const DuckRow& row) { return row[0] == column.name; });
      if (!rejected || column.given) continue;
      widened = true;
      column.type = wider(column);
    }
    return widened;
  }

  /// A column whose first values come late is tried as numbers, then as times; others that do not
  /// fit their type are text.
  static Type wider(CsvColumn& column) {
    if (column.unknown && column.type == Type::kInteger) return Type::kDate;
    column.unknown = false;
    return Type::kText;
  }

  void widen_defective(const DuckRow& counts) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      CsvColumn& column = columns_[i];
      if (duck_count(counts[1 + 3 * i]) != 0) column.unknown = false;
      column.defects = duck_count(counts[2 + 3 * i]);
      if (column.given || column.defects == 0) continue;
      if (widens(column)) {
        column.type = column.type == Type::kInteger ? Type::kNumber : Type::kTimestamp;
        column.defects = duck_count(counts[3 + 3 * i]);
      }
    }
  }

  Result<DuckRows> run(const std::string& sql) {
    auto rows = watched_rows(context_, connection_, sql);
    if (rows || rows.error().code == Code::kCancelled) return rows;
    return Result<DuckRows>(csv_error(std::move(rows).error()))
        .at_source(files_.size() == 1 ? files_.front().shown : std::string());
  }

  const AttachContext& context_;
  const std::vector<DataFile>& files_;
  const CsvLayout& layout_;
  std::vector<CsvColumn> columns_;
  DuckConnection connection_;
  bool invalid_text_ = false;
  uint64_t defective_rows_ = 0;
};

}  // namespace

std::string proof_type(const CsvColumn& column) {
  switch (column.type) {
    case Type::kBoolean:
      return "BOOLEAN";
    case Type::kInteger:
    case Type::kNumber:
      return "DOUBLE";
    case Type::kFloat:
      return "FLOAT";
    case Type::kText:
      return "VARCHAR";
    case Type::kDate:
    case Type::kTimestamp:
      return "TIMESTAMPTZ";
  }
  return "VARCHAR";
}

std::string read_type(const CsvColumn& column) {
  if (column.type == Type::kInteger) return "BIGINT";
  if (column.type == Type::kDate) return "DATE";
  return proof_type(column);
}

std::string keeps_value_sql(const CsvColumn& column) {
  const std::string name = sql_identifier(column.name);
  switch (column.type) {
    case Type::kInteger:
      return cat("coalesce(", name, " = trunc(", name, ") AND abs(", name,
                 ") <= 9223372036854775808, true)");
    case Type::kNumber:
    case Type::kFloat:
    case Type::kTimestamp:
      return cat("coalesce(isfinite(", name, "), true)");
    case Type::kDate:
      return cat("coalesce(isfinite(", name, ") AND ", name, "::TIMESTAMP = ", name,
                 "::TIMESTAMP::DATE, true)");
    case Type::kBoolean:
    case Type::kText:
      return {};
  }
  return {};
}

Result<std::optional<CsvTypes>> quick_csv_types(const AttachContext& context,
                                                const std::vector<DataFile>& files,
                                                const CsvLayout& layout,
                                                const std::optional<Schema>& given) {
  return TypeFinder(context, files, layout).find_quickly(given);
}

Result<CsvTypes> settle_csv_types(const AttachContext& context, const std::vector<DataFile>& files,
                                  const CsvLayout& layout, const std::optional<Schema>& given) {
  return TypeFinder(context, files, layout).find(given);
}

}  // namespace skymill
