// formats and stores: what this build can read, write and reach.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "format/format.h"
#include "store/store_options.h"
#include "store/stores.h"

namespace skymill {
namespace {

void print_list(Console& console, const std::vector<std::vector<std::string>>& rows,
                const std::vector<std::string>& keys) {
  if (!console.json) {
    console.print(grid_text(rows, std::vector<bool>(keys.size(), false)));
    return;
  }
  Json out = Json::array();
  for (const auto& row : rows) {
    Json item = Json::object();
    for (size_t k = 0; k < keys.size(); ++k) item.set(keys[k], row[k]);
    out.push(std::move(item));
  }
  console.print_json(out);
}

void list_formats(Console& console) {
  std::vector<std::vector<std::string>> rows;
  for (const FormatInfo& format : formats()) {
    std::vector<std::string> suffixes(format.suffixes.begin(), format.suffixes.end());
    rows.push_back({std::string(format.name), join(suffixes, " "), std::string(format.summary)});
  }
  print_list(console, rows, {"name", "suffixes", "summary"});
}

void list_stores(Console& console) {
  std::vector<std::vector<std::string>> rows;
  for (const StoreInfo& store : stores()) {
    rows.push_back({std::string(store.scheme), std::string(store.summary)});
  }
  print_list(console, rows, {"scheme", "summary"});
}

void list_store_options(Console& console) {
  std::vector<std::vector<std::string>> rows;
  for (const ParamSpec& spec : store_option_specs()) {
    rows.push_back({spec.name, param_type_name(spec), param_text(spec.fallback), spec.summary});
  }
  print_list(console, rows, {"name", "type", "default", "summary"});
}

template <void (*kList)(Console&)>
RunCommand define(CLI::App& app) {
  auto common = std::make_shared<CommonOptions>();
  common->add_to(app);
  return [common](Console& console) -> Result<void> {
    SKYMILL_TRY(common->apply(console));
    kList(console);
    return {};
  };
}

RunCommand define_stores(CLI::App& app) {
  struct Options {
    bool options = false;
    CommonOptions common;
  };
  auto options = std::make_shared<Options>();
  app.add_flag("--options", options->options, "what --store-option can set");
  options->common.add_to(app);
  return [options](Console& console) -> Result<void> {
    SKYMILL_TRY(options->common.apply(console));
    if (options->options) {
      list_store_options(console);
    } else {
      list_stores(console);
    }
    return {};
  };
}

}  // namespace

CommandInfo formats_command() {
  return {"formats", "which file formats can be read and written", "skymill formats",
          define<list_formats>};
}

CommandInfo stores_command() {
  return {"stores", "where data and models can be kept", "skymill stores", define_stores};
}

}  // namespace skymill
