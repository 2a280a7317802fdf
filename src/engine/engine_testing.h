// What the engine's tests share: files in a folder of their own, an open engine, rows as text.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace skymill {

/// A folder that goes with the object.
class TestFolder {
 public:
  TestFolder() {
    std::string path = testing::TempDir() + "skymill-engine-XXXXXX";
    path_ = mkdtemp(path.data());
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(path_); }

  std::string path(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

 private:
  std::string path_;
};

inline std::unique_ptr<Engine> open_test_engine(EngineOptions options = {}) {
  if (options.threads == 0) options.threads = 2;
  auto engine = open_engine(options);
  EXPECT_TRUE(engine) << engine.error().text();
  return std::move(engine).value();
}

/// Each row's values joined by '|', NULL for a missing one.
using TextRows = std::vector<std::string>;

inline Result<TextRows> drain_rows(TableStream& stream) {
  TextRows out;
  while (auto table = SKYMILL_TRY(stream.next())) {
    for (size_t row = 0; row < table->num_rows; ++row) {
      std::string& text = out.emplace_back();
      for (const Column& column : table->columns) {
        if (&column != &table->columns.front()) text += "|";
        text += column.view.missing(row) ? "NULL" : value_text(column.view, row);
      }
    }
  }
  return out;
}

inline Result<TextRows> query_rows(Engine& engine, const std::string& sql) {
  const auto stream = SKYMILL_TRY(engine.query(sql));
  return drain_rows(*stream);
}

/// The rows, or the error's text as one row that starts with "error: ".
inline TextRows rows_or_error(Engine& engine, const std::string& sql) {
  auto rows = query_rows(engine, sql);
  if (!rows) return {"error: " + rows.error().text()};
  return *rows;
}

/// "name type, name type"
inline std::string schema_text(const Schema& schema) {
  std::string out;
  for (const Field& field : schema.fields) {
    out += (out.empty() ? "" : ", ") + field.name + " " + std::string(type_name(field.type));
  }
  return out;
}

/// Attaches one file under the name t; the schema, or the error as "error: ".
inline std::string attach_text(Engine& engine, const DataSource& source) {
  const auto schema = engine.attach("t", source);
  return schema ? schema_text(*schema) : "error: " + schema.error().text();
}

/// The error of something that must fail.
template <typename T>
Error error_of(Result<T> result) {
  EXPECT_FALSE(result.has_value());
  return result.has_value() ? Error{} : std::move(result).error();
}

}  // namespace skymill
