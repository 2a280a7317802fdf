#include "engine/embedded/database.h"

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "engine/embedded/duck_error.h"
#include "engine/embedded/private_folder.h"
#include "engine/engine.h"

namespace skymill {
namespace {

constexpr std::string_view kVersion = "v1.5.6";
/// Connections that a locked database can hand out before another one has to be opened.
constexpr size_t kReadyConnections = 6;

constexpr const char* kConnectionSettings =
    "SET errors_as_json=true; SET enable_progress_bar=true; SET enable_progress_bar_print=false; "
    "SET progress_bar_time=0";

Result<duckdb_database> open_instance(const DatabaseOptions& options, const std::string& spill) {
  const std::array<std::pair<const char*, std::string>, 7> settings = {{
      {"temp_directory", spill},
      {"threads", std::to_string(options.threads)},
      {"memory_limit", cat(options.memory_bytes / 1024, " KiB")},
      {"allow_persistent_secrets", "false"},
      {"autoload_known_extensions", "false"},
      {"autoinstall_known_extensions", "false"},
      {"allow_community_extensions", "false"},
  }};
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  for (const auto& [name, value] : settings) duckdb_set_config(config, name, value.c_str());
  duckdb_database database = nullptr;
  char* reason = nullptr;
  const auto state = duckdb_open_ext(nullptr, &database, config, &reason);
  duckdb_destroy_config(&config);
  if (state == DuckDBSuccess) return database;
  Error error = duck_error(DuckResult::text_or_empty(reason));
  duckdb_free(reason);
  return error;
}

}  // namespace

Result<std::shared_ptr<Database>> Database::open(const DatabaseOptions& options) {
  std::shared_ptr<Database> database(new Database);
  SKYMILL_TRY(database->start(options));
  return database;
}

Result<std::shared_ptr<Database>> Database::open_locked(const DatabaseOptions& options,
                                                        const LockedContent& content) {
  auto database = SKYMILL_TRY(open(options));
  SKYMILL_TRY(database->lock(content));
  return database;
}

Result<void> Database::start(const DatabaseOptions& options) {
  const std::string_view version = duckdb_library_version();
  if (version != kVersion) {
    return Error{Code::kUnsupported,
                 cat("libduckdb.so is ", version, ", but this build needs ", kVersion),
                 "install skymill whole: its libraries lie beside each other"};
  }
  spill_ = SKYMILL_TRY(make_private_folder(options.spill_parent, "spill"));
  database_ = SKYMILL_TRY(open_instance(options, spill_));
  return {};
}

Result<void> Database::lock(const LockedContent& content) {
  const duckdb_connection connection = SKYMILL_TRY(new_connection());
  ready_.push_back(connection);
  // Not as an option of opening: then the spill folder would be denied too.
  SKYMILL_TRY(duck_rows(connection, cat("SET allowed_paths=", duck_list(content.files),
                                        "; SET enable_external_access=false")));
  for (const std::string& statement : content.statements) {
    SKYMILL_TRY(duck_rows(connection, statement));
  }
  while (ready_.size() < kReadyConnections) {
    ready_.push_back(SKYMILL_TRY(new_connection()));
  }
  SKYMILL_TRY(duck_rows(connection, "SET lock_configuration=true"));
  locked_ = true;
  return {};
}

Result<duckdb_connection> Database::new_connection() {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database_, &connection) != DuckDBSuccess) {
    return Error{Code::kInternal, "DuckDB refuses a connection"};
  }
  const auto done = duck_rows(connection, kConnectionSettings);
  if (!done) {
    duckdb_disconnect(&connection);
    return done.error();
  }
  return connection;
}

Result<DuckConnection> Database::connect() {
  const std::lock_guard guard(mutex_);
  if (!locked_) return DuckConnection(shared_from_this(), SKYMILL_TRY(new_connection()));
  if (ready_.empty()) return Error{Code::kInternal, "no connection of the database is left"};
  const duckdb_connection connection = ready_.back();
  ready_.pop_back();
  return DuckConnection(shared_from_this(), connection);
}

bool Database::exhausted() const {
  const std::lock_guard guard(mutex_);
  return locked_ && ready_.empty();
}

void Database::give_back(DuckConnection connection) {
  const std::lock_guard guard(mutex_);
  if (locked_) ready_.push_back(connection.release());
}

Database::~Database() {
  for (duckdb_connection& connection : ready_) duckdb_disconnect(&connection);
  if (database_ != nullptr) duckdb_close(&database_);
  std::error_code ignored;
  if (!spill_.empty()) std::filesystem::remove_all(spill_, ignored);
}

}  // namespace skymill
