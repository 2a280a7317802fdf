// For tests that run over the list of stores: places in them, on servers that live as long as the
// test program.
#pragma once

#include <algorithm>
#include <atomic>
#include <iterator>
#include <vector>

#include "store/gcs_server_testing.h"
#include "store/hdfs_server_testing.h"
#include "store/store_servers_testing.h"
#include "store/stores.h"

namespace skymill {

/// Those that can be written.
inline std::vector<StoreInfo> writable_stores() {
  std::vector<StoreInfo> found;
  std::ranges::copy_if(stores(), std::back_inserter(found), &StoreInfo::writable);
  return found;
}

/// An empty place in the store of `scheme`, different at each call. `folder` is where it lies on
/// this machine, if it does; the caller removes it.
inline ObjectLocation empty_place(std::string_view scheme, std::string& folder) {
  static std::atomic<int> number = 0;
  if (scheme == "file") {
    std::string pattern = testing::TempDir() + "skymill_store_XXXXXX";
    folder = mkdtemp(pattern.data());
    return *locate(folder + "/");
  }
  const std::string bucket = cat("test-", ++number);
  if (scheme == "s3") {
    static const S3Server kServer(SKYMILL_BINARY_DIR);
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
    return *locate(cat("hdfs://", hdfs_server().authority(), "/", bucket, "/"));
  }
  return *locate(cat(scheme, "://", bucket, "/"));
}

}  // namespace skymill
