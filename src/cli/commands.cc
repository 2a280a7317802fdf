// The list of commands. Adding one: its file, its declaration and its line here.
#include <array>

#include "cli/command.h"

namespace skymill {

CommandInfo show_command();
CommandInfo query_command();
CommandInfo train_command();
CommandInfo eval_command();
CommandInfo predict_command();
CommandInfo serve_command();
CommandInfo cp_command();
CommandInfo ls_command();
CommandInfo cat_command();
CommandInfo rm_command();
CommandInfo trainers_command();
CommandInfo formats_command();
CommandInfo stores_command();
CommandInfo doctor_command();
CommandInfo version_command();

std::span<const CommandInfo> commands() {
  static const std::array<CommandInfo, 15> kCommands = {
      show_command(),     query_command(),   train_command(),  eval_command(),   predict_command(),
      serve_command(),    cp_command(),      ls_command(),     cat_command(),    rm_command(),
      trainers_command(), formats_command(), stores_command(), doctor_command(), version_command()};
  return kCommands;
}

namespace {
constexpr const char* kCommandLine = "command line";
}

Error usage_error(Error error) {
  error.code = Code::kInvalidArgument;
  error.place.source = kCommandLine;
  return error;
}

}  // namespace skymill
