// Database: one DuckDB instance in memory. The open one parses SQL and settles what files hold,
// with statements of ours only; a locked one runs the user's SELECT and can reach nothing but the
// files that were named.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/embedded/duck.h"

namespace skymill {

struct DatabaseOptions {
  uint64_t memory_bytes = 0;  // DuckDB's own limit; beyond it, work spills to disk
  unsigned threads = 1;
  std::string spill_parent;  // an own private folder is made in here
};

/// What a locked database may see: views over files.
struct LockedContent {
  std::vector<std::string> files;       // canonical paths
  std::vector<std::string> statements;  // CREATE VIEW …
};

class Database;

/// A connection keeps its database open.
class DuckConnection {
 public:
  DuckConnection() = default;
  DuckConnection(std::shared_ptr<Database> database, duckdb_connection connection)
      : database_(std::move(database)), connection_(connection) {}
  DuckConnection(DuckConnection&& other) noexcept
      : database_(std::move(other.database_)),
        connection_(std::exchange(other.connection_, nullptr)) {}
  DuckConnection& operator=(DuckConnection&& other) noexcept {
    std::swap(database_, other.database_);
    std::swap(connection_, other.connection_);
    return *this;
  }
  ~DuckConnection() {
    if (connection_ != nullptr) duckdb_disconnect(&connection_);
  }
  duckdb_connection get() const { return connection_; }
  /// The handle, which the caller then owns.
  duckdb_connection release() { return std::exchange(connection_, nullptr); }

 private:
  std::shared_ptr<Database> database_;
  duckdb_connection connection_ = nullptr;
};

class Database : public std::enable_shared_from_this<Database> {
 public:
  /// Errors: the library is not the version this module was built for, or the spill folder cannot
  /// be made. 8 to 20 ms.
  static Result<std::shared_ptr<Database>> open(const DatabaseOptions& options);
  static Result<std::shared_ptr<Database>> open_locked(const DatabaseOptions& options,
                                                       const LockedContent& content);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// A connection that reports errors as JSON and measures progress. One stream each: a second
  /// query would silently end an open stream. A locked database has a fixed number of them, because
  /// both are settings of a connection; nothing when they are used up.
  Result<DuckConnection> connect();
  bool exhausted() const;
  /// Takes a connection back on which nothing was run.
  void give_back(DuckConnection connection);

 private:
  Database() = default;
  Result<void> start(const DatabaseOptions& options);
  Result<void> lock(const LockedContent& content);
  Result<duckdb_connection> new_connection();

  duckdb_database database_ = nullptr;
  std::string spill_;
  bool locked_ = false;
  mutable std::mutex mutex_;
  std::vector<duckdb_connection> ready_;  // of a locked database
};

}  // namespace skymill
