// rm: removes objects, after asking.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "store/stores.h"

namespace skymill {
namespace {

struct RmOptions {
  std::string place;
  bool yes = false;
  CommonOptions common;
};

/// The keys that a place names: one object, or those below a folder.
Result<std::vector<std::string>> keys_of(const ObjectLocation& location) {
  std::vector<std::string> keys;
  if (!location.key.empty() && !location.key.ends_with('/')) {
    SKYMILL_TRY(location.store->stat(location.key));
    keys.push_back(location.key);
    return keys;
  }
  for (const ObjectInfo& object : SKYMILL_TRY(location.store->list(location.key))) {
    keys.push_back(object.key);
  }
  return keys;
}

Result<bool> agreed(const std::string& question) {
  if (isatty(STDIN_FILENO) == 0) {
    return usage_error(
        {Code::kInvalidArgument, "nobody can be asked here", "add --yes", {.field = "yes"}});
  }
  std::fputs((question + " [y/N] ").c_str(), stderr);
  std::string answer;
  std::getline(std::cin, answer);
  return lower(trim(answer)) == "y" || lower(trim(answer)) == "yes";
}

Result<void> rm(const RmOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  const ObjectLocation location = SKYMILL_TRY(locate(options.place));
  const auto keys = SKYMILL_TRY(keys_of(location));
  const std::string what = keys.size() == 1
                               ? location.store->where(keys.front())
                               : cat(grouped(keys.size()), " objects below ", location.text());
  if (!options.yes && !SKYMILL_TRY(agreed(cat("remove ", what, "?")))) return {};
  for (const std::string& key : keys) SKYMILL_TRY(location.store->remove(key));
  if (console.json) {
    Json out = Json::object();
    out.set("removed", keys.size());
    console.print_json(out);
  } else {
    console.note(cat("removed ", what));
  }
  return {};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<RmOptions>();
  app.add_option("place", options->place, "an object, or a folder with its '/'")->required();
  app.add_flag("--yes", options->yes, "do not ask");
  options->common.add_to(app);
  return [options](Console& console) { return rm(*options, console); };
}

}  // namespace

CommandInfo rm_command() {
  return {"rm", "remove objects", "skymill rm s3://my-bucket/old/ --yes", define};
}

}  // namespace skymill
