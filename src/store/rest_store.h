// What the stores behind HTTP have in common: an object is a URL that is asked with HEAD, GET and
// DELETE. Their dialects differ in signing, errors, lists and uploads, and one in how it is asked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "store/access_token.h"
#include "store/http_request.h"
#include "store/object_store.h"

namespace skymill {

struct RestCall {
  std::string method;
  std::string key = {};      // empty: the bucket itself
  NamedValues query = {};    // not encoded
  NamedValues headers = {};  // names in lower case
  std::string_view body = {};
  uint64_t max_response_bytes = uint64_t{64} << 20;
};

/// A piece of a list, and what asks for the next one; empty at the end.
struct RestPage {
  std::vector<ObjectInfo> objects = {};
  std::string next = {};
};

/// What a store says of an object that is there.
struct RestObject {
  ObjectInfo info = {};       // without its key
  std::string write_id = {};  // of the write that made it, if a RestWriter did
};

class RestStore : public ObjectStore {
 public:
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) final;
  Result<ObjectInfo> stat(const std::string& key) final;
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) final;
  Result<void> remove(const std::string& key) final;

  /// The answer to the call, whatever its status, after retries. `again`, if there is one, is sent
  /// instead of the call after a try that failed or whose answer was lost.
  Result<HttpResponse> send(const RestCall& call, const RestCall* again = nullptr) const;
  /// The error that an answer stands for.
  virtual Error error_of(const HttpResponse& answer, const std::string& key) const = 0;
  /// The same for a list or the beginning of a write: what they do not find is the bucket.
  virtual Error bucket_error_of(const HttpResponse& answer, const std::string& key) const {
    return error_of(answer, key);
  }
  /// The id of the write that made the object that is there, empty when no RestWriter did; nothing
  /// when none is there. How a writer knows its own success after a lost answer.
  Result<std::optional<std::string>> write_id_of(const std::string& key) const;

 protected:
  /// The names of the headers that ask for a part, and that carry the id of a write; the tokens
  /// that requests carry, where a dialect has them.
  RestStore(std::string range_header, std::string id_header,
            std::shared_ptr<AccessTokens> tokens = nullptr)
      : range_header_(std::move(range_header)),
        id_header_(std::move(id_header)),
        tokens_(std::move(tokens)) {}

  /// The request of a call, signed for now. Errors: there are no credentials to be had.
  virtual Result<HttpRequest> request(const RestCall& call) const = 0;
  /// Asks what is there under the key.
  virtual RestCall stat_call(const std::string& key) const;
  virtual Result<RestObject> object_of(const HttpResponse& answer) const;
  /// Asks for a range (empty: all), of the object with this etag (empty: of any). What is answered
  /// when there is another object: 412 or 404.
  virtual RestCall read_call(const std::string& key, const std::string& range,
                             const std::string& etag) const;
  /// Asks for the page that `next` of the one before tells; empty: the first.
  virtual RestCall list_call(const std::string& prefix, const std::string& next) const = 0;
  virtual Result<RestPage> page_of(std::string_view body) const = 0;

 private:
  Result<HttpResponse> send_once(const RestCall& call, double stall_seconds) const;

  std::string range_header_;
  std::string id_header_;
  std::shared_ptr<AccessTokens> tokens_;
};

/// Refuses what is no name of a bucket and would lead elsewhere in a URL.
Result<void> check_bucket(const std::string& bucket);

/// What a list says of an object.
ObjectInfo listed_object(std::string key, std::string_view size, std::string_view modified);

/// The message of an error_of() for an object that is not there.
inline constexpr const char* kNoSuchObject = "there is no such object";

}  // namespace skymill
