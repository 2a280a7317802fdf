// What the stores behind HTTP have in common: an object is a URL that is asked with HEAD, GET and
// DELETE. Their dialects differ in signing, errors, lists and uploads.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "store/http_request.h"
#include "store/object_store.h"

namespace skymill {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

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

class RestStore : public ObjectStore {
 public:
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) final;
  Result<ObjectInfo> stat(const std::string& key) final;
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) final;
  Result<void> remove(const std::string& key) final;

  /// The answer to the call, whatever its status, after retries. `tries` may be null.
  Result<HttpResponse> send(const RestCall& call, unsigned* tries = nullptr) const;
  /// The error that an answer stands for.
  virtual Error error_of(const HttpResponse& answer, const std::string& key) const = 0;
  /// Whether the object that is there carries this id in `id_header`: how a writer knows its own
  /// success after a lost answer.
  Result<bool> made_by(const std::string& key, const std::string& id_header,
                       const std::string& id) const;

 protected:
  /// `range_header`: the name of the header that asks for a part.
  explicit RestStore(std::string range_header) : range_header_(std::move(range_header)) {}

  /// The request of a call, signed for now.
  virtual HttpRequest request(const RestCall& call) const = 0;
  /// Asks for the page that `next` of the one before tells; empty: the first.
  virtual RestCall list_call(const std::string& prefix, const std::string& next) const = 0;
  virtual Result<RestPage> page_of(std::string_view body) const = 0;

 private:
  std::string range_header_;
};

/// What a list says of an object.
ObjectInfo listed_object(std::string key, std::string_view size, std::string_view modified);

/// The message of an error_of() for an object that is not there.
inline constexpr const char* kNoSuchObject = "there is no such object";

}  // namespace skymill
