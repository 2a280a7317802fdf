// ls: the objects below a place.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "store/stores.h"

namespace skymill {
namespace {

struct LsOptions {
  std::string place;
  CommonOptions common;
};

Result<void> ls(const LsOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const ObjectLocation location = SKYMILL_TRY(locate(options.place));
  const auto objects = SKYMILL_TRY(location.store->list(location.key));
  if (console.json) {
    Json out = Json::array();
    for (const ObjectInfo& object : objects) {
      Json item = Json::object();
      item.set("uri", location.store->where(object.key));
      item.set("bytes", object.size);
      out.push(std::move(item));
    }
    console.print_json(out);
    return {};
  }
  std::vector<std::vector<std::string>> rows;
  for (const ObjectInfo& object : objects) {
    rows.push_back({format_bytes(object.size), location.store->where(object.key)});
  }
  if (!rows.empty()) console.print(grid_text(rows, {true, false}));
  return {};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<LsOptions>();
  app.add_option("place", options->place, "a folder, or the beginning of a URI")->required();
  options->common.add_to(app);
  return [options](Console& console) { return ls(*options, console); };
}

}  // namespace

CommandInfo ls_command() {
  return {"ls", "the objects below a place", "skymill ls s3://my-bucket/data/", define};
}

}  // namespace skymill
