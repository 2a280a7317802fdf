// Command: one verb of the program. A command is one file and one line in commands.cc.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "cli/console.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace skymill {

/// What a command does once its options are parsed. Errors become the exit status.
using RunCommand = std::function<Result<void>(Console& console)>;

struct CommandInfo {
  std::string_view name;     // "train"; "models ls" belongs to the group "models"
  std::string_view summary;  // one line
  std::string_view example;  // shown by --help
  /// Adds the command's options to `app`; the returned function sees their values. Null: a group.
  RunCommand (*define)(CLI::App& app);
};

/// Every command, in the order `skymill --help` shows them.
std::span<const CommandInfo> commands();

/// Marks an error as found on the command line, without looking at data: exit status 2.
Error usage_error(Error error);
template <typename T>
Result<T> usage(Result<T> result) {
  if (!result) return usage_error(std::move(result).error());
  return result;
}

}  // namespace skymill
