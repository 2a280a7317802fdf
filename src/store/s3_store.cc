#include "store/s3_store.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"
#include "store/aws_settings.h"
#include "store/rest_store.h"
#include "store/xml_text.h"

namespace skymill {
namespace {

constexpr size_t kPartBytes = 8 << 20;
/// Parts grow, so that the 10,000 that S3 allows hold its largest object, 5 TiB.
constexpr size_t kPartsOfASize = 1000;
/// Names the write that made an object; see RestStore::made_by.
constexpr const char* kWriteIdHeader = "x-amz-meta-skymill-write";

class S3Store final : public RestStore, public std::enable_shared_from_this<S3Store> {
 public:
  S3Store(std::string bucket, AwsSettings settings)
      : RestStore("range"), bucket_(std::move(bucket)), settings_(std::move(settings)) {
    // A bucket in the host's name needs a certificate for it, which custom endpoints rarely have.
    const bool in_path = !settings_.endpoint.empty() || bucket_.find('.') != std::string::npos;
    const std::string amazon = cat("s3.", settings_.region, ".amazonaws.com");
    base_ = !settings_.endpoint.empty() ? settings_.endpoint
            : in_path                   ? "https://" + amazon
                                        : cat("https://", bucket_, ".", amazon);
    if (in_path) path_ = "/" + percent_encoded(bucket_, false);
  }

  std::string where(const std::string& key) const override {
    return cat("s3://", bucket_, "/", key);
  }
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Error error_of(const HttpResponse& answer, const std::string& key) const override;

 private:
  HttpRequest request(const RestCall& call) const override;

  std::string bucket_;
  AwsSettings settings_;
  std::string base_;
  std::string path_;
};

HttpRequest S3Store::request(const RestCall& call) const {
  const std::string body_hash = sha256_hex(call.body);
  AwsRequest to_sign{.method = call.method,
                     .path = cat(path_, "/", percent_encoded(call.key, true)),
                     .query = call.query,
                     .headers = call.headers,
                     .payload_sha256 = body_hash,
                     .region = settings_.region};
  const std::string query = aws_query(call.query);
  HttpRequest request{.method = call.method,
                      .url = cat(base_, to_sign.path, query.empty() ? "" : "?", query),
                      .headers = call.headers,
                      .body = call.body,
                      .max_response_bytes = call.max_response_bytes};
  const AwsCredentials& credentials = settings_.credentials;
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
  if (answer.status == 401 || answer.status == 403) {
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

Result<std::vector<ObjectInfo>> S3Store::list(const std::string& prefix) {
  std::vector<ObjectInfo> found;
  std::string token;
  do {
    RestCall call{.method = "GET", .query = {{"list-type", "2"}, {"prefix", prefix}}};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    const HttpResponse answer = SKYMILL_TRY(send(call));
    if (answer.status != 200) return error_of(answer, prefix);
    for (const std::string_view item : xml_elements(answer.body, "Contents")) {
      const auto size = parse_integer(xml_text(item, "Size"));
      found.push_back({.key = xml_text(item, "Key"),
                       .size = static_cast<uint64_t>(std::max<int64_t>(0, size.value_or(0)))});
    }
    const bool more = xml_text(answer.body, "IsTruncated") == "true";
    const std::string next = more ? xml_text(answer.body, "NextContinuationToken") : "";
    if (more && (next.empty() || next == token)) {
      return Error{Code::kInternal, "the list does not end", "", {.source = where(prefix)}};
    }
    token = next;
  } while (!token.empty());
  std::ranges::sort(found, {}, &ObjectInfo::key);
  return found;
}

class S3Writer final : public ObjectWriter {
 public:
  S3Writer(std::shared_ptr<const S3Store> store, std::string key, WriteMode mode)
      : store_(std::move(store)), key_(std::move(key)), mode_(mode) {}
  S3Writer(const S3Writer&) = delete;
  S3Writer& operator=(const S3Writer&) = delete;
  ~S3Writer() override {
    if (upload_.empty()) return;
    // Nothing is visible either way; what cannot be aborted the bucket's lifecycle rule removes.
    const auto aborted =
        store_->send({.method = "DELETE", .key = key_, .query = {{"uploadId", upload_}}});
    (void)aborted;
  }

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t taken = std::min(bytes.size(), part_bytes() - pending_.size());
      pending_ += bytes.substr(0, taken);
      bytes.remove_prefix(taken);
      if (pending_.size() == part_bytes()) SKYMILL_TRY(send_part());
    }
    return {};
  }

  Result<void> commit() override {
    if (upload_.empty()) {
      RestCall call{.method = "PUT", .key = key_, .headers = headers(), .body = pending_};
      call.headers.emplace_back("content-type", "application/octet-stream");
      add_condition(call);
      return finish(call);
    }
    if (!pending_.empty()) SKYMILL_TRY(send_part());
    std::string list = "<CompleteMultipartUpload>";
    for (size_t i = 0; i < etags_.size(); ++i) {
      list += cat("<Part><PartNumber>", i + 1, "</PartNumber><ETag>", etags_[i], "</ETag></Part>");
    }
    list += "</CompleteMultipartUpload>";
    RestCall call{.method = "POST", .key = key_, .query = {{"uploadId", upload_}}, .body = list};
    add_condition(call);
    SKYMILL_TRY(finish(call));
    upload_.clear();
    return {};
  }

 private:
  size_t part_bytes() const {
    return kPartBytes << std::min<size_t>(9, etags_.size() / kPartsOfASize);
  }
  NamedValues headers() const { return {{kWriteIdHeader, id_}}; }

  void add_condition(RestCall& call) const {
    if (mode_ == WriteMode::kCreate) call.headers.emplace_back("if-none-match", "*");
  }

  Result<void> send_part() {
    if (upload_.empty()) {
      const HttpResponse answer = SKYMILL_TRY(store_->send(
          {.method = "POST", .key = key_, .query = {{"uploads", ""}}, .headers = headers()}));
      upload_ = xml_text(answer.body, "UploadId");
      if (answer.status != 200 || upload_.empty()) return store_->error_of(answer, key_);
    }
    const HttpResponse answer = SKYMILL_TRY(store_->send(
        {.method = "PUT",
         .key = key_,
         .query = {{"partNumber", std::to_string(etags_.size() + 1)}, {"uploadId", upload_}},
         .headers = {{"content-type", "application/octet-stream"}},
         .body = pending_}));
    if (answer.status != 200 || answer.header("etag").empty()) {
      return store_->error_of(answer, key_);
    }
    etags_.push_back(answer.header("etag"));
    pending_.clear();
    return {};
  }

  /// Sends what makes the object visible, and finds out whether this write did.
  Result<void> finish(const RestCall& call) {
    unsigned tries = 0;
    const HttpResponse answer = SKYMILL_TRY(store_->send(call, &tries));
    // S3 may fail within an answer that began as a success.
    const bool failed_late = !xml_elements(answer.body, "Error").empty();
    if (answer.status == 200 && !failed_late) return {};
    // An earlier try may have worked although its answer was lost: then the condition fails, or the
    // upload is no longer there.
    if (tries > 1 && SKYMILL_TRY(store_->made_by(key_, kWriteIdHeader, id_))) return {};
    if (mode_ == WriteMode::kCreate && (answer.status == 412 || answer.status == 409)) {
      return Error{Code::kAlreadyExists,
                   "the object is already there",
                   "choose another name",
                   {.source = store_->where(key_)}};
    }
    return store_->error_of(answer, key_);
  }

  std::shared_ptr<const S3Store> store_;
  std::string key_;
  WriteMode mode_;
  std::string id_ = new_write_id();
  std::string pending_;
  std::string upload_;
  std::vector<std::string> etags_;
};

Result<std::unique_ptr<ObjectWriter>> S3Store::write(const std::string& key, WriteMode mode) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  return std::make_unique<S3Writer>(shared_from_this(), key, mode);
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> s3_store(const std::string& bucket) {
  // The name becomes a part of the host's: '#' or ':' in it would send the request elsewhere.
  const bool plain = std::ranges::all_of(bucket, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
  if (!plain || bucket.empty() || bucket.front() == '.') {
    return Error{Code::kInvalidArgument, cat("'", bucket, "' is no name of a bucket"),
                 "names are made of letters, digits, '-' and '.'"};
  }
  return std::make_shared<S3Store>(bucket, SKYMILL_TRY(aws_settings()));
}

}  // namespace skymill
