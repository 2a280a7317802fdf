// For tests: an S3 server on loopback (versitygw, which checks signatures), for as long as the
// object lives. tools/fetch_test_servers.sh provides it.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "base/text.h"

namespace skymill {

inline sockaddr_in loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A port that nobody listened on a moment ago.
inline uint16_t free_port() {
  const int handle = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(handle, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
  close(handle);
  return ntohs(address.sin_port);
}

class S3Server {
 public:
  static constexpr const char* kKey = "skymill-test";
  static constexpr const char* kSecret = "canary-secret-of-the-test-server";

  static std::string program() {
    const char* cache = std::getenv("SKYMILL_CACHE");
    const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
    return cat(cache != nullptr ? std::string(cache) : home + "/.cache/skymill",
               "/versitygw-1.7.0/versitygw");
  }

  S3Server() {
    // Below the build folder: the server keeps its facts in extended attributes, which /tmp may
    // lack.
    std::string pattern = SKYMILL_BINARY_DIR "/s3-server-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    port_ = free_port();
    start();
  }
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;
  ~S3Server() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }

  std::string endpoint() const { return cat("http://127.0.0.1:", port_); }
  void make_bucket(const std::string& name) const {
    std::filesystem::create_directories(folder_ + "/" + name);
  }
  /// Makes this the server that s3:// means in this process.
  void use() const {
    setenv("AWS_ENDPOINT_URL", endpoint().c_str(), 1);
    setenv("AWS_ACCESS_KEY_ID", kKey, 1);
    setenv("AWS_SECRET_ACCESS_KEY", kSecret, 1);
  }

 private:
  void start() {
    const std::string address = cat("127.0.0.1:", port_);
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      setenv("ROOT_ACCESS_KEY", kKey, 1);
      setenv("ROOT_SECRET_KEY", kSecret, 1);
      // More at a time, and conditional writes are not atomic: two creators may both win.
      execl(program().c_str(), "versitygw", "--quiet", "--port", address.c_str(), "posix",
            "--concurrency", "1", folder_.c_str(), nullptr);
      _exit(127);
    }
    for (int i = 0; i < 1000; ++i) {
      const int handle = socket(AF_INET, SOCK_STREAM, 0);
      const sockaddr_in target = loopback(port_);
      const bool up =
          connect(handle, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0;
      close(handle);
      if (up) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ADD_FAILURE() << program() << " does not answer; run tools/fetch_test_servers.sh";
  }

  std::string folder_;
  uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace skymill
