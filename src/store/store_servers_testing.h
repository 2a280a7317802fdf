// For tests: servers of stores on loopback, for as long as the object lives; both check signatures.
// tools/fetch_test_servers.sh provides them.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
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
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/base64.h"
#include "base/text.h"
#include "base/time_text.h"
#include "store/azure_signature.h"
#include "store/http_request.h"

namespace skymill {

inline sockaddr_in loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A socket with a port of its own on loopback, not listening yet.
inline int bound_socket(uint16_t& port) {
  const int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(bind(handle, reinterpret_cast<sockaddr*>(&address), size), 0);
  getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return handle;
}

/// A port that nobody listened on a moment ago.
inline uint16_t free_port() {
  uint16_t port = 0;
  close(bound_socket(port));
  return port;
}

inline std::string server_cache() {
  const char* cache = std::getenv("SKYMILL_CACHE");
  const char* home = std::getenv("HOME");
  return cache != nullptr ? cache : cat(home == nullptr ? "" : home, "/.cache/skymill");
}

/// A process that listens on a port; it ends with the object, or with the test.
class ServerProcess {
 public:
  /// Returns when it accepts connections. The program is the first word.
  ServerProcess(const std::vector<std::string>& words, uint16_t port) {
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
      std::vector<char*> arguments;
      for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
      arguments.push_back(nullptr);
      execv(arguments[0], arguments.data());
      _exit(127);
    }
    for (int i = 0; i < 3000; ++i) {
      const int handle = socket(AF_INET, SOCK_STREAM, 0);
      const sockaddr_in target = loopback(port);
      const bool up =
          connect(handle, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0;
      close(handle);
      if (up) return;
      if (waitpid(process_, nullptr, WNOHANG) != 0) {
        process_ = -1;  // it has ended
        break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ADD_FAILURE() << words[0] << " does not answer; run tools/fetch_test_servers.sh";
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_ = -1;
};

/// versitygw, as the server that s3:// means in this process.
class S3Server {
 public:
  static constexpr const char* kKey = "skymill-test";
  static constexpr const char* kSecret = "canary-secret-of-the-test-server";

  /// `parent`: a folder whose file system has extended attributes, which /tmp may lack.
  /// `identity`: the absolute path, without .crt and .key, of the certificate that it speaks TLS
  /// with; empty: plain HTTP.
  explicit S3Server(const std::string& parent, const std::string& identity = "") {
    std::string pattern = parent + "/s3-server-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    const uint16_t port = free_port();
    setenv("ROOT_ACCESS_KEY", kKey, 1);
    setenv("ROOT_SECRET_KEY", kSecret, 1);
    // More at a time, and conditional writes are not atomic: two creators may both win.
    std::vector<std::string> words = {server_cache() + "/versitygw-1.7.0/versitygw", "--quiet",
                                      "--port", cat("127.0.0.1:", port)};
    if (!identity.empty()) {
      words.insert(words.end(), {"--cert", identity + ".crt", "--key", identity + ".key"});
    }
    words.insert(words.end(), {"posix", "--concurrency", "1", folder_});
    process_.emplace(words, port);
    endpoint_ = cat(identity.empty() ? "http" : "https", "://127.0.0.1:", port);
    use();
  }
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;
  ~S3Server() {
    process_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// Makes it the server that s3:// means in this process.
  void use() const {
    setenv("AWS_ENDPOINT_URL", endpoint_.c_str(), 1);
    setenv("AWS_ACCESS_KEY_ID", kKey, 1);
    setenv("AWS_SECRET_ACCESS_KEY", kSecret, 1);
  }
  void make_bucket(const std::string& name) const {
    std::filesystem::create_directories(folder_ + "/" + name);
  }

 private:
  std::string folder_;
  std::string endpoint_;
  std::optional<ServerProcess> process_;
};

/// Azurite, as the server that az:// means in this process.
class AzureServer {
 public:
  /// The account that Azurite knows; its key is public.
  static constexpr const char* kAccount = "devstoreaccount1";
  static constexpr const char* kKey =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  AzureServer() {
    const uint16_t port = free_port();
    const std::string folder = server_cache() + "/azurite-3.35.0/";
    process_.emplace(std::vector<std::string>{folder + "node",
                                              folder + "node_modules/azurite/dist/src/blob/main.js",
                                              "--silent", "--inMemoryPersistence", "--blobHost",
                                              "127.0.0.1", "--blobPort", std::to_string(port),
                                              "--skipApiVersionCheck", "--disableTelemetry"},
                     port);
    endpoint_ = cat("http://127.0.0.1:", port, "/", kAccount);
    setenv("AZURE_STORAGE_CONNECTION_STRING",
           cat("AccountName=", kAccount, ";AccountKey=", kKey, ";BlobEndpoint=", endpoint_).c_str(),
           1);
  }

  void make_container(const std::string& name) const {
    AzureRequest request{
        .method = "PUT",
        .path = cat("/", kAccount, "/", name),
        .query = {{"restype", "container"}},
        .headers = {{"x-ms-date", http_date(now_in_seconds())}, {"x-ms-version", "2021-12-02"}}};
    auto headers = request.headers;
    headers.emplace_back("authorization",
                         azure_authorization(request, kAccount, Secret(*base64_bytes(kKey))));
    const auto answer = send_http({.method = "PUT",
                                   .url = cat(endpoint_, "/", name, "?restype=container"),
                                   .headers = headers});
    EXPECT_TRUE(answer && answer->status == 201);
  }

 private:
  std::string endpoint_;
  std::optional<ServerProcess> process_;
};

}  // namespace skymill
