// For tests: moto, a second server that speaks S3, on loopback for as long as the object lives. It
// checks no signatures. tools/fetch_test_servers.sh provides it.
#pragma once

#include "store/store_servers_testing.h"

namespace skymill {

class MotoServer {
 public:
  MotoServer() {
    // Silent, as it tells of each request; and one request at a time, else conditional writes are
    // not atomic: it looks first and writes then, and two creators may both win.
    constexpr const char* kProgram =
        "import os, sys, moto.server as moto; sys.stderr = open(os.devnull, 'w');"
        "run = moto.run_simple;"
        "moto.run_simple = lambda *given, **named: run(*given, **{**named, 'threaded': False});"
        "moto.main(sys.argv[1:])";
    const uint16_t port = free_port();
    process_.emplace(
        std::vector<std::string>{server_cache() + "/moto-5.2.5/bin/python", "-W", "ignore", "-c",
                                 kProgram, "-H", "127.0.0.1", "-p", std::to_string(port)},
        port);
    endpoint_ = cat("http://127.0.0.1:", port);
  }

  /// Makes it the server that s3:// means in this process.
  void use() const {
    setenv("AWS_ENDPOINT_URL", endpoint_.c_str(), 1);
    setenv("AWS_ACCESS_KEY_ID", S3Server::kKey, 1);
    setenv("AWS_SECRET_ACCESS_KEY", S3Server::kSecret, 1);
  }

  void make_bucket(const std::string& name) const {
    const auto answer = send_http({.method = "PUT", .url = cat(endpoint_, "/", name)});
    EXPECT_TRUE(answer && answer->status == 200);
  }

 private:
  std::string endpoint_;
  std::optional<ServerProcess> process_;
};

}  // namespace skymill
