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
CommandInfo models_command();
CommandInfo models_ls_command();
CommandInfo models_show_command();
CommandInfo models_diff_command();
CommandInfo models_alias_command();
CommandInfo models_promote_command();
CommandInfo models_rollback_command();
CommandInfo models_export_command();
CommandInfo models_import_command();
CommandInfo models_verify_command();
CommandInfo models_gc_command();
CommandInfo models_sign_command();
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
  static const std::array<CommandInfo, 27> kCommands = {show_command(),
                                                        query_command(),
                                                        train_command(),
                                                        eval_command(),
                                                        predict_command(),
                                                        serve_command(),
                                                        models_command(),
                                                        models_ls_command(),
                                                        models_show_command(),
                                                        models_diff_command(),
                                                        models_alias_command(),
                                                        models_promote_command(),
                                                        models_rollback_command(),
                                                        models_export_command(),
                                                        models_import_command(),
                                                        models_verify_command(),
                                                        models_gc_command(),
                                                        models_sign_command(),
                                                        cp_command(),
                                                        ls_command(),
                                                        cat_command(),
                                                        rm_command(),
                                                        trainers_command(),
                                                        formats_command(),
                                                        stores_command(),
                                                        doctor_command(),
                                                        version_command()};
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
