// serve: an HTTP prediction server for a model file, or for a registry's alias, which it follows.
#include <CLI/CLI.hpp>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/registry_options.h"
#include "serve/run_server.h"
#include "serve/stop_signal.h"

namespace skymill {
namespace {

struct ServeOptions {
  std::string model;
  unsigned port = 8080;
  std::string address = "127.0.0.1";
  double poll = 5;
  RegistryOptions registry;
  CommonOptions common;
};

Result<void> serve(const ServeOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  if (options.port > 65535) {
    return usage_error({Code::kInvalidArgument,
                        cat("--port ", options.port, " is no port"),
                        "0 to 65535; 0 picks a free one",
                        {.field = "port"}});
  }
  if (!(options.poll >= 0.1 && options.poll <= 86400)) {
    return usage_error({Code::kInvalidArgument,
                        cat("--poll ", options.poll, " is no usable time"),
                        "0.1 to 86400 seconds",
                        {.field = "poll"}});
  }
  const auto signal = SKYMILL_TRY(StopSignal::install());
  set_log_sink([&](LogLevel level, std::string_view event, const Json& fields) {
    const std::string line = cat(event, ": ", fields.dump());
    if (level >= LogLevel::kWarning) console.warn(line);
    if (level == LogLevel::kInfo &&
        (event == "model_replaced" || event == "registry_followed_again")) {
      console.note(line);
    }
  });
  const ServerOptions server{.address = options.address,
                             .port = static_cast<uint16_t>(options.port),
                             .threads = options.common.threads};
  const RunHooks hooks{.started =
                           [&](const Server& running) {
                             if (console.json) {
                               Json out = Json::object();
                               out.set("url", running.url());
                               console.print_json(out);
                               (void)console.flush();  // the final flush reports a failure
                             }
                             console.note(cat("serving ", running.model_label(), "; listening on ",
                                              running.url(), "; Ctrl-C stops"));
                           },
                       .wait = [&] { signal->wait(); }};
  const std::string key = SKYMILL_TRY(options.registry.trusted_key());
  const ModelOrigin origin{
      .model = options.model,
      .registry = [&] { return options.registry.open(); },
      .trusted_key = key,
      .poll = std::chrono::milliseconds(static_cast<int64_t>(1000 * options.poll))};
  auto served = run_server(origin, server, hooks);
  if (!served && served.error().place.field == "address") return usage(std::move(served));
  return served;
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<ServeOptions>();
  app.add_option("model", options->model, "a model file, or NAME@ALIAS of the registry")
      ->required();
  app.add_option("--port", options->port, "0: a free one")->capture_default_str();
  app.add_option("--address", options->address, "loopback only")->capture_default_str();
  app.add_option("--poll", options->poll, "seconds between two looks at the registry")
      ->capture_default_str();
  options->registry.add_to(app);
  options->registry.add_trust_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return serve(*options, console); };
}

}  // namespace

CommandInfo serve_command() {
  return {"serve", "an HTTP prediction server for a model",
          "skymill serve gender.skymill --port 8080", define};
}

}  // namespace skymill
