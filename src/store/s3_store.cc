#include "store/s3_store.h"

#include "base/sha256.h"
#include "base/text.h"
#include "store/aws_settings.h"
#include "store/rest_writer.h"
#include "store/store_options.h"
#include "store/xml_text.h"

namespace skymill {
namespace {

/// Parts grow, so that the 10,000 that S3 allows hold its largest object, 5 TiB.
constexpr size_t kPartsOfASize = 1000;
/// Names the write that made an object; see RestStore::write_id_of.
constexpr const char* kWriteIdHeader = "x-amz-meta-skymill-write";

class S3Store final : public RestStore, public std::enable_shared_from_this<S3Store> {
 public:
  S3Store(std::string bucket, AwsSettings settings)
      : RestStore("range", kWriteIdHeader),
        bucket_(std::move(bucket)),
        settings_(std::move(settings)) {
    // A bucket in the host's name needs a certificate for it, which custom endpoints rarely have.
    const std::string& wish = store_options().addressing;
    const bool usual = !settings_.endpoint.empty() || bucket_.find('.') != std::string::npos;
    const bool in_path = wish == "path" || (wish != "virtual" && usual);
    base_ = !settings_.endpoint.empty() ? settings_.endpoint
                                        : cat("https://s3.", settings_.region, ".amazonaws.com");
    if (!in_path) base_.insert(base_.find("://") + 3, bucket_ + ".");
    if (in_path) path_ = "/" + percent_encoded(bucket_, false);
  }

  std::string where(const std::string& key) const override {
    return cat("s3://", bucket_, "/", key);
  }
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Error error_of(const HttpResponse& answer, const std::string& key) const override;

 private:
  Result<HttpRequest> request(const RestCall& call) const override;
  RestCall list_call(const std::string& prefix, const std::string& next) const override;
  Result<RestPage> page_of(std::string_view body) const override;

  std::string bucket_;
  AwsSettings settings_;
  std::string base_;
  std::string path_;
};

Result<HttpRequest> S3Store::request(const RestCall& call) const {
  const std::string body_hash = sha256_hex(call.body);
  AwsRequest to_sign{.method = call.method,
                     .path = cat(path_, "/", percent_encoded(call.key, true)),
                     .query = call.query,
                     .headers = call.headers,
                     .payload_sha256 = body_hash,
                     .region = settings_.region};
  const std::string query = aws_query(call.query);
  if (store_options().requester_pays) {
    to_sign.headers.emplace_back("x-amz-request-payer", "requester");
  }
  HttpRequest request{.method = call.method,
                      .url = cat(base_, to_sign.path, query.empty() ? "" : "?", query),
                      .headers = to_sign.headers,
                      .body = call.body,
                      .max_response_bytes = call.max_response_bytes};
  const AwsCredentials credentials = SKYMILL_TRY(settings_.credentials_now());
  if (credentials.anonymous()) return request;
  const std::string time = aws_time(std::time(nullptr));
  const auto add = [&](const char* name, const std::string& value) {
    to_sign.headers.emplace_back(name, value);
    request.headers.emplace_back(name, value);
  };
  add("x-amz-content-sha256", body_hash);
  add("x-amz-date", time);
  if (!credentials.session_token.empty()) {
    add("x-amz-security-token", credentials.session_token.reveal());
  }
  to_sign.headers.emplace_back("host", host_of(base_));  // curl sends it
  request.headers.emplace_back("authorization", aws_authorization(to_sign, credentials, time));
  return request;
}

Error S3Store::error_of(const HttpResponse& answer, const std::string& key) const {
  const std::string reason = xml_text(answer.body, "Code");
  const std::string message = xml_text(answer.body, "Message");
  const Place place{.source = where(key)};
  if (reason == "NoSuchBucket") {
    return {Code::kNotFound, cat("there is no bucket '", bucket_, "'"), "check the name", place};
  }
  if (answer.status == 404 && (reason.empty() || reason == "NoSuchKey")) {
    return {Code::kNotFound, kNoSuchObject, "check the name", place};
  }
  const bool expired = reason == "ExpiredToken" || reason == "InvalidToken";  // with a 400
  if (answer.status == 401 || answer.status == 403 || expired) {
    return {Code::kPermissionDenied,
            cat(host_of(base_), " denies access", reason.empty() ? "" : ": ", reason),
            cat("check the rights and the keys; they come from ", settings_.credentials.origin),
            place};
  }
  if (answer.status == 301 || answer.status == 307 || answer.status == 400) {
    const std::string region = answer.header("x-amz-bucket-region");
    if (!region.empty() && region != settings_.region) {
      return {Code::kInvalidArgument,
              cat("the bucket lies in ", region, ", not in ", settings_.region),
              cat("set AWS_REGION=", region), place};
    }
  }
  const bool later = answer.status == 429 || answer.status >= 500;
  return {later ? Code::kUnavailable : Code::kInternal,
          cat(host_of(base_), " answers ", answer.status, reason.empty() ? "" : " ", reason,
              message.empty() ? "" : ": ", message),
          later ? "try again later" : "", place};
}

RestCall S3Store::list_call(const std::string& prefix, const std::string& next) const {
  RestCall call{.method = "GET", .query = {{"list-type", "2"}, {"prefix", prefix}}};
  if (!next.empty()) call.query.emplace_back("continuation-token", next);
  return call;
}

Result<RestPage> S3Store::page_of(std::string_view body) const {
  RestPage page;
  for (const std::string_view item : xml_elements(body, "Contents")) {
    page.objects.push_back(listed_object(xml_text(item, "Key"), xml_text(item, "Size"),
                                         xml_text(item, "LastModified")));
  }
  if (xml_text(body, "IsTruncated") == "true") {
    page.next = xml_text(body, "NextContinuationToken");
    if (page.next.empty()) return Error{Code::kInternal, "the list does not tell how it goes on"};
  }
  return page;
}

class S3Writer final : public RestWriter {
 public:
  S3Writer(std::shared_ptr<const RestStore> store, RestWriterOptions options)
      : RestWriter(std::move(store), std::move(options)) {}
  S3Writer(const S3Writer&) = delete;
  S3Writer& operator=(const S3Writer&) = delete;
  ~S3Writer() override {
    drop_parts();
    if (upload_.empty() || committed()) return;
    // Nothing is visible either way; what cannot be aborted the bucket's lifecycle rule removes.
    const auto aborted =
        store().send({.method = "DELETE", .key = key(), .query = {{"uploadId", upload_}}});
    (void)aborted;
  }

 private:
  Result<void> begin() override {
    const HttpResponse answer = SKYMILL_TRY(store().send(
        {.method = "POST", .key = key(), .query = {{"uploads", ""}}, .headers = first_headers()}));
    upload_ = xml_text(answer.body, "UploadId");
    if (answer.status != 200 || upload_.empty()) return store().error_of(answer, key());
    return {};
  }

  Result<std::string> send_part(size_t number, std::string_view bytes) override {
    const HttpResponse answer = SKYMILL_TRY(
        store().send({.method = "PUT",
                      .key = key(),
                      .query = {{"partNumber", std::to_string(number + 1)}, {"uploadId", upload_}},
                      .headers = {{"content-type", "application/octet-stream"}},
                      .body = bytes}));
    const std::string etag = answer.header("etag");
    if (answer.status != 200 || etag.empty()) return store().error_of(answer, key());
    return etag;
  }

  Result<HttpResponse> send_whole(std::string_view bytes) override {
    return send_last({.method = "PUT", .key = key(), .headers = first_headers(), .body = bytes});
  }

  Result<HttpResponse> send_join() override {
    SKYMILL_TRY(finish_parts());
    std::string list = "<CompleteMultipartUpload>";
    for (size_t i = 0; i < parts().size(); ++i) {
      list += cat("<Part><PartNumber>", i + 1, "</PartNumber><ETag>", parts()[i], "</ETag></Part>");
    }
    list += "</CompleteMultipartUpload>";
    return send_last(
        {.method = "POST", .key = key(), .query = {{"uploadId", upload_}}, .body = list});
  }

  /// Of the request that an object's own headers come from.
  NamedValues first_headers() const {
    NamedValues headers = {{kWriteIdHeader, id()}, {"content-type", "application/octet-stream"}};
    if (const std::string& key = store_options().encryption_key; !key.empty()) {
      headers.emplace_back("x-amz-server-side-encryption", "aws:kms");
      headers.emplace_back("x-amz-server-side-encryption-aws-kms-key-id", key);
    }
    return headers;
  }

  /// S3 may fail within an answer that began as a success.
  bool made(const HttpResponse& answer) const override {
    return answer.status == 200 && xml_elements(answer.body, "Error").empty();
  }

  std::string upload_;
};

Result<std::unique_ptr<ObjectWriter>> S3Store::write(const std::string& key, WriteMode mode) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  return std::make_unique<S3Writer>(
      shared_from_this(),
      RestWriterOptions{.key = key, .mode = mode, .parts_of_a_size = kPartsOfASize});
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> s3_store(const std::string& bucket) {
  SKYMILL_TRY(check_bucket(bucket));  // it becomes a part of the host's name
  return std::make_shared<S3Store>(bucket, SKYMILL_TRY(aws_settings()));
}

}  // namespace skymill
