// Options that several commands share.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/console.h"
#include "engine/engine.h"
#include "format/format.h"
#include "model/model.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace skymill {

class ProgressBar;

/// --json --quiet --engine --memory --threads --seed --store-option: every command takes them.
struct CommonOptions {
  bool json = false;
  bool quiet = false;
  std::string engine = "local";
  std::string memory = {};
  unsigned threads = 0;
  uint64_t seed = 0;
  std::vector<std::string> store_options = {};

  void add_to(CLI::App& app);
  /// Settles the console; errors: an unknown engine or unit.
  Result<void> apply(Console& console) const;
  /// What --memory allows, by default four fifths of the machine or its control group.
  uint64_t memory_bytes() const;
};

/// How a data file is read: --format --delimiter --quote --null; and what only the engine can do:
/// --encoding --bad-rows.
struct DataOptions {
  std::string format = {};
  std::string delimiter = {};
  std::string quote = {};
  std::vector<std::string> nulls = {};
  std::string encoding = {};
  std::string bad_rows = "fail";

  void add_to(CLI::App& app);
  void add_engine_options_to(CLI::App& app);
  Result<DataSource> source(const std::string& uri) const;
  /// The same for the engine, which reads "-", standard input (CSV unless --format), too.
  Result<DataSource> engine_source(const std::string& uri) const;
  std::vector<std::string> null_texts() const;
};

/// Files under the names that the command line gives them; refuses two that are one, so that no
/// output replaces an input. Empty ones and those that are not there yet do not count.
struct NamedFile {
  std::string_view option;
  std::string path;
};
Result<void> check_distinct_files(const std::vector<NamedFile>& files);

/// An engine set up from the common options; `options` carries what the command adds. `bar` shows
/// how much of each run is done and must outlive the engine.
Result<std::unique_ptr<Engine>> open_engine(const CommonOptions& common, ProgressBar* bar = nullptr,
                                            EngineOptions options = {});

/// Notes how the text of the engine's tables is read.
void note_dialects(const Engine& engine, Console& console);

/// The rows of a file for a model, by the strict readers: the model's columns (and label), then the
/// others as text when `keep_others`. "-" reads standard input (CSV unless --format).
struct ModelRows {
  std::shared_ptr<const Model> model;
  std::string uri;
  bool with_label = false;
  bool keep_others = false;
};
Result<std::unique_ptr<TableStream>> open_model_rows(const ModelRows& rows,
                                                     const DataOptions& data);

/// A writer to a file of any store by its suffix or `format`; "" or "-" writes CSV to stdout.
Result<std::unique_ptr<TableWriter>> open_writer(const std::string& uri, const std::string& format,
                                                 std::shared_ptr<const Schema> schema);

}  // namespace skymill
