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
        if (!stop.stop_requested()) follow_without_throwing();
      }
    });
  }

  /// Nothing is followed any more; a look that is under way ends in its time.
  void stop() { thread_.request_stop(); }

 private:
  /// A model that does not fit into the memory leaves the one before.
  void follow_without_throwing() {
    try {
      follow();
    } catch (const std::exception& failure) {
      report(Error{Code::kResourceExhausted, failure.what()});
    }
  }

  void follow() {
    auto news = source_.poll();
    if (!news) return report(news.error());
    if (*news) server_.replace(std::move(**news));
    report(Error{});
  }

  /// Says what is new about what goes wrong; without a message nothing does.
  void report(const Error& error) {
    const bool good = error.message.empty();
    const std::string trouble = good ? "" : error.text();
    if (trouble != trouble_) {
      trouble_ = trouble;
      const auto level = good ? LogLevel::kInfo : LogLevel::kWarning;
      log(level, good ? "registry_followed_again" : "registry_not_followed",
          Json::object().set("reason", trouble));
    }
    server_.metrics().registry =
        good ? ServiceMetrics::Registry::kFollowed : ServiceMetrics::Registry::kNotFollowed;
  }

  RegistrySource& source_;
  Server& server_;
  std::string trouble_;
  std::jthread thread_;
};

/// `follower` may be null.
Result<void> serve(Server& server, const RunHooks& hooks, Follower* follower = nullptr) {
  if (hooks.started) hooks.started(server);
  hooks.wait();
  if (follower != nullptr) follower->stop();
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
  return serve(*server, hooks, follower ? &*follower : nullptr);
}

}  // namespace skymill
