// Loads tests/corpus: files with the rows or the error that every reader must give (its README.md
// says what is in it).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error_map.h"
#include "base/text.h"
#include "format/format.h"
#include "store/stores.h"

namespace skymill {

struct CorpusCase {
  std::string name;  // "quoted_newline"
  std::string path;  // of the file
  ReadOptions options;
  bool engine_equal = true;  // else the engine accepts what the strict readers refuse
  std::vector<Json> rows;    // arrays of the schema's columns; of no use when an error is expected
  Json error;                // {code, line?, column?, field?}, or null
};

namespace corpus_internal {

inline std::string content(const std::filesystem::path& path) {
  const auto location = *locate(path.string());
  auto bytes = read_object(*location.store, location.key, 16 << 20);
  EXPECT_TRUE(bytes) << path;
  return bytes ? *bytes : std::string();
}

inline Json json_file(const std::filesystem::path& path) {
  auto json = Json::parse(content(path));
  EXPECT_TRUE(json) << path;
  return json ? *json : Json();
}

inline CorpusCase load(const std::filesystem::path& file) {
  const std::filesystem::path stem = file.parent_path() / file.stem();
  CorpusCase out{.name = file.stem().string(), .path = file.string(), .options = {}};
  const Json about = json_file(stem.string() + ".schema.json");
  out.options.schema = *schema_from_json(*about.find("schema"));
  if (const Json* text = about.find("delimiter")) out.options.delimiter = text->as_string()[0];
  if (const Json* text = about.find("quote")) out.options.quote = text->as_string()[0];
  if (const Json* texts = about.find("null_texts")) {
    out.options.null_texts.clear();
    for (const Json& text : texts->items()) out.options.null_texts.push_back(text.as_string());
  }
  out.engine_equal = *about.string_at("engine") == "equal";
  if (std::filesystem::exists(stem.string() + ".error.json")) {
    out.error = json_file(stem.string() + ".error.json");
    return out;
  }
  for (const std::string& line : split(content(stem.string() + ".expected.jsonl"), '\n')) {
    if (!line.empty()) out.rows.push_back(*Json::parse(line));
  }
  return out;
}

inline bool same_value(const Json& one, const Json& other) {
  if (one.is_integer() && other.is_integer()) return one.as_integer() == other.as_integer();
  if (one.is_number() && other.is_number()) return one.as_number() == other.as_number();
  return one == other;
}

}  // namespace corpus_internal

/// The cases of one format ("csv", "json", "parquet"), by name.
inline std::vector<CorpusCase> load_corpus(const std::string& source_folder,
                                           const FormatInfo& format) {
  std::vector<CorpusCase> out;
  const std::string folder = source_folder + "/tests/corpus/" + std::string(format.name);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool beside = name.ends_with(".schema.json") || name.ends_with(".error.json") ||
                        name.ends_with(".expected.jsonl");
    if (!beside) out.push_back(corpus_internal::load(entry.path()));
  }
  std::ranges::sort(out, {}, &CorpusCase::name);
  return out;
}

/// Checks every row that is left in `stream` against the case; returns the stream's error.
inline Result<void> check_corpus_rows(TableStream& stream, const CorpusCase& expected) {
  size_t row = 0;
  while (true) {
    const auto table = stream.next();
    if (!table) return table.error();
    if (!*table) break;
    for (size_t r = 0; r < (**table).num_rows; ++r, ++row) {
      if (!expected.error.is_null()) continue;  // rows before the bad one
      if (row >= expected.rows.size()) {
        ADD_FAILURE() << expected.name << ": more than " << row << " rows";
        return {};
      }
      for (size_t c = 0; c < (**table).columns.size(); ++c) {
        const Json got = value_json((**table).columns[c].view, r);
        const Json& wanted = expected.rows[row].items()[c];
        EXPECT_TRUE(corpus_internal::same_value(got, wanted))
            << expected.name << ": row " << row << ", column " << c << ": " << got.dump()
            << " instead of " << wanted.dump();
      }
    }
  }
  if (expected.error.is_null()) {
    EXPECT_EQ(row, expected.rows.size()) << expected.name;
  }
  return {};
}

/// Checks an error's code and place against the case.
inline void check_corpus_error(const Error& error, const CorpusCase& expected) {
  const auto wanted = [&](const char* key) {
    const Json* value = expected.error.find(key);
    return value == nullptr ? Json() : *value;
  };
  EXPECT_EQ(meaning(error.code).name, wanted("code").as_string())
      << expected.name << ": " << error.text();
  const auto check_number = [&](const char* key, uint64_t got) {
    if (!wanted(key).is_null()) {
      EXPECT_EQ(static_cast<int64_t>(got), wanted(key).as_integer())
          << expected.name << ", " << key << ": " << error.text();
    }
  };
  check_number("line", error.place.line);
  check_number("column", error.place.column);
  if (!wanted("field").is_null()) {
    EXPECT_EQ(error.place.field, wanted("field").as_string())
        << expected.name << ": " << error.text();
  }
  EXPECT_FALSE(error.place.source.empty()) << expected.name << ": " << error.text();
}

}  // namespace skymill
