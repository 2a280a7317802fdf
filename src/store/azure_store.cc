#include "store/azure_store.h"

#include <algorithm>
#include <ctime>

#include "base/base64.h"
#include "base/sha256.h"
#include "base/text.h"
#include "store/azure_settings.h"
#include "store/azure_signature.h"
#include "store/rest_store.h"
#include "store/xml_text.h"

namespace skymill {
namespace {

constexpr size_t kBlockBytes = 8 << 20;
/// Blocks grow, so that the 50,000 that Azure allows hold its largest object.
constexpr size_t kBlocksOfASize = 5000;
/// Names the write that made an object; see RestStore::made_by.
constexpr const char* kWriteIdHeader = "x-ms-meta-skymillwrite";

class AzureStore final : public RestStore, public std::enable_shared_from_this<AzureStore> {
 public:
  AzureStore(std::string container, AzureSettings settings)
      : RestStore("x-ms-range"), container_(std::move(container)), settings_(std::move(settings)) {}

  std::string where(const std::string& key) const override {
    return cat("az://", container_, "/", key);
  }
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Error error_of(const HttpResponse& answer, const std::string& key) const override;

 private:
  HttpRequest request(const RestCall& call) const override;

  std::string container_;
  AzureSettings settings_;
};

HttpRequest AzureStore::request(const RestCall& call) const {
  NamedValues headers = call.headers;
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

Result<std::vector<ObjectInfo>> AzureStore::list(const std::string& prefix) {
  std::vector<ObjectInfo> found;
  std::string marker;
  do {
    RestCall call{.method = "GET",
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

  NamedValues headers(std::pair<std::string, std::string> more) const {
    NamedValues out = {
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
  Result<void> finish(const RestCall& call) {
    unsigned tries = 0;
    const HttpResponse answer = SKYMILL_TRY(store_->send(call, &tries));
    if (answer.status == 201) return {};
    // An earlier try may have worked although its answer was lost: then the condition fails.
    if (tries > 1 && SKYMILL_TRY(store_->made_by(key_, kWriteIdHeader, id_))) return {};
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
  std::string id_ = new_write_id();
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
