#include "serve/run_server.h"

#include <filesystem>

#include "base/sha256.h"
#include "model/model_file.h"
#include "store/stores.h"

namespace skymill {

Result<ServedModel> load_served_model(const std::string& uri) {
  const ObjectLocation location = SKYMILL_TRY(locate(uri));
  const std::string bytes = SKYMILL_TRY(read_object(*location.store, location.key, kMaxModelBytes));
  ServedModel served{.model = SKYMILL_TRY(read_model(bytes).at_source(location.text())),
                     .name = std::filesystem::path(location.key).stem().string(),
                     .version = sha256_hex(bytes).substr(0, 12)};
  return served;
}

Result<void> run_server(const std::string& model_uri, const ServerOptions& options,
                        const RunHooks& hooks) {
  ServedModel served = SKYMILL_TRY(load_served_model(model_uri));
  const auto server = SKYMILL_TRY(Server::start(std::move(served), options));
  if (hooks.started) hooks.started(*server);
  hooks.wait();
  server->stop();
  return {};
}

}  // namespace skymill
