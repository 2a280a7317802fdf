// For tests that run over the list of stores: places in them, on servers that live as long as the
// test program.
#pragma once

#include <atomic>
#include <ostream>
#include <string>
#include <vector>

#include "store/gcs_server_testing.h"
#include "store/hdfs_server_testing.h"
#include "store/moto_server_testing.h"
#include "store/store_servers_testing.h"
#include "store/stores.h"

namespace skymill {

/// A store on a server: as named in the list, or "moto", a second one of s3.
struct Instance {
  std::string name;
  std::string_view scheme;
};

inline std::ostream& operator<<(std::ostream& out, const Instance& instance) {
  return out << instance.name;
}

/// Where the servers' own files are, and where they may keep data.
struct ProjectFolders {
  std::string source;
  std::string build;
};

/// An empty place in a store, different at each call. `folder` is where it lies on this machine, if
/// it does; the caller removes it.
inline ObjectLocation empty_place(const Instance& instance, const ProjectFolders& project,
                                  std::string& folder) {
  const std::string_view scheme = instance.scheme;
  static std::atomic<int> number = 0;
  if (scheme == "file") {
    std::string pattern = testing::TempDir() + "skymill_store_XXXXXX";
    folder = mkdtemp(pattern.data());
    return *locate(folder + "/");
  }
  const std::string bucket = cat("test-", ++number);
  if (instance.name == "s3") {
    static const S3Server kServer(project.build);
    kServer.use();
    kServer.make_bucket(bucket);
  }
  if (instance.name == "moto") {
    static const MotoServer kServer;
    kServer.use();
    kServer.make_bucket(bucket);
  }
  if (scheme == "az") {
    static const AzureServer kServer;
    kServer.make_container(bucket);
  }
  if (scheme == "gs") {
    static const GcsServer kServer;
    kServer.make_bucket(bucket);
  }
  if (scheme == "hdfs") {
    return *locate(cat("hdfs://", hdfs_server(project.source).authority(), "/", bucket, "/"));
  }
  return *locate(cat(scheme, "://", bucket, "/"));
}

/// Those that can be written.
inline std::vector<Instance> writable_stores() {
  std::vector<Instance> found = {{"moto", "s3"}};
  for (const StoreInfo& store : stores()) {
    if (store.writable) found.push_back({std::string(store.scheme), store.scheme});
  }
  return found;
}

}  // namespace skymill
