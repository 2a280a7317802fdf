// For tests: HDFS with a DataNode on loopback, for as long as the object lives.
// tools/fetch_test_servers.sh provides it.
#pragma once

#include <string>
#include <vector>

#include "store/store_servers_testing.h"

namespace skymill {

class HdfsServer {
 public:
  /// `source`: the project's folder. Returns when files can be written, after some seconds.
  explicit HdfsServer(const std::string& source) {
    std::string pattern = testing::TempDir() + "hdfs-server-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    port_ = free_port();
    const uint16_t ready = free_port();
    const std::string hadoop = server_cache() + "/hadoop-3.4.2/";
    // Jersey answers 500 on Java 17 without --add-opens.
    process_.emplace(
        std::vector<std::string>{hadoop + "java", "-Xmx256m", "-XX:TieredStopAtLevel=1",
                                 "-XX:+UseSerialGC", "--add-opens",
                                 "java.base/java.lang=ALL-UNNAMED", "-cp", hadoop + "jars/*",
                                 source + "/tests/servers/hdfs/HdfsServer.java", folder_,
                                 std::to_string(port_), std::to_string(ready)},
        ready);
  }
  HdfsServer(const HdfsServer&) = delete;
  HdfsServer& operator=(const HdfsServer&) = delete;
  ~HdfsServer() {
    process_.reset();
    std::filesystem::remove_all(folder_);
  }

  /// As it stands in a URI.
  std::string authority() const { return cat("127.0.0.1:", port_); }

 private:
  std::string folder_;
  uint16_t port_ = 0;
  std::optional<ServerProcess> process_;
};

/// The one of this test program, which takes some seconds to start.
inline const HdfsServer& hdfs_server(const std::string& source) {
  static const HdfsServer kServer(source);
  return kServer;
}

}  // namespace skymill
