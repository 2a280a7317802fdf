#include "store/http_store.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "store/endpoint.h"
#include "store/retry.h"

namespace skymill {
namespace {

/// The path of a URL as users write it: what is encoded stays so.
std::string encoded(std::string_view key) {
  std::string out;
  for (const char c : key) {
    const bool delimiter = std::string_view("%!$&'()*+,;=:@").find(c) != std::string_view::npos;
    out += delimiter ? std::string(1, c) : percent_encoded(std::string_view(&c, 1), true);
  }
  return out;
}

/// The size of the whole that "bytes 0-0/1234" or "bytes */0" tells.
std::optional<uint64_t> total_of(const HttpResponse& answer) {
  const std::string range = answer.header("content-range");
  const auto total = parse_integer(range.substr(std::min(range.size(), range.find('/') + 1)));
  if (!total || *total < 0) return {};
  return static_cast<uint64_t>(*total);
}

std::string etag_of(const HttpResponse& answer, uint64_t size) {
  if (std::string etag = answer.header("etag"); !etag.empty()) return etag;
  const std::string modified = answer.header("last-modified");
  return modified.empty() ? std::string() : cat(modified, ", ", size, " bytes");
}

class HttpStore final : public ObjectStore {
 public:
  HttpStore(std::string server, std::string name, std::string query)
      : server_(std::move(server)), name_(std::move(name)), query_(std::move(query)) {}

  std::string where(const std::string& key) const override { return cat(name_, "/", key); }
  Result<ObjectInfo> stat(const std::string& key) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override {
    return only_read(prefix, "lists no files");
  }
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) override;
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode) override {
    SKYMILL_TRY(check_key(key).at_source(where(key)));
    return only_read(key, "takes no files");
  }
  Result<void> remove(const std::string& key) override {
    SKYMILL_TRY(check_key(key).at_source(where(key)));
    return only_read(key, "removes no files");
  }

 private:
  struct Asked {
    std::string method;
    std::string range = {};
    uint64_t max_response_bytes = 64 << 10;
  };
  Result<HttpResponse> send(const std::string& key, const Asked& asked) const;
  Result<ObjectInfo> stat_by_a_byte(const std::string& key) const;
  Error error_of(const HttpResponse& answer, const std::string& key) const;
  Error only_read(const std::string& key, const std::string& what) const;
  Error no_parts(const std::string& key) const;

  std::string server_;  // https://host:port
  std::string name_;    // the same as users write it
  std::string query_;
};

Result<HttpResponse> HttpStore::send(const std::string& key, const Asked& asked) const {
  constexpr int kMostRedirects = 5;
  std::string url = cat(server_, "/", encoded(key), query_.empty() ? "" : "?", query_);
  for (int i = 0; i <= kMostRedirects; ++i) {
    const auto request = [&] {
      HttpRequest next{
          .method = asked.method, .url = url, .max_response_bytes = asked.max_response_bytes};
      if (!asked.range.empty()) next.headers.emplace_back("range", asked.range);
      return next;
    };
    HttpResponse answer = SKYMILL_TRY(send_with_retries(request).at_source(where(key)));
    if (answer.status / 100 != 3 || answer.redirect.empty()) return answer;
    const std::string host = host_of(answer.redirect);
    const bool open = url.starts_with("http://") && answer.redirect.starts_with("http://") &&
                      is_this_machine(host);
    if (!is_plain_authority(host) || !(open || answer.redirect.starts_with("https://"))) {
      return Error{Code::kPermissionDenied,
                   cat(host_of(url), " sends the request on to ", host, ", in the open"),
                   "find a server that has the file under https://",
                   {.source = where(key)}};
    }
    url = std::move(answer.redirect);
  }
  return Error{Code::kUnavailable,
               cat("the request was sent on more than ", kMostRedirects, " times"),
               "check the URL",
               {.source = where(key)}};
}

Result<ObjectInfo> HttpStore::stat(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const HttpResponse answer = SKYMILL_TRY(send(key, {.method = "HEAD"}));
  const auto length = parse_integer(answer.header("content-length"));
  if (answer.status == 200 && length && *length >= 0) {
    const auto size = static_cast<uint64_t>(*length);
    return ObjectInfo{.key = key, .size = size, .etag = etag_of(answer, size)};
  }
  // Some servers refuse HEAD (a URL may be signed for GET), others tell no size.
  constexpr std::array<int, 5> kAskOtherwise = {200, 400, 403, 405, 501};
  if (std::ranges::find(kAskOtherwise, answer.status) == kAskOtherwise.end()) {
    return error_of(answer, key);
  }
  return stat_by_a_byte(key);
}

Result<ObjectInfo> HttpStore::stat_by_a_byte(const std::string& key) const {
  auto answer = send(key, {.method = "GET", .range = "bytes=0-0"});
  if (!answer && answer.error().code == Code::kResourceExhausted) return no_parts(key);
  if (!answer) return answer.error();
  std::optional<uint64_t> size;
  if (answer->status == 206 || answer->status == 416) size = total_of(*answer);
  if (answer->status == 200) size = answer->body.size();
  if (size) return ObjectInfo{.key = key, .size = *size, .etag = etag_of(*answer, *size)};
  if (answer->status != 206) return error_of(*answer, key);
  return Error{Code::kUnsupported, "the server tells no size", "", {.source = where(key)}};
}

Result<std::string> HttpStore::read(const std::string& key, uint64_t offset, uint64_t length,
                                    const std::string& etag) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const auto checked = [&](const std::string& now, std::string bytes) -> Result<std::string> {
    if (!etag.empty() && !now.empty() && now != etag) return object_changed(where(key));
    return bytes;
  };
  if (length == 0 || offset > INT64_MAX) return checked(SKYMILL_TRY(stat(key)).etag, "");
  auto answer = send(key, {.method = "GET",
                           .range = range_text(offset, length),
                           .max_response_bytes = range_limit(length)});
  if (!answer && answer.error().code == Code::kResourceExhausted) return no_parts(key);
  if (!answer) return answer.error();
  if (answer->status == 416) return checked(SKYMILL_TRY(stat(key)).etag, "");
  if (answer->status != 200 && answer->status != 206) return error_of(*answer, key);
  const uint64_t size = total_of(*answer).value_or(answer->body.size());
  const std::string start = cat("bytes ", offset, "-");
  const bool fits =
      answer->status == 206 ? answer->header("content-range").starts_with(start) : offset == 0;
  if (!fits || answer->body.size() > length) return no_parts(key);
  return checked(etag_of(*answer, size), std::move(answer->body));
}

Error HttpStore::error_of(const HttpResponse& answer, const std::string& key) const {
  const std::string host = host_of(server_);
  const Place place{.source = where(key)};
  if (answer.status == 404 || answer.status == 410) {
    return {Code::kNotFound, cat(host, " has no such file"), "check the URL", place};
  }
  if (answer.status == 401 || answer.status == 403) {
    return {Code::kPermissionDenied, cat(host, " denies access (", answer.status, ")"),
            "only files for everyone and signed URLs can be read", place};
  }
  const bool later = answer.status == 429 || answer.status >= 500;
  return {later ? Code::kUnavailable : Code::kInternal, cat(host, " answers ", answer.status),
          later ? "try again later" : "", place};
}

Error HttpStore::only_read(const std::string& key, const std::string& what) const {
  return {Code::kUnsupported,
          cat("a web server ", what, ": only single files are read"),
          "name a file, or a place in another store",
          {.source = where(key)}};
}

Error HttpStore::no_parts(const std::string& key) const {
  return {Code::kUnsupported,
          "the server gives no parts of files, so it can only be asked for small ones",
          "download the file by other means first",
          {.source = where(key)}};
}

}  // namespace

Result<ObjectLocation> open_http(const Uri& uri) {
  const std::string server = cat(uri.scheme, "://", uri.bucket);
  if (!is_plain_authority(uri.bucket)) {
    return Error{Code::kInvalidArgument, cat("'", uri.bucket, "' is no host"), "check the URL"};
  }
  std::string endpoint = SKYMILL_TRY(checked_endpoint(server).at_source(uri.text()));
  return ObjectLocation{std::make_shared<HttpStore>(std::move(endpoint), server, uri.query),
                        uri.path};
}

}  // namespace skymill
