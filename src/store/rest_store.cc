#include "store/rest_store.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "base/time_text.h"
#include "store/retry.h"

namespace skymill {

Result<HttpResponse> RestStore::send_once(const RestCall& call, double stall_seconds) const {
  HttpRequest next = SKYMILL_TRY(request(call));
  next.stall_seconds = stall_seconds;
  return send_http(next);
}

Result<HttpResponse> RestStore::send(const RestCall& call, const RestCall* again) const {
  unsigned lost = 0;
  const auto send_with = [&](const std::optional<Secret>& token) {
    unsigned count = 0;
    const auto attempt = [&](double stall_seconds) {
      const bool maybe_done = lost + count++ > 0;
      RestCall now = maybe_done && again != nullptr ? *again : call;
      if (token) now.headers.emplace_back("authorization", "Bearer " + token->reveal());
      return send_once(now, stall_seconds);
    };
    auto answer = with_retries(attempt).at_source(where(call.key));
    lost += count - 1;
    return answer;
  };
  if (tokens_ == nullptr) return send_with({});
  const Secret first = SKYMILL_TRY(tokens_->get().at_source(where(call.key)));
  auto answer = send_with(first);
  if (!answer || answer->status != 401) return answer;
  const Secret second = SKYMILL_TRY(tokens_->get(first).at_source(where(call.key)));
  return second == first ? std::move(answer) : send_with(second);
}

RestCall RestStore::stat_call(const std::string& key) const {
  return {.method = "HEAD", .key = key};
}

Result<RestObject> RestStore::object_of(const HttpResponse& answer) const {
  const auto size = parse_integer(answer.header("content-length"));
  if (!size || *size < 0) return Error{Code::kInternal, "the answer names no size"};
  return RestObject{.info = {.size = static_cast<uint64_t>(*size),
                             .etag = answer.header("etag"),
                             .modified = parse_time(answer.header("last-modified")).value_or(0)},
                    .write_id = answer.header(id_header_)};
}

Result<ObjectInfo> RestStore::stat(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const HttpResponse answer = SKYMILL_TRY(send(stat_call(key)));
  if (answer.status != 200) return error_of(answer, key);
  RestObject object = SKYMILL_TRY(object_of(answer).at_source(where(key)));
  object.info.key = key;
  return std::move(object.info);
}

Result<std::vector<ObjectInfo>> RestStore::list(const std::string& prefix) {
  std::vector<ObjectInfo> found;
  std::string next;
  do {
    const HttpResponse answer = SKYMILL_TRY(send(list_call(prefix, next)));
    if (answer.status != 200) return bucket_error_of(answer, prefix);
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

RestCall RestStore::read_call(const std::string& key, const std::string& range,
                              const std::string& etag) const {
  RestCall call{.method = "GET", .key = key};
  if (!range.empty()) call.headers.emplace_back(range_header_, range);
  if (!etag.empty()) call.headers.emplace_back("if-match", etag);
  return call;
}

Result<std::string> RestStore::read(const std::string& key, uint64_t offset, uint64_t length,
                                    const std::string& etag) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  if (length == 0 || offset > INT64_MAX) {
    const ObjectInfo info = SKYMILL_TRY(stat(key));
    if (!etag.empty() && info.etag != etag) return object_changed(where(key));
    return std::string();
  }
  RestCall call = read_call(key, range_text(offset, length), etag);
  call.max_response_bytes = range_limit(length);
  HttpResponse answer = SKYMILL_TRY(send(call));
  if (answer.status == 416) return std::string();
  if (!etag.empty() && (answer.status == 412 || answer.status == 404)) {
    SKYMILL_TRY(stat(key));  // both are said of objects that are gone and of those replaced
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

Result<std::optional<std::string>> RestStore::write_id_of(const std::string& key) const {
  const HttpResponse answer = SKYMILL_TRY(send(stat_call(key)));
  if (answer.status == 404) return std::nullopt;
  if (answer.status != 200) return error_of(answer, key);
  return SKYMILL_TRY(object_of(answer).at_source(where(key))).write_id;
}

Result<void> check_bucket(const std::string& bucket) {
  const bool plain = std::ranges::all_of(bucket, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
  if (plain && !bucket.empty() && bucket.front() != '.') return {};
  return Error{Code::kInvalidArgument, cat("'", bucket, "' is no name of a bucket"),
               "names are made of letters, digits, '-', '_' and '.'"};
}

}  // namespace skymill
