#include "serve/run_server.h"

#include <filesystem>

#include "base/mapped_file.h"
#include "base/sha256.h"
#include "model/model_file.h"

namespace skymill {

Result<ServedModel> load_served_model(const std::string& path) {
  const auto file = SKYMILL_TRY(MappedFile::open(path));
  ServedModel served{.model = SKYMILL_TRY(read_model(file->bytes()).at_source(path)),
                     .name = std::filesystem::path(path).stem().string(),
                     .version = sha256_hex(file->bytes()).substr(0, 12)};
  return served;
}

Result<void> run_server(const std::string& model_path, const ServerOptions& options,
                        const RunHooks& hooks) {
  ServedModel served = SKYMILL_TRY(load_served_model(model_path));
  const auto server = SKYMILL_TRY(Server::start(std::move(served), options));
  if (hooks.started) hooks.started(*server);
  hooks.wait();
  server->stop();
  return {};
}

}  // namespace skymill
