// doctor: tries the parts that can be missing or broken on a machine, and says what to do.
#include <dlfcn.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <thread>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/query_output.h"
#include "format/format.h"
#include "store/stores.h"

namespace skymill {
namespace {

struct DoctorOptions {
  std::string place;
  CommonOptions common;
};

struct Finding {
  std::string part;
  Result<std::string> outcome;  // what was seen
};

Result<std::string> try_engine(const CommonOptions& common) {
  auto engine = SKYMILL_TRY(open_engine(common));
  auto stream = SKYMILL_TRY(engine->query("SELECT sum(i) AS total FROM range(1000) r(i)"));
  const auto tables = SKYMILL_TRY(read_all(*stream));
  if (tables.size() != 1 || value_text(tables[0].columns[0].view, 0) != "499500") {
    return Error{Code::kInternal, "the engine adds up wrongly", "reinstall"};
  }
  return std::string("answers SQL");
}

Result<std::string> try_scratch() {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / cat("skymill-doctor-", getpid());
  const ObjectLocation location = SKYMILL_TRY(locate(path.string()));
  SKYMILL_TRY(write_object(*location.store, location.key, "probe"));
  const std::string read = SKYMILL_TRY(read_object(*location.store, location.key, 16));
  SKYMILL_TRY(location.store->remove(location.key));
  if (read != "probe") return Error{Code::kInternal, "a file reads back changed", "check the disk"};
  return cat("files can be written in ", path.parent_path().string());
}

Result<std::string> try_parquet() {
  const ObjectLocation location = SKYMILL_TRY(locate("memory://doctor/probe.parquet"));
  auto schema = std::make_shared<Schema>(Schema{{{"x", Type::kNumber}}});
  const FormatInfo* format = SKYMILL_TRY(format_for("probe.parquet", ""));
  auto writer = SKYMILL_TRY(format->create(location, schema));
  Table table{.schema = schema, .columns = {number_column({1.5})}, .num_rows = 1};
  std::vector<ColumnView> views;
  SKYMILL_TRY(writer->write(table.view(views)));
  SKYMILL_TRY(writer->finish());
  auto reader = SKYMILL_TRY(format->open(location, {.schema = *schema}));
  const auto tables = SKYMILL_TRY(read_all(*reader));
  if (tables.size() != 1 || tables[0].columns[0].view.numbers[0] != 1.5) {
    return Error{Code::kInternal, "a Parquet file reads back changed", "reinstall"};
  }
  return std::string("Parquet files can be written and read");
}

/// Whether a place in a store can be used: each step is a finding, and a failed one is the last.
std::vector<Finding> try_store(const std::string& place) {
  std::vector<Finding> findings;
  const auto step = [&](const char* part, Result<std::string> outcome) {
    findings.push_back({part, std::move(outcome)});
    return findings.back().outcome.has_value();
  };
  const auto uri = Uri::parse(place);
  const StoreInfo* info = uri ? store_of(uri->scheme) : nullptr;
  if (info != nullptr && !step("account", info->account(*uri))) return findings;
  const auto location = locate(place);
  if (!location) {
    step("place", location.error());
    return findings;
  }
  ObjectStore& store = *location->store;
  const std::string key = cat(location->key, "skymill-doctor-", getpid());
  const auto told = [](Result<void> done, const std::string& text) {
    return done ? Result<std::string>(text) : Result<std::string>(done.error());
  };
  const auto listed = store.list(key);
  if (!step("list", listed ? Result<std::string>("objects can be listed") : listed.error())) {
    return findings;
  }
  if (!step("write", told(write_object(store, key, "probe"), "wrote " + store.where(key)))) {
    return findings;
  }
  auto read = read_object(store, key, 16);
  if (read && *read != "probe") read = Error{Code::kCorruptData, "it reads back changed"};
  step("read", read ? Result<std::string>("it reads back the same") : read.error());
  step("remove", told(store.remove(key), "removed it again"));
  return findings;
}

std::vector<Finding> try_machine(const CommonOptions& common) {
  return {
      {"build", std::string(SKYMILL_BUILD_ID)},
      {"machine", cat(std::thread::hardware_concurrency(), " cores, ",
                      format_bytes(common.memory_bytes()), " of memory allowed")},
      {"scratch", try_scratch()},
      {"engine", try_engine(common)},
      {"parquet", try_parquet()},
  };
}

Result<void> doctor(const DoctorOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const auto findings =
      options.place.empty() ? try_machine(options.common) : try_store(options.place);
  Json document = Json::array();
  std::vector<std::vector<std::string>> rows;
  uint64_t failed = 0;
  for (const Finding& finding : findings) {
    const bool good = finding.outcome.has_value();
    failed += good ? 0 : 1;
    const std::string text = good ? *finding.outcome : finding.outcome.error().text();
    rows.push_back({good ? "ok" : "FAILED", finding.part, text});
    Json item = Json::object();
    item.set("part", finding.part);
    item.set("ok", good);
    item.set("text", text);
    document.push(std::move(item));
  }
  if (console.json) {
    console.print_json(document);
  } else {
    for (const auto& row : rows) {
      std::string state = row[0];
      state.resize(8, ' ');
      console.print(cat(state, row[1], ": ", row[2], "\n"));
    }
  }
  if (failed == 0) return {};
  return Error{Code::kUnavailable, cat(failed, " of ", findings.size(), " parts do not work"),
               "see the lines above"};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<DoctorOptions>();
  app.add_option("place", options->place, "try this place in a store instead, s3://bucket/folder/");
  options->common.add_to(app);
  return [options](Console& console) { return doctor(*options, console); };
}

}  // namespace

CommandInfo doctor_command() {
  return {"doctor", "whether every part works on this machine", "skymill doctor", define};
}

}  // namespace skymill
