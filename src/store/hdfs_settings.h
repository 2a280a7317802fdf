// Where the WebHDFS of an hdfs:// URI is, and as whom it is asked.
#pragma once

#include <string>

#include "base/result.h"

namespace skymill {

struct HdfsUser {
  std::string name;    // empty: nobody; the server has a name for those
  std::string origin;  // where it was found, for people

  std::string text() const;  // "the user ann, a name from HADOOP_USER_NAME"
};

struct HdfsSettings {
  std::string endpoint;  // what stands before /webhdfs/v1
  HdfsUser user;
};

/// HADOOP_USER_NAME, else the name of this process's user.
HdfsUser hdfs_user();

/// `authority` is a host or host:port, with the port of WebHDFS and not of the RPC protocol. This
/// machine is asked by HTTP (port 9870), others by HTTPS (9871); webhdfs:// says HTTP, swebhdfs://
/// HTTPS. SKYMILL_WEBHDFS=https://host:port is asked for every authority instead: for URIs with an
/// RPC port or a logical name, and for gateways. Errors: no host, plain HTTP to another machine.
Result<HdfsSettings> hdfs_settings(const std::string& scheme, const std::string& authority);

}  // namespace skymill
