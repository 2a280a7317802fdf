#include "store/rest_store.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "base/time_text.h"
#include "store/retry.h"

namespace skymill {

Result<HttpResponse> RestStore::send(const RestCall& call, unsigned* tries) const {
  return send_with_retries([&] { return request(call); }, tries).at_source(where(call.key));
}

Result<ObjectInfo> RestStore::stat(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const HttpResponse answer = SKYMILL_TRY(send({.method = "HEAD", .key = key}));
  if (answer.status != 200) return error_of(answer, key);
  const auto size = parse_integer(answer.header("content-length"));
  if (!size || *size < 0) {
    return Error{Code::kInternal, "the answer names no size", "", {.source = where(key)}};
  }
  return ObjectInfo{.key = key,
                    .size = static_cast<uint64_t>(*size),
                    .etag = answer.header("etag"),
                    .modified = parse_time(answer.header("last-modified")).value_or(0)};
}

Result<std::vector<ObjectInfo>> RestStore::list(const std::string& prefix) {
  std::vector<ObjectInfo> found;
  std::string next;
  do {
    const HttpResponse answer = SKYMILL_TRY(send(list_call(prefix, next)));
    if (answer.status != 200) return error_of(answer, prefix);
    RestPage page = SKYMILL_TRY(page_of(answer.body).at_source(where(prefix)));
    std::ranges::move(page.objects, std::back_inserter(found));
    if (!page.next.empty() && page.next == next) {
      return Error{Code::kInternal, "the list does not end", "", {.source = where(prefix)}};
    }
    next = std::move(page.next);
  } while (!next.empty());
  std::ranges::sort(found, {}, &ObjectInfo::key);
  return found;
}

ObjectInfo listed_object(std::string key, std::string_view size, std::string_view modified) {
  const int64_t bytes = parse_integer(size).value_or(0);
  return {.key = std::move(key),
          .size = static_cast<uint64_t>(std::max<int64_t>(0, bytes)),
          .modified = parse_time(modified).value_or(0)};
}

Result<std::string> RestStore::read(const std::string& key, uint64_t offset, uint64_t length,
                                    const std::string& etag) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  if (length == 0 || offset > INT64_MAX) {
    const ObjectInfo info = SKYMILL_TRY(stat(key));
    if (!etag.empty() && info.etag != etag) return object_changed(where(key));
    return std::string();
  }
  RestCall call{.method = "GET", .key = key, .max_response_bytes = range_limit(length)};
  if (std::string range = range_text(offset, length); !range.empty()) {
    call.headers.emplace_back(range_header_, std::move(range));
  }
  if (!etag.empty()) call.headers.emplace_back("if-match", etag);
  HttpResponse answer = SKYMILL_TRY(send(call));
  if (answer.status == 416) return std::string();
  if (answer.status == 412) {
    SKYMILL_TRY(stat(key));  // some say so of an object that is gone
    return object_changed(where(key));
  }
  const bool whole = answer.status == 200 && offset == 0;
  if ((answer.status == 206 || whole) && answer.body.size() <= length) {
    return std::move(answer.body);
  }
  if (answer.status / 100 == 2) {
    return Error{
        Code::kUnsupported, "the server gives no parts of objects", "", {.source = where(key)}};
  }
  return error_of(answer, key);
}

Result<void> RestStore::remove(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const HttpResponse answer = SKYMILL_TRY(send({.method = "DELETE", .key = key}));
  if (answer.status / 100 == 2) return {};
  const Error error = error_of(answer, key);
  // What is not there need not be removed; a missing bucket is another thing.
  if (error.code == Code::kNotFound && error.message == kNoSuchObject) return {};
  return error;
}

Result<bool> RestStore::made_by(const std::string& key, const std::string& id_header,
                                const std::string& id) const {
  const HttpResponse answer = SKYMILL_TRY(send({.method = "HEAD", .key = key}));
  return answer.status == 200 && answer.header(id_header) == id;
}

}  // namespace skymill
