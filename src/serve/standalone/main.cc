// skymill-serve: the serving-only program. Serves one model over HTTP; links without trainers,
// engine and formats.
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <span>
#include <string>

#include "base/error_map.h"
#include "base/log.h"
#include "base/text.h"
#include "registry/model_signature.h"
#include "serve/run_server.h"
#include "serve/stop_signal.h"
#include "store/store_options.h"

namespace skymill {
namespace {

constexpr std::string_view kUsage =
    "usage: skymill-serve MODEL [--port N] [--address A] [--threads N] [--registry URI]\n"
    "       [--require-signed PUBLIC_KEY_FILE]\n"
    "Serves a model over HTTP: POST /predict, GET /v1/models, /health/live, /health/ready, "
    "/metrics,\n"
    "/openapi.json. MODEL is a file in any store, or NAME@ALIAS of the registry, which is "
    "followed.\n"
    "SIGTERM drains. Default: --port 8080 --address 127.0.0.1, a thread per core.\n"
    "example: skymill-serve gender.skymill --port 8080\n";

struct Arguments {
  std::string model;
  std::string registry;
  std::optional<std::string> key_file;
  ServerOptions options = {.port = 8080};
  bool help = false;
  bool version = false;
};

Error bad_argument(std::string message) {
  return {Code::kInvalidArgument, std::move(message), "see skymill-serve --help", {}};
}

Result<int64_t> whole_number(std::string_view name, std::string_view text, int64_t largest) {
  const auto value = parse_integer(text);
  if (!value || *value < 0 || *value > largest) {
    return bad_argument(cat(name, " takes a number from 0 to ", largest, ", not '", text, "'"));
  }
  return *value;
}

Result<void> set_option(std::string_view name, const std::string& value, Arguments& out) {
  ServerOptions& options = out.options;
  if (name == "--port") {
    options.port = static_cast<uint16_t>(SKYMILL_TRY(whole_number(name, value, 65535)));
  } else if (name == "--threads") {
    options.threads = static_cast<unsigned>(SKYMILL_TRY(whole_number(name, value, 1024)));
  } else if (name == "--address") {
    options.address = value;
  } else if (name == "--registry") {
    out.registry = value;
  } else if (name == "--require-signed") {
    out.key_file = value;
  } else {
    const std::array<std::string, 7> known = {"--require-signed", "--port",     "--threads",
                                              "--address",        "--registry", "--help",
                                              "--version"};
    return bad_argument(cat("unknown option '", name, "': ", suggest(name, known)));
  }
  return {};
}

Result<Arguments> parse_arguments(std::span<char*> words) {
  Arguments out;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--help" || word == "-h") {
      out.help = true;
    } else if (word == "--version") {
      out.version = true;
    } else if (word.starts_with("-")) {
      const size_t equals = word.find('=');
      const std::string name = word.substr(0, equals);
      const bool inside = equals != std::string::npos;
      if (!inside && i + 1 == words.size()) return bad_argument(cat(name, " needs a value"));
      SKYMILL_TRY(set_option(name, inside ? word.substr(equals + 1) : words[++i], out));
    } else if (out.model.empty()) {
      out.model = word;
    } else {
      return bad_argument(cat("one model only; '", word, "' is too much"));
    }
  }
  if (out.model.empty() && !out.help && !out.version) return bad_argument("no model given");
  return out;
}

/// One JSON object per line on stderr: {"time", "level", "event", fields…}.
void log_line(LogLevel level, std::string_view event, const Json& fields) {
  using std::chrono::system_clock;
  const auto now = system_clock::now().time_since_epoch();
  Json line = Json::object();
  line.set("time", std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  line.set("level", log_level_name(level)).set("event", event);
  if (fields.is_object()) {
    for (const Json::Member& member : fields.members()) line.set(member.first, member.second);
  }
  const std::string text = line.dump() + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

int report(const Error& error) {
  std::cerr << "skymill-serve: " << error.text() << "\n";
  return meaning(error.code).exit_status;
}

Result<void> serve(const Arguments& arguments) {
  if (const char* options = std::getenv("SKYMILL_STORE_OPTIONS"); options != nullptr) {
    const std::vector<std::string> assignments =
        *options == '\0' ? std::vector<std::string>() : split(options, ',');
    set_store_options(SKYMILL_TRY(StoreOptions::parse(assignments)));
  }
  const auto signal = SKYMILL_TRY(StopSignal::install());
  set_log_sink(log_line);
  const RunHooks hooks{
      .started = [](const Server& server) { std::cerr << "listening on " << server.url() << "\n"; },
      .wait = [&] { signal->wait(); }};
  const auto registry = [&]() -> Result<Registry> {
    if (!arguments.registry.empty()) return Registry::open(arguments.registry, "skymill-serve");
    return bad_argument(cat(arguments.model, " is looked up in a registry: name it by --registry"));
  };
  ModelOrigin origin{.model = arguments.model, .registry = registry};
  if (arguments.key_file) {
    if (arguments.key_file->empty()) return bad_argument("--require-signed names no file");
    origin.trusted_key = SKYMILL_TRY(read_public_key(*arguments.key_file));
  }
  return run_server(origin, arguments.options, hooks);
}

int run(std::span<char*> words) {
  const auto arguments = parse_arguments(words);
  if (!arguments) return report(arguments.error());
  if (arguments->help) {
    std::cout << kUsage;
    return 0;
  }
  if (arguments->version) {
    std::cout << SKYMILL_BUILD_ID "\n";
    return 0;
  }
  const auto served = serve(*arguments);
  return served ? 0 : report(served.error());
}

}  // namespace
}  // namespace skymill

int main(int argc, char** argv) {
  return skymill::run(std::span(argv, static_cast<size_t>(argc)).subspan(1));
}
