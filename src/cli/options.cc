#include "cli/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/pipe_store.h"
#include "cli/progress_bar.h"
#include "store/store_options.h"
#include "store/stores.h"

namespace skymill {

void CommonOptions::add_to(CLI::App& app) {
  app.add_flag("--json", json, "one JSON document on stdout");
  app.add_flag("--quiet", quiet, "no notes, no progress");
  app.add_option("--engine", engine, "local")->capture_default_str();
  app.add_option("--memory", memory, "limit, for example 4GiB (default: 80 % of the machine)");
  app.add_option("--threads", threads, "0: one per core")->capture_default_str();
  app.add_option("--seed", seed, "of every random choice")->capture_default_str();
  app.add_option("--store-option", store_options,
                 "key=value, for stores: see skymill stores --options; repeatable");
}

Result<void> CommonOptions::apply(Console& console) const {
  console.json = json;
  console.quiet = quiet;
  // Those of the command line come last and win.
  const char* variable = std::getenv("SKYMILL_STORE_OPTIONS");
  std::vector<std::string> assignments;
  if (variable != nullptr && *variable != '\0') assignments = split(variable, ',');
  assignments.insert(assignments.end(), store_options.begin(), store_options.end());
  set_store_options(SKYMILL_TRY(usage(StoreOptions::parse(assignments))));
  if (engine != "local") {
    return usage_error({Code::kUnsupported,
                        cat("unknown engine '", engine, "'"),
                        "this build has: local",
                        {.field = "engine"}});
  }
  if (!memory.empty() && parse_bytes(memory).value_or(0) < (64U << 20)) {
    return usage_error({Code::kInvalidArgument,
                        cat("--memory ", memory, " is no usable size"),
                        "write for example 512MiB or 8GiB; at least 64MiB",
                        {.field = "memory"}});
  }
  if (threads > 1024) {
    return usage_error({Code::kInvalidArgument,
                        cat("--threads ", threads, " is too many"),
                        "at most 1024",
                        {.field = "threads"}});
  }
  return {};
}

uint64_t CommonOptions::memory_bytes() const {
  if (!memory.empty()) return *parse_bytes(memory);
  uint64_t machine =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  uint64_t limit = 0;
  std::ifstream group("/sys/fs/cgroup/memory.max");
  if (group >> limit && limit > 0) machine = std::min(machine, limit);
  return machine / 5 * 4;
}

void DataOptions::add_to(CLI::App& app) {
  app.add_option("--format", format, "csv, json or parquet (default: by suffix)");
  app.add_option("--delimiter", delimiter, "of a CSV file, where the one found is wrong");
  app.add_option("--quote", quote, "of a CSV file");
  app.add_option("--null", nulls, "a spelling of missing (default: empty and NA); may be repeated");
}

void DataOptions::add_engine_options_to(CLI::App& app) {
  add_to(app);
  app.add_option("--encoding", encoding, "of a CSV file: utf-8, utf-16, latin-1");
  app.add_option("--bad-rows", bad_rows, "fail, skip, or a file to write them to")
      ->capture_default_str();
}

namespace {

Result<std::optional<char>> one_character(const std::string& text, const std::string& option) {
  if (text.empty()) return std::optional<char>();
  if (text == "\\t" || text == "tab") return std::optional<char>('\t');
  if (text.size() == 1 && text[0] != '\n' && text[0] != '\r') return std::optional<char>(text[0]);
  return usage_error({Code::kInvalidArgument,
                      cat("--", option, " '", text, "' is no character"),
                      "give one ASCII character, or tab",
                      {.field = option}});
}

}  // namespace

Result<DataSource> DataOptions::source(const std::string& uri) const {
  if (!format.empty()) SKYMILL_TRY(usage(format_for("", format)));
  DataSource source{.uri = uri, .format = format};
  source.dialect.delimiter = SKYMILL_TRY(one_character(delimiter, "delimiter"));
  source.dialect.quote = SKYMILL_TRY(one_character(quote, "quote"));
  source.dialect.null_texts = null_texts();
  constexpr std::array<std::string_view, 4> kEncodings = {"", "utf-8", "utf-16", "latin-1"};
  if (std::ranges::find(kEncodings, encoding) == kEncodings.end()) {
    return usage_error({Code::kInvalidArgument,
                        cat("--encoding ", encoding, " is unknown"),
                        "utf-8, utf-16 or latin-1",
                        {.field = "encoding"}});
  }
  source.dialect.encoding = encoding;
  return source;
}

Result<DataSource> DataOptions::engine_source(const std::string& uri) const {
  DataSource named = SKYMILL_TRY(source(uri));
  if (uri != "-") return named;
  const ObjectLocation input = SKYMILL_TRY(standard_input());
  const std::string bytes = SKYMILL_TRY(input.store->read(input.key, 0, UINT64_MAX, ""));
  named.uri = cat("memory://standard-input/data.", format.empty() ? "csv" : format);
  const ObjectLocation kept = SKYMILL_TRY(locate(named.uri));
  SKYMILL_TRY(write_object(*kept.store, kept.key, bytes));
  return named;
}

std::vector<std::string> DataOptions::null_texts() const {
  return nulls.empty() ? std::vector<std::string>{"", "NA"} : nulls;
}

Result<void> check_distinct_files(const std::vector<NamedFile>& files) {
  for (size_t i = 0; i < files.size(); ++i) {
    for (size_t j = i + 1; j < files.size(); ++j) {
      const auto& [first, one] = files[i];
      const auto& [second, other] = files[j];
      std::error_code unknown;
      const bool same = !one.empty() && one != "-" &&
                        (one == other || std::filesystem::equivalent(one, other, unknown));
      if (!same) continue;
      return usage_error({Code::kInvalidArgument,
                          cat(first, " and ", second, " are the same file, ", other),
                          "name another file to write to",
                          {.field = std::string(second)}});
    }
  }
  return {};
}

Result<std::unique_ptr<Engine>> open_engine(const CommonOptions& common, ProgressBar* bar,
                                            EngineOptions options) {
  options.memory_bytes = common.memory_bytes();
  options.threads = common.threads;
  options.cancel = &interrupt();
  if (bar != nullptr) {
    options.progress = [bar](double share) {
      bar->update(static_cast<uint64_t>(share * 100), 100);
    };
  }
  return open_engine(options);
}

void note_dialects(const Engine& engine, Console& console) {
  for (const auto& [name, dialect] : engine.dialects())
    console.note(cat(shown_uri(name), ": ", dialect));
}

Result<std::unique_ptr<TableStream>> open_model_rows(const ModelRows& rows,
                                                     const DataOptions& data) {
  const DataSource source = SKYMILL_TRY(data.source(rows.uri));
  const bool piped = rows.uri == "-";
  const std::string format = piped && source.format.empty() ? "csv" : source.format;
  const FormatInfo* reader = SKYMILL_TRY(format_for(shown_uri(rows.uri), format));
  ReadOptions options{.schema = input_schema(rows.model->rows, rows.with_label),
                      .keep_others = rows.keep_others,
                      .null_texts = data.nulls.empty() ? rows.model->null_texts : data.nulls};
  if (source.dialect.delimiter) options.delimiter = *source.dialect.delimiter;
  if (!source.dialect.delimiter && rows.uri.ends_with(".tsv")) options.delimiter = '\t';
  if (source.dialect.quote) options.quote = *source.dialect.quote;
  const ObjectLocation location =
      piped ? SKYMILL_TRY(standard_input()) : SKYMILL_TRY(locate(rows.uri));
  return reader->open(location, options).at_source(piped ? "standard input" : location.text());
}

namespace {

/// Such a file could not be read again.
Result<void> check_distinct_names(const Schema& schema) {
  std::vector<std::string> names = schema.names();
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end()) return {};
  return Error{Code::kSchemaMismatch,
               cat("two columns are named '", *twice, "'"),
               "give them different names with AS",
               {.field = *twice}};
}

}  // namespace

Result<std::unique_ptr<TableWriter>> open_writer(const std::string& uri, const std::string& format,
                                                 std::shared_ptr<const Schema> schema) {
  const bool piped = uri.empty() || uri == "-";
  auto found = usage(format_for(uri, piped && format.empty() ? "csv" : format));
  if (!found && format.empty()) {
    found.error().hint = "use one of the suffixes that skymill formats lists";
  }
  const FormatInfo* writer = SKYMILL_TRY(std::move(found));
  if (!piped) SKYMILL_TRY(check_distinct_names(*schema).at_source(uri));
  const ObjectLocation location = piped ? standard_output() : SKYMILL_TRY(locate(uri));
  return writer->create(location, std::move(schema)).at_source(uri);
}

}  // namespace skymill
