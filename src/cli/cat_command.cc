// cat: an object's bytes on standard output.
#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "store/read_pieces.h"
#include "store/stores.h"

namespace skymill {
namespace {

struct CatOptions {
  std::string object;
  CommonOptions common;
};

Result<void> cat_object(const CatOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  if (console.json) {
    return usage_error({Code::kInvalidArgument,
                        "--json and cat do not go together: stdout carries the object",
                        "leave --json out",
                        {.field = "json"}});
  }
  const ObjectLocation from = SKYMILL_TRY(locate(options.object));
  SKYMILL_TRY(read_pieces(*from.store, from.key, interrupt(), [&](std::string_view piece) {
    console.print(piece);
    return console.flush();
  }));
  return {};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<CatOptions>();
  app.add_option("object", options->object, "a file or URI")->required();
  options->common.add_to(app);
  return [options](Console& console) { return cat_object(*options, console); };
}

}  // namespace

CommandInfo cat_command() {
  return {"cat", "an object's bytes on standard output", "skymill cat s3://my-bucket/notes.txt",
          define};
}

}  // namespace skymill
