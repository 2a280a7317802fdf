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

void print_overview() {
  std::string out =
      "skymill: from a file to a served prediction, in one program\n\n"
      "usage: skymill COMMAND [OPTIONS]\n\n";
  for (const CommandInfo& command : commands()) {
    std::string name(command.name);
    name.resize(10, ' ');
    out += cat("  ", name, " ", command.summary, "\n");
  }
  out += "\nskymill COMMAND --help shows a command's options and an example.\n";
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

int program(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string name = argc > 1 ? argv[1] : "--help";
  if (name == "--help" || name == "-h" || name == "help") {
    print_overview();
    return argc > 1 ? 0 : 2;
  }
  std::vector<std::string> names;
  try {
    for (const CommandInfo& command : commands()) {
      names.emplace_back(command.name);
      if (name == command.name || (name == "--version" && command.name == "version")) {
        return run(command, {argv + 2, argv + argc});
      }
    }
    Console().fail(usage_error(
        {Code::kInvalidArgument, cat("unknown command '", name, "'"), suggest(name, names)}));
    return 2;
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
