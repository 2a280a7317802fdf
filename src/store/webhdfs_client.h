// WebHDFS, the REST protocol of HDFS: the NameNode answers about names and sends whoever wants to
// read or write bytes on to a DataNode.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/hdfs_settings.h"
#include "store/http_request.h"

namespace skymill {

/// What HDFS says of a name.
struct HdfsStatus {
  std::string name;  // in its folder; empty when it was asked for itself
  bool is_file = false;
  bool is_folder = false;
  uint64_t size = 0;
  int64_t modified = 0;  // milliseconds
  int64_t id = 0;        // of the file, not of its name; never used again. 0: the server tells none
};

struct WebHdfsCall {
  std::string method;
  std::string path;                                             // absolute; not encoded
  std::vector<std::pair<std::string, std::string>> query = {};  // not encoded
  std::string_view body = {};
  uint64_t max_response_bytes = uint64_t{64} << 20;
};

class WebHdfsClient {
 public:
  explicit WebHdfsClient(HdfsSettings settings) : settings_(std::move(settings)) {}

  /// The NameNode's answer, whatever its status, after retries. `tries` may be null.
  Result<HttpResponse> ask(const WebHdfsCall& call, unsigned* tries = nullptr) const;
  /// The answer of the DataNode that the NameNode names, after retries, which leave out DataNodes
  /// that failed. Errors also: the NameNode names a host that data may not be sent to in the open.
  Result<HttpResponse> transfer(const WebHdfsCall& call) const;
  /// The same, but the DataNode is asked once: for what must not be done twice.
  Result<HttpResponse> transfer_once(const WebHdfsCall& call) const;

  Result<HdfsStatus> status(const std::string& path) const;
  /// What is in a folder, in no particular order; one that is not there holds nothing.
  Result<std::vector<HdfsStatus>> folder(const std::string& path) const;

  /// The error that an answer stands for; the place is left to the caller.
  Error error_of(const HttpResponse& answer) const;

 private:
  HttpRequest request(const WebHdfsCall& call) const;
  Result<std::string> data_node(const HttpResponse& answer) const;
  Error no_webhdfs(const std::string& what) const;
  Error with_port_hint(Error error) const;

  HdfsSettings settings_;
};

}  // namespace skymill
