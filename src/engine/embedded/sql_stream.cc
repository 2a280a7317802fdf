#include "engine/embedded/sql_stream.h"

#include <optional>

#include "base/text.h"
#include "engine/embedded/chunk_table.h"
#include "engine/embedded/duck_error.h"

namespace skymill {
namespace {

class SqlStream final : public TableStream {
 public:
  explicit SqlStream(Run run) : run_(std::move(run)) {}
  ~SqlStream() override { watch_.reset(); }  // before the connection goes

  Result<void> start() {
    SKYMILL_TRY(check_files());
    watch_.emplace(run_.connection.get(), run_.options.cancel, run_.options.progress);
    auto statement = DuckStatement::prepare(run_.connection.get(), run_.text.sql);
    if (!statement) return final_error(std::move(statement).error());
    statement_ = std::move(*statement);
    if (duckdb_execute_prepared_streaming(statement_.get(), result_.out()) != DuckDBSuccess) {
      return final_error(duck_error(result_.error()));
    }
    return {};
  }

  const std::shared_ptr<const Schema>& schema() const override { return run_.schema; }

  Result<std::optional<Table>> next() override {
    if (done_) return std::optional<Table>();
    while (true) {
      if (run_.options.cancel != nullptr) SKYMILL_TRY(run_.options.cancel->check());
      duckdb_data_chunk chunk = duckdb_fetch_chunk(result_.get());
      if (chunk == nullptr) {
        // The end, or an error: only the result's text tells.
        const std::string reason = result_.error();
        if (!reason.empty()) return final_error(duck_error(reason));
        SKYMILL_TRY(finish());
        return std::optional<Table>();
      }
      if (duckdb_data_chunk_get_size(chunk) == 0) {
        duckdb_destroy_data_chunk(&chunk);
        continue;
      }
      return std::optional(SKYMILL_TRY(chunk_table(run_.schema, chunk)));
    }
  }

 private:
  Result<void> check_files() const {
    for (const auto& table : run_.tables) SKYMILL_TRY(check_unchanged(table->files));
    return {};
  }

  Result<void> finish() {
    done_ = true;
    watch_.reset();
    SKYMILL_TRY(check_files());
    BadRows bad;
    std::vector<DataFile> files;
    for (const auto& table : run_.tables) {
      if (table->has_rejects) files.insert(files.end(), table->files.begin(), table->files.end());
      BadRows left_out{.rows = table->left_out};
      if (table->left_out_count != 0) {
        left_out.count_by_file[table->files.front().shown] = table->left_out_count;
      }
      bad.add(left_out);
    }
    if (!files.empty()) {
      bad.add(SKYMILL_TRY(
          rejected_rows(run_.connection.get(), files, "", run_.options.described_bad_rows)));
    }
    if (bad.count() != 0 && !run_.options.skip_bad_rows) return bad_rows_error(bad);
    run_.log->add(bad);
    if (run_.options.progress) run_.options.progress(1);
    return {};
  }

  /// The error to report: the caller's cancelling, what a table raised, or what DuckDB says, asked
  /// again when several threads made it lose its text.
  Error final_error(Error error) {
    done_ = true;
    watch_.reset();
    if (run_.options.cancel != nullptr) {
      const auto wanted = run_.options.cancel->check();
      if (!wanted) return wanted.error();
    }
    if (lost_its_text(error)) error = real_error(std::move(error));
    for (const auto& table : run_.tables) {
      for (const auto& [text, raised] : table->raised) {
        if (error.message == text) return raised;
      }
    }
    const auto unchanged = check_files();
    if (!unchanged) return unchanged.error();
    return in_user_text(std::move(error), run_.text.user_sql, run_.text.user_offset);
  }

  /// Runs the query once more, materialised, for its message alone.
  Error real_error(Error lost) const {
    auto connection = run_.database->connect();
    if (!connection) return lost;
    const Watch watch(connection->get(), run_.options.cancel, nullptr);
    // hash() keeps the optimiser from leaving the columns out.
    constexpr std::string_view kBefore = "SELECT bit_xor(hash(COLUMNS(*))) FROM (";
    const auto rows = duck_rows(connection->get(), cat(kBefore, run_.text.sql, "\n)"));
    if (rows) {
      lost.code = Code::kInternal;
      lost.hint = "run the query again";
      return lost;
    }
    Error error = rows.error();
    if (error.place.column > kBefore.size()) error.place.column -= kBefore.size();
    return error;
  }

  Run run_;
  DuckStatement statement_;
  DuckResult result_;
  std::optional<Watch> watch_;
  bool done_ = false;
};

}  // namespace

Result<std::unique_ptr<TableStream>> start_run(Run run) {
  auto stream = std::make_unique<SqlStream>(std::move(run));
  SKYMILL_TRY(stream->start());
  return stream;
}

}  // namespace skymill
