#include "store/azure_store.h"

#include <algorithm>

#include "base/base64.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/time_text.h"
#include "store/azure_settings.h"
#include "store/azure_signature.h"
#include "store/rest_writer.h"
#include "store/xml_text.h"

namespace skymill {
namespace {

/// Blocks grow, so that the 50,000 that Azure allows hold its largest object.
constexpr size_t kBlocksOfASize = 5000;
/// Names the write that made an object; see RestStore::write_id_of.
constexpr const char* kWriteIdHeader = "x-ms-meta-skymillwrite";

class AzureStore final : public RestStore, public std::enable_shared_from_this<AzureStore> {
 public:
  /// `name` is that of the container in URIs.
  AzureStore(std::string name, std::string container, AzureSettings settings)
      : RestStore("x-ms-range", kWriteIdHeader, settings.tokens),
        name_(std::move(name)),
        container_(std::move(container)),
        settings_(std::move(settings)) {}

  std::string where(const std::string& key) const override { return cat(name_, "/", key); }
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Error error_of(const HttpResponse& answer, const std::string& key) const override;

 private:
  Result<HttpRequest> request(const RestCall& call) const override;
  RestCall list_call(const std::string& prefix, const std::string& next) const override;
  Result<RestPage> page_of(std::string_view body) const override;

  std::string name_;
  std::string container_;
  AzureSettings settings_;
};

Result<HttpRequest> AzureStore::request(const RestCall& call) const {
  NamedValues headers = call.headers;
  headers.emplace_back("x-ms-date", http_date(now_in_seconds()));
  headers.emplace_back("x-ms-version", "2021-12-02");
  // The endpoint may hold a path of its own, which is signed too.
  const std::string& endpoint = settings_.endpoint;
  const size_t slash = endpoint.find('/', endpoint.find("://") + 3);
  const std::string base = slash == std::string::npos ? "" : endpoint.substr(slash);
  const std::string path = cat(base, "/", percent_encoded(container_, false),
                               call.key.empty() ? "" : "/" + percent_encoded(call.key, true));
  std::string query = query_text(call.query);
  if (!settings_.key.empty()) {
    const AzureRequest to_sign{.method = call.method,
                               .path = path,
                               .query = call.query,
                               .headers = headers,
                               .body_bytes = call.body.size()};
    headers.emplace_back("authorization",
                         azure_authorization(to_sign, settings_.account, settings_.key));
  } else if (!settings_.sas.empty()) {
    query += cat(query.empty() ? "" : "&", settings_.sas.reveal());
  }
  return HttpRequest{.method = call.method,
                     .url = cat(endpoint.substr(0, slash), path, query.empty() ? "" : "?", query),
                     .headers = std::move(headers),
                     .body = call.body,
                     .max_response_bytes = call.max_response_bytes};
}

Error AzureStore::error_of(const HttpResponse& answer, const std::string& key) const {
  const std::string host = host_of(settings_.endpoint);
  std::string reason = answer.header("x-ms-error-code");
  if (reason.empty()) reason = xml_text(answer.body, "Code");
  const std::string message = xml_text(answer.body, "Message");
  const Place place{.source = where(key)};
  if (reason == "ContainerNotFound") {
    return {Code::kNotFound, cat("there is no container '", container_, "'"), "check the name",
            place};
  }
  if (answer.status == 404) {
    return {Code::kNotFound, kNoSuchObject, "check the name", place};
  }
  if (answer.status == 401 || answer.status == 403) {
    return {Code::kPermissionDenied,
            cat(host, " denies access", reason.empty() ? "" : ": ", reason),
            cat("check the rights and the keys; they come from ", settings_.origin), place};
  }
  const bool later = answer.status == 429 || answer.status >= 500;
  return {later ? Code::kUnavailable : Code::kInternal,
          cat(host, " answers ", answer.status, reason.empty() ? "" : " ", reason,
              message.empty() ? "" : ": ", message.substr(0, message.find('\n'))),
          later ? "try again later" : "", place};
}

RestCall AzureStore::list_call(const std::string& prefix, const std::string& next) const {
  RestCall call{.method = "GET",
                .query = {{"comp", "list"}, {"prefix", prefix}, {"restype", "container"}}};
  if (!next.empty()) call.query.emplace_back("marker", next);
  return call;
}

Result<RestPage> AzureStore::page_of(std::string_view body) const {
  RestPage page{.next = xml_text(body, "NextMarker")};
  for (const std::string_view item : xml_elements(body, "Blob")) {
    page.objects.push_back(listed_object(xml_text(item, "Name"), xml_text(item, "Content-Length"),
                                         xml_text(item, "Last-Modified")));
  }
  return page;
}

/// Blocks that are never committed are not visible; Azure removes them after a week.
class AzureWriter final : public RestWriter {
 public:
  AzureWriter(std::shared_ptr<const RestStore> store, RestWriterOptions options)
      : RestWriter(std::move(store), std::move(options)) {}
  AzureWriter(const AzureWriter&) = delete;
  AzureWriter& operator=(const AzureWriter&) = delete;
  ~AzureWriter() override { drop_parts(); }

 private:
  Result<std::string> send_part(size_t number, std::string_view bytes) override {
    // Equally long ids; the write's own part keeps those of other writers apart.
    std::string digits = std::to_string(number);
    digits.insert(0, 6 - digits.size(), '0');
    const std::string block = base64_text(cat(id(), "-", digits));
    const HttpResponse answer =
        SKYMILL_TRY(store().send({.method = "PUT",
                                  .key = key(),
                                  .query = {{"blockid", block}, {"comp", "block"}},
                                  .headers = {{"content-type", "application/octet-stream"}},
                                  .body = bytes}));
    if (answer.status != 201) return store().error_of(answer, key());
    return block;
  }

  Result<HttpResponse> send_whole(std::string_view bytes) override {
    return send_last({.method = "PUT",
                      .key = key(),
                      .headers = headers({"x-ms-blob-type", "BlockBlob"}),
                      .body = bytes});
  }

  Result<HttpResponse> send_join() override {
    SKYMILL_TRY(finish_parts());
    std::string list = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
    for (const std::string& block : parts()) list += cat("<Latest>", block, "</Latest>");
    list += "</BlockList>";
    return send_last({.method = "PUT",
                      .key = key(),
                      .query = {{"comp", "blocklist"}},
                      .headers = headers({"x-ms-blob-content-type", "application/octet-stream"}),
                      .body = list});
  }

  bool made(const HttpResponse& answer) const override { return answer.status == 201; }

  NamedValues headers(std::pair<std::string, std::string> more) const {
    return {std::move(more), {kWriteIdHeader, id()}, {"content-type", "application/octet-stream"}};
  }
};

Result<std::unique_ptr<ObjectWriter>> AzureStore::write(const std::string& key, WriteMode mode) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  return std::make_unique<AzureWriter>(
      shared_from_this(),
      RestWriterOptions{.key = key, .mode = mode, .parts_of_a_size = kBlocksOfASize});
}

}  // namespace

std::string host_of_azure(const Uri& uri) {
  const size_t at = uri.bucket.find('@');
  return at == std::string::npos ? std::string() : uri.bucket.substr(at + 1);
}

Result<ObjectLocation> open_azure(const Uri& uri) {
  const size_t at = uri.bucket.find('@');
  if (uri.scheme != "az" && (at == std::string::npos || at == 0)) {
    return Error{Code::kInvalidArgument,
                 cat("the ", uri.scheme, ":// URI does not name a container and an account"),
                 cat("write ", uri.scheme, "://container@account.dfs.core.windows.net/path"),
                 {.source = uri.text()}};
  }
  AzureSettings settings = SKYMILL_TRY(azure_settings(host_of_azure(uri)).at_source(uri.text()));
  return ObjectLocation{std::make_shared<AzureStore>(cat(uri.scheme, "://", uri.bucket),
                                                     uri.bucket.substr(0, at), std::move(settings)),
                        uri.path};
}

}  // namespace skymill
