// For tests: fake-gcs-server on loopback, for as long as the object lives. It asks for no
// credentials. tools/fetch_test_servers.sh provides it.
#pragma once

#include "store/store_servers_testing.h"

namespace skymill {

/// The server that gs:// means in this process.
class GcsServer {
 public:
  GcsServer() {
    const uint16_t port = free_port();
    process_.emplace(
        std::vector<std::string>{server_cache() + "/fake-gcs-server-1.55.1/fake-gcs-server",
                                 "-scheme", "http", "-host", "127.0.0.1", "-port",
                                 std::to_string(port), "-backend", "memory", "-log-level", "error"},
        port);
    endpoint_ = cat("http://127.0.0.1:", port);
    setenv("STORAGE_EMULATOR_HOST", endpoint_.c_str(), 1);
    unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
  }

  void make_bucket(const std::string& name) const {
    const std::string body = cat(R"({"name":")", name, R"("})");
    const auto answer = send_http({.method = "POST",
                                   .url = endpoint_ + "/storage/v1/b",
                                   .headers = {{"content-type", "application/json"}},
                                   .body = body});
    EXPECT_TRUE(answer && answer->status == 200);
  }

 private:
  std::string endpoint_;
  std::optional<ServerProcess> process_;
};

}  // namespace skymill
