// version: which build this is.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"

namespace skymill {
namespace {

RunCommand define(CLI::App& app) {
  auto common = std::make_shared<CommonOptions>();
  common->add_to(app);
  return [common](Console& console) -> Result<void> {
    SKYMILL_TRY(common->apply(console));
    if (console.json) {
      Json out = Json::object();
      out.set("version", SKYMILL_VERSION);
      out.set("build", SKYMILL_BUILD_ID);
      console.print_json(out);
    } else {
      console.print(cat("skymill ", SKYMILL_VERSION, " (build ", SKYMILL_BUILD_ID, ")\n"));
    }
    return {};
  };
}

}  // namespace

CommandInfo version_command() {
  return {"version", "which build this is", "skymill version", define};
}

}  // namespace skymill
