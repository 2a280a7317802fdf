#include "store/azure_store.h"

#include <algorithm>
#include <ctime>
#include <random>

#include "base/base64.h"
#include "base/sha256.h"
#include "base/text.h"
#include "store/azure_settings.h"
#include "store/azure_signature.h"
#include "store/retry.h"
#include "store/xml_text.h"

namespace skymill {
namespace {

constexpr size_t kBlockBytes = 8 << 20;
/// Blocks grow, so that the 50,000 that Azure allows hold its largest object.
constexpr size_t kBlocksOfASize = 5000;
/// Names the write that made an object: how a writer knows its own success after a lost answer.
constexpr const char* kWriteIdHeader = "x-ms-meta-skymillwrite";

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Call {
  std::string method;
  std::string key = {};  // empty: the container itself
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

class AzureStore final : public ObjectStore, public std::enable_shared_from_this<AzureStore> {
 public:
  AzureStore(std::string container, AzureSettings settings)
      : container_(std::move(container)), settings_(std::move(settings)) {}

  std::string where(const std::string& key) const override {
    return cat("az://", container_, "/", key);
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
  HttpRequest signed_request(const Call& call) const;

  std::string container_;
  AzureSettings settings_;
};

HttpRequest AzureStore::signed_request(const Call& call) const {
  Pairs headers = call.headers;
  headers.emplace_back("x-ms-date", http_date(std::time(nullptr)));
  headers.emplace_back("x-ms-version", "2021-12-02");
  // The endpoint may hold a path of its own, which is signed too.
  const std::string& endpoint = settings_.endpoint;
  const size_t slash = endpoint.find('/', endpoint.find("://") + 3);
  const std::string base = slash == std::string::npos ? "" : endpoint.substr(slash);
  const std::string path = cat(base, "/", percent_encoded(container_, false),
                               call.key.empty() ? "" : "/" + percent_encoded(call.key, true));
  std::string query;
  for (const auto& [name, value] : call.query) {
    query += cat(query.empty() ? "?" : "&", name, "=", percent_encoded(value, false));
  }
  if (!settings_.key.empty()) {
    const AzureRequest to_sign{.method = call.method,
                               .path = path,
                               .query = call.query,
                               .headers = headers,
                               .body_bytes = call.body.size()};
    headers.emplace_back("authorization",
                         azure_authorization(to_sign, settings_.account, settings_.key));
  } else if (!settings_.sas.empty()) {
    query += cat(query.empty() ? "?" : "&", settings_.sas.reveal());
  }
  return {.method = call.method,
          .url = cat(endpoint.substr(0, slash), path, query),
          .headers = std::move(headers),
          .body = call.body,
          .max_response_bytes = call.max_response_bytes};
}

Result<HttpResponse> AzureStore::send(const Call& call, unsigned* tries) const {
  return send_with_retries([&] { return signed_request(call); }, tries).at_source(where(call.key));
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
    return {Code::kNotFound, "there is no such object", "check the name", place};
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

Result<ObjectInfo> AzureStore::stat(const std::string& key) {
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

Result<std::vector<ObjectInfo>> AzureStore::list(const std::string& prefix) {
  std::vector<ObjectInfo> found;
  std::string marker;
  do {
    Call call{.method = "GET",
              .query = {{"comp", "list"}, {"prefix", prefix}, {"restype", "container"}}};
    if (!marker.empty()) call.query.emplace_back("marker", marker);
    const HttpResponse answer = SKYMILL_TRY(send(call));
    if (answer.status != 200) return error_of(answer, prefix);
    for (const std::string_view item : xml_elements(answer.body, "Blob")) {
      const auto size = parse_integer(xml_text(item, "Content-Length"));
      found.push_back({.key = xml_text(item, "Name"),
                       .size = static_cast<uint64_t>(std::max<int64_t>(0, size.value_or(0)))});
    }
    const std::string next = xml_text(answer.body, "NextMarker");
    if (!next.empty() && next == marker) {
      return Error{Code::kInternal, "the list does not end", "", {.source = where(prefix)}};
    }
    marker = next;
  } while (!marker.empty());
  std::ranges::sort(found, {}, &ObjectInfo::key);
  return found;
}

Result<std::string> AzureStore::read(const std::string& key, uint64_t offset, uint64_t length,
                                     const std::string& etag) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  if (length == 0 || offset > INT64_MAX) {
    const ObjectInfo info = SKYMILL_TRY(stat(key));
    if (!etag.empty() && info.etag != etag) return object_changed(where(key));
    return std::string();
  }
  Call call{.method = "GET", .key = key, .max_response_bytes = range_limit(length)};
  if (std::string range = range_text(offset, length); !range.empty()) {
    call.headers.emplace_back("x-ms-range", std::move(range));
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
  return error_of(answer, key);
}

Result<void> AzureStore::remove(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const HttpResponse answer = SKYMILL_TRY(send({.method = "DELETE", .key = key}));
  const bool gone = answer.status == 404 && answer.header("x-ms-error-code") != "ContainerNotFound";
  if (answer.status / 100 == 2 || gone) return {};
  return error_of(answer, key);
}

Result<bool> AzureStore::made_by(const std::string& key, const std::string& write_id) const {
  const HttpResponse answer = SKYMILL_TRY(send({.method = "HEAD", .key = key}));
  return answer.status == 200 && answer.header(kWriteIdHeader) == write_id;
}

/// Blocks that are never committed are not visible; Azure removes them after a week.
class AzureWriter final : public ObjectWriter {
 public:
  AzureWriter(std::shared_ptr<const AzureStore> store, std::string key, WriteMode mode)
      : store_(std::move(store)), key_(std::move(key)), mode_(mode) {}

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t taken = std::min(bytes.size(), block_bytes() - pending_.size());
      pending_ += bytes.substr(0, taken);
      bytes.remove_prefix(taken);
      if (pending_.size() == block_bytes()) SKYMILL_TRY(send_block());
    }
    return {};
  }

  Result<void> commit() override {
    if (blocks_.empty()) {
      return finish({.method = "PUT",
                     .key = key_,
                     .headers = headers({"x-ms-blob-type", "BlockBlob"}),
                     .body = pending_});
    }
    if (!pending_.empty()) SKYMILL_TRY(send_block());
    std::string list = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
    for (const std::string& block : blocks_) list += cat("<Latest>", block, "</Latest>");
    list += "</BlockList>";
    return finish({.method = "PUT",
                   .key = key_,
                   .query = {{"comp", "blocklist"}},
                   .headers = headers({"x-ms-blob-content-type", "application/octet-stream"}),
                   .body = list});
  }

 private:
  size_t block_bytes() const {
    return kBlockBytes << std::min<size_t>(9, blocks_.size() / kBlocksOfASize);
  }

  Pairs headers(std::pair<std::string, std::string> more) const {
    Pairs out = {
        std::move(more), {kWriteIdHeader, id_}, {"content-type", "application/octet-stream"}};
    if (mode_ == WriteMode::kCreate) out.emplace_back("if-none-match", "*");
    return out;
  }

  Result<void> send_block() {
    // Equally long ids; the write's own part keeps those of other writers apart.
    std::string number = std::to_string(blocks_.size());
    number.insert(0, 6 - number.size(), '0');
    const std::string block = base64_text(cat(id_, "-", number));
    const HttpResponse answer =
        SKYMILL_TRY(store_->send({.method = "PUT",
                                  .key = key_,
                                  .query = {{"blockid", block}, {"comp", "block"}},
                                  .headers = {{"content-type", "application/octet-stream"}},
                                  .body = pending_}));
    if (answer.status != 201) return store_->error_of(answer, key_);
    blocks_.push_back(block);
    pending_.clear();
    return {};
  }

  /// Sends what makes the object visible, and finds out whether this write did.
  Result<void> finish(const Call& call) {
    unsigned tries = 0;
    const HttpResponse answer = SKYMILL_TRY(store_->send(call, &tries));
    if (answer.status == 201) return {};
    // An earlier try may have worked although its answer was lost: then the condition fails.
    if (tries > 1 && SKYMILL_TRY(store_->made_by(key_, id_))) return {};
    if (mode_ == WriteMode::kCreate && (answer.status == 412 || answer.status == 409)) {
      return Error{Code::kAlreadyExists,
                   "the object is already there",
                   "choose another name",
                   {.source = store_->where(key_)}};
    }
    return store_->error_of(answer, key_);
  }

  std::shared_ptr<const AzureStore> store_;
  std::string key_;
  WriteMode mode_;
  std::string id_ = random_id();
  std::string pending_;
  std::vector<std::string> blocks_;
};

Result<std::unique_ptr<ObjectWriter>> AzureStore::write(const std::string& key, WriteMode mode) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  return std::make_unique<AzureWriter>(shared_from_this(), key, mode);
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> azure_store(const std::string& container) {
  return std::make_shared<AzureStore>(container, SKYMILL_TRY(azure_settings()));
}

}  // namespace skymill
