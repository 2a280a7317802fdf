// The program: finds the command, parses its options, runs it, maps its error to the exit status.
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <new>
#include <string>

#include "base/error_map.h"
#include "base/text.h"
#include "cli/command.h"

namespace skymill {
namespace {

/// Whether the command belongs to the group: "models ls" to "models", "models" to "".
bool belongs(const CommandInfo& command, std::string_view group) {
  if (group.empty()) return command.name.find(' ') == std::string_view::npos;
  return command.name.starts_with(cat(group, " "));
}

void print_overview(std::string_view group = "") {
  const std::string start = group.empty() ? "" : cat(group, " ");
  std::string out =
      cat("skymill: from a file to a served prediction, in one program\n\nusage: skymill ", start,
          "COMMAND [OPTIONS]\n\n");
  for (const CommandInfo& command : commands()) {
    if (!belongs(command, group)) continue;
    std::string name(command.name.substr(start.size()));
    name.resize(10, ' ');
    out += cat("  ", name, " ", command.summary, "\n");
  }
  out += cat("\nskymill ", start, "COMMAND --help shows a command's options and an example.\n");
  std::fwrite(out.data(), 1, out.size(), stdout);
}

int exit_status(const Error& error) {
  const bool usage = error.place.source == "command line";
  if (error.code == Code::kInvalidArgument) return usage ? 2 : 1;
  return meaning(error.code).exit_status;
}

/// CLI11's errors as ours, with the nearest option for an unknown one.
Error parse_error(const CLI::App& app, const CLI::ParseError& failure) {
  Error error{Code::kInvalidArgument, failure.what(),
              cat("see skymill ", app.get_name(), " --help")};
  if (dynamic_cast<const CLI::ExtrasError*>(&failure) != nullptr && !app.remaining().empty()) {
    std::vector<std::string> known;
    for (const CLI::Option* option : app.get_options()) known.push_back(option->get_name());
    const std::string unknown = app.remaining().front();
    const bool flag = unknown.starts_with("-");
    error.message = cat(flag ? "unknown option '" : "unexpected argument '", unknown, "'");
    if (const auto close = nearest(unknown, known); flag && close) {
      error.hint = cat("did you mean '", *close, "'?");
    }
  }
  return usage_error(std::move(error));
}

/// Whether stdout is a pipe that nobody reads any more.
bool reader_is_gone() {
  pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

int run(const CommandInfo& command, std::vector<std::string> arguments) {
  CLI::App app(std::string(command.summary), std::string(command.name));
  app.footer(cat("\nexample:\n  ", command.example, "\n"));
  const RunCommand work = command.define(app);
  Console console;
  console.json = std::ranges::find(arguments, "--json") != arguments.end();
  try {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    console.print(app.help("skymill"));  // CLI11 adds the command
    return 0;
  } catch (const CLI::ParseError& failure) {
    const Error error = parse_error(app, failure);
    console.fail(error);
    return exit_status(error);
  }
  auto done = work(console);
  if (done) done = console.flush();
  if (done) return 0;
  if (reader_is_gone()) return 128 + SIGPIPE;  // as `| head` ends any program, but tidied up
  console.fail(done.error());
  return exit_status(done.error());
}

/// Refuses a word that is no command of the group.
int unknown_command(const std::string& word, const std::string& group) {
  std::vector<std::string> names;
  const size_t start = group.empty() ? 0 : group.size() + 1;
  for (const CommandInfo& command : commands()) {
    if (belongs(command, group)) names.emplace_back(command.name.substr(start));
  }
  Console().fail(
      usage_error({Code::kInvalidArgument,
                   cat("unknown command '", word, group.empty() ? "" : "' of '", group, "'"),
                   suggest(word, names)}));
  return 2;
}

/// `words` after the program's name; `group` was the word before them.
int dispatch(const std::vector<std::string>& words, const std::string& group) {
  const std::string word = words.empty() ? "--help" : words.front();
  if (word == "--help" || word == "-h" || word == "help") {
    print_overview(group);
    return words.empty() ? 2 : 0;
  }
  const std::string name = group.empty() ? word : cat(group, " ", word);
  for (const CommandInfo& command : commands()) {
    if (name != command.name && !(name == "--version" && command.name == "version")) continue;
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    return command.define == nullptr ? dispatch(rest, name) : run(command, rest);
  }
  return unknown_command(word, group);
}

int program(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return dispatch({argv + 1, argv + argc}, "");
  } catch (const std::bad_alloc&) {
    Console().fail({Code::kResourceExhausted, "the memory is exhausted",
                    "use a smaller input or a larger machine"});
    return meaning(Code::kResourceExhausted).exit_status;
  } catch (const std::exception& failure) {
    Console().fail(
        {Code::kInternal, failure.what(), "this is a fault of skymill: please report it"});
    return meaning(Code::kInternal).exit_status;
  }
}

}  // namespace
}  // namespace skymill

int main(int argc, char** argv) { return skymill::program(argc, argv); }
