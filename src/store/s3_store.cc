#include "store/s3_store.h"

#include <algorithm>
#include <random>

#include "base/sha256.h"
#include "base/text.h"
#include "store/aws_settings.h"
#include "store/retry.h"
#include "store/xml_text.h"

namespace skymill {
namespace {

constexpr size_t kPartBytes = 8 << 20;
/// Parts grow, so that the 10,000 that S3 allows hold its largest object, 5 TiB.
constexpr size_t kPartsOfASize = 1000;
/// Names the write that made an object: how a writer knows its own success after a lost answer.
constexpr const char* kWriteIdHeader = "x-amz-meta-skymill-write";

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Call {
  std::string method;
  std::string key = {};
  Pairs query = {};
  Pairs headers = {};  // names in lower case
  std::string_view body = {};
  uint64_t max_response_bytes = uint64_t{64} << 20;
};

std::string random_id() {
  std::random_device random;
  std::string bytes;
  for (int i = 0; i < 16; ++i) bytes += static_cast<char>(random());
  return hex_text(bytes);
}

class S3Store final : public ObjectStore, public std::enable_shared_from_this<S3Store> {
 public:
  S3Store(std::string bucket, AwsSettings settings)
      : bucket_(std::move(bucket)), settings_(std::move(settings)) {
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
  Result<ObjectInfo> stat(const std::string& key) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) override;
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Result<void> remove(const std::string& key) override;

  /// The answer to the call, whatever its status.
  Result<HttpResponse> send(const Call& call, unsigned* tries = nullptr) const;
  /// The error that an answer stands for.
  Error error_of(const HttpResponse& answer, const std::string& key) const;
  /// Whether the object there is the one that the write of this id made.
  Result<bool> made_by(const std::string& key, const std::string& write_id) const;

 private:
  HttpRequest signed_request(const Call& call, const std::string& body_hash) const;

  std::string bucket_;
  AwsSettings settings_;
  std::string base_;
  std::string path_;
};

HttpRequest S3Store::signed_request(const Call& call, const std::string& body_hash) const {
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

Result<HttpResponse> S3Store::send(const Call& call, unsigned* tries) const {
  const std::string hash = sha256_hex(call.body);
  return send_with_retries([&] { return signed_request(call, hash); }, tries)
      .at_source(where(call.key));
}

Error S3Store::error_of(const HttpResponse& answer, const std::string& key) const {
  const std::string reason = xml_text(answer.body, "Code");
  const std::string message = xml_text(answer.body, "Message");
  const Place place{.source = where(key)};
  if (reason == "NoSuchBucket") {
    return {Code::kNotFound, cat("there is no bucket '", bucket_, "'"), "check the name", place};
  }
  if (answer.status == 404 && (reason.empty() || reason == "NoSuchKey")) {
    return {Code::kNotFound, "there is no such object", "check the name", place};
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

Result<ObjectInfo> S3Store::stat(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const HttpResponse answer = SKYMILL_TRY(send({.method = "HEAD", .key = key}));
  if (answer.status != 200) return error_of(answer, key);
  const auto size = parse_integer(answer.header("content-length"));
  if (!size || *size < 0) {
    return Error{Code::kInternal, "the answer names no size", "", {.source = where(key)}};
  }
  return ObjectInfo{
      .key = key, .size = static_cast<uint64_t>(*size), .etag = answer.header("etag")};
}

Result<std::vector<ObjectInfo>> S3Store::list(const std::string& prefix) {
  std::vector<ObjectInfo> found;
  std::string token;
  do {
    Call call{.method = "GET", .query = {{"list-type", "2"}, {"prefix", prefix}}};
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

Result<std::string> S3Store::read(const std::string& key, uint64_t offset, uint64_t length,
                                  const std::string& etag) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  if (length == 0 || offset > INT64_MAX) {
    const ObjectInfo info = SKYMILL_TRY(stat(key));
    if (!etag.empty() && info.etag != etag) return object_changed(where(key));
    return std::string();
  }
  Call call{.method = "GET", .key = key, .max_response_bytes = range_limit(length)};
  if (std::string range = range_text(offset, length); !range.empty()) {
    call.headers.emplace_back("range", std::move(range));
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
    return Error{Code::kUnsupported,
                 cat(host_of(base_), " gives no parts of objects"),
                 "",
                 {.source = where(key)}};
  }
  return error_of(answer, key);
}

Result<void> S3Store::remove(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const HttpResponse answer = SKYMILL_TRY(send({.method = "DELETE", .key = key}));
  const bool no_bucket = xml_text(answer.body, "Code") == "NoSuchBucket";
  if (answer.status / 100 == 2 || (answer.status == 404 && !no_bucket)) return {};
  return error_of(answer, key);
}

Result<bool> S3Store::made_by(const std::string& key, const std::string& write_id) const {
  const HttpResponse answer = SKYMILL_TRY(send({.method = "HEAD", .key = key}));
  return answer.status == 200 && answer.header(kWriteIdHeader) == write_id;
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
      Call call{.method = "PUT", .key = key_, .headers = headers(), .body = pending_};
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
    Call call{.method = "POST", .key = key_, .query = {{"uploadId", upload_}}, .body = list};
    add_condition(call);
    SKYMILL_TRY(finish(call));
    upload_.clear();
    return {};
  }

 private:
  size_t part_bytes() const {
    return kPartBytes << std::min<size_t>(9, etags_.size() / kPartsOfASize);
  }
  Pairs headers() const { return {{kWriteIdHeader, id_}}; }

  void add_condition(Call& call) const {
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
  Result<void> finish(const Call& call) {
    unsigned tries = 0;
    const HttpResponse answer = SKYMILL_TRY(store_->send(call, &tries));
    // S3 may fail within an answer that began as a success.
    const bool failed_late = !xml_elements(answer.body, "Error").empty();
    if (answer.status == 200 && !failed_late) return {};
    // An earlier try may have worked although its answer was lost: then the condition fails, or the
    // upload is no longer there.
    if (tries > 1 && SKYMILL_TRY(store_->made_by(key_, id_))) return {};
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
  std::string id_ = random_id();
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
