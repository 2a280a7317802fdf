#include "serve/run_server.h"

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"
#include "base/sha256.h"
#include "model/model_file.h"
#include "registry/model_signature.h"
#include "serve/registry_source.h"
#include "store/stores.h"

namespace skymill {
namespace {

/// Asks the registry for news until the object goes.
class Follower {
 public:
  Follower(RegistrySource& source, Server& server, std::chrono::milliseconds period)
      : source_(source), server_(server) {
    server_.metrics().registry = ServiceMetrics::Registry::kFollowed;
    thread_ = std::jthread([this, period](const std::stop_token& stop) {
      std::mutex mutex;
      std::condition_variable_any never;
      std::unique_lock lock(mutex);
      while (!stop.stop_requested()) {
        never.wait_for(lock, stop, period, [] { return false; });
        if (!stop.stop_requested()) follow();
      }
    });
  }

 private:
  void follow() {
    auto news = source_.poll();
    if (news && *news) server_.replace(std::move(**news));
    const std::string trouble = news ? "" : news.error().text();
    if (trouble != trouble_) {
      trouble_ = trouble;
      const auto level = news ? LogLevel::kInfo : LogLevel::kWarning;
      log(level, news ? "registry_followed_again" : "registry_not_followed",
          Json::object().set("reason", trouble));
    }
    server_.metrics().registry =
        news ? ServiceMetrics::Registry::kFollowed : ServiceMetrics::Registry::kNotFollowed;
  }

  RegistrySource& source_;
  Server& server_;
  std::string trouble_;
  std::jthread thread_;
};

Result<void> serve(Server& server, const RunHooks& hooks) {
  if (hooks.started) hooks.started(server);
  hooks.wait();
  server.stop();
  return {};
}

}  // namespace

Result<ServedModel> load_served_model(const std::string& uri, const std::string& trusted_key) {
  const ObjectLocation location = SKYMILL_TRY(locate(uri));
  const std::string bytes = SKYMILL_TRY(read_object(*location.store, location.key, kMaxModelBytes));
  if (!trusted_key.empty()) SKYMILL_TRY(check_file_signature(location, bytes, trusted_key));
  ServedModel served{.model = SKYMILL_TRY(read_model(bytes).at_source(location.text())),
                     .name = std::filesystem::path(location.key).stem().string(),
                     .version = sha256_hex(bytes).substr(0, 12)};
  return served;
}

Result<void> run_server(const ModelOrigin& origin, const ServerOptions& options,
                        const RunHooks& hooks) {
  if (!is_model_reference(origin.model)) {
    const auto server = SKYMILL_TRY(
        Server::start(SKYMILL_TRY(load_served_model(origin.model, origin.trusted_key)), options));
    return serve(*server, hooks);
  }
  const ModelReference reference = SKYMILL_TRY(ModelReference::parse(origin.model));
  RegistrySource source(SKYMILL_TRY(origin.registry()), reference, origin.trusted_key);
  const auto server = SKYMILL_TRY(Server::start(SKYMILL_TRY(source.load()), options));
  std::optional<Follower> follower;
  if (source.changes()) follower.emplace(source, *server, origin.poll);
  return serve(*server, hooks);
}

}  // namespace skymill
