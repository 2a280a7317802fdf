#include "store/gcs_store.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "store/gcs_settings.h"
#include "store/gcs_token.h"
#include "store/rest_writer.h"

namespace skymill {
namespace {

/// Pieces of an upload may be of any size that is a multiple of 256 KiB; 8 MiB lose little time.
constexpr size_t kPiecesOfASize = SIZE_MAX;
/// Names the write that made an object; see RestStore::write_id_of.
constexpr const char* kWriteId = "skymill-write";
/// What is asked again and again of a server that takes nothing.
constexpr unsigned kMostIdleAnswers = 5;

class GcsStore final : public RestStore, public std::enable_shared_from_this<GcsStore> {
 public:
  GcsStore(std::string bucket, GcsSettings settings)
      : RestStore("range", "", gcs_tokens(settings.credentials)),
        bucket_(std::move(bucket)),
        settings_(std::move(settings)) {}

  std::string where(const std::string& key) const override {
    return cat("gs://", bucket_, "/", key);
  }
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Error error_of(const HttpResponse& answer, const std::string& key) const override;
  Error bucket_error_of(const HttpResponse& answer, const std::string& key) const override;
  /// The id of the upload that a Location names. Errors: it leads to another host.
  Result<std::string> upload_of(const std::string& location) const;

 private:
  Result<HttpRequest> request(const RestCall& call) const override;
  RestCall stat_call(const std::string& key) const override;
  Result<RestObject> object_of(const HttpResponse& answer) const override;
  RestCall read_call(const std::string& key, const std::string& range,
                     const std::string& etag) const override;
  RestCall list_call(const std::string& prefix, const std::string& next) const override;
  Result<RestPage> page_of(std::string_view body) const override;

  std::string bucket_;
  GcsSettings settings_;
};

Result<HttpRequest> GcsStore::request(const RestCall& call) const {
  const std::string query = query_text(call.query);
  const bool upload = query.starts_with("uploadType=");
  const std::string object =
      upload || call.key.empty() ? "" : "/" + percent_encoded(call.key, false);
  return HttpRequest{
      .method = call.method,
      .url = cat(settings_.endpoint, upload ? "/upload" : "", "/storage/v1/b/",
                 percent_encoded(bucket_, false), "/o", object, query.empty() ? "" : "?", query),
      .headers = call.headers,
      .body = call.body,
      .max_response_bytes = call.max_response_bytes};
}

/// What the server says, in a line; empty when it says nothing.
std::string message_of(const HttpResponse& answer) {
  constexpr size_t kLongest = 300;
  std::string text = answer.body;
  if (const auto json = Json::parse(answer.body)) {
    const Json* error = json->find("error");
    const Json* message = error == nullptr ? nullptr : error->find("message");
    text = message != nullptr && message->is_string() ? message->as_string() : "";
  }
  return std::string(trim(text.substr(0, std::min(kLongest, text.find('\n')))));
}

Error GcsStore::error_of(const HttpResponse& answer, const std::string& key) const {
  const std::string host = host_of(settings_.endpoint);
  const std::string message = message_of(answer);
  const std::string detail = message.empty() ? "" : ": " + message;
  const Place place{.source = where(key)};
  if (answer.status == 404 && lower(message).find("bucket does not exist") != std::string::npos) {
    return bucket_error_of(answer, key);
  }
  if (answer.status == 404) return {Code::kNotFound, kNoSuchObject, "check the name", place};
  if (answer.status == 401 || answer.status == 403) {
    return {Code::kPermissionDenied, cat(host, " denies access", detail),
            cat("check the rights; the credentials come from ", settings_.credentials.origin),
            place};
  }
  const bool later = answer.status == 429 || answer.status >= 500;
  return {later ? Code::kUnavailable : Code::kInternal,
          cat(host, " answers ", answer.status, detail), later ? "try again later" : "", place};
}

Error GcsStore::bucket_error_of(const HttpResponse& answer, const std::string& key) const {
  if (answer.status != 404) return error_of(answer, key);
  return {Code::kNotFound,
          cat("there is no bucket '", bucket_, "'"),
          "check the name",
          {.source = where(key)}};
}

Result<std::string> GcsStore::upload_of(const std::string& location) const {
  const std::string base = location.substr(0, location.find('?'));
  if (!base.starts_with(settings_.endpoint + "/")) {
    return Error{Code::kPermissionDenied,
                 cat(host_of(settings_.endpoint), " sends the upload to ",
                     base.empty() ? "nowhere" : "another host: " + host_of(base)),
                 "check the endpoint"};
  }
  constexpr std::string_view kName = "&upload_id=";
  const std::string query = "&" + location.substr(std::min(location.size(), base.size() + 1));
  if (const size_t at = query.find(kName); at != std::string::npos) {
    const std::string rest = query.substr(at + kName.size());
    const std::string id = rest.substr(0, rest.find('&'));
    if (!id.empty() && percent_encoded(id, false) == id) return id;
  }
  return Error{Code::kInternal, cat(host_of(base), " does not name the upload")};
}

RestCall GcsStore::stat_call(const std::string& key) const {
  return {.method = "GET", .key = key, .query = {{"fields", "size,generation,updated,metadata"}}};
}

/// When the object was written; empty when the answer does not say.
std::string updated_of(const Json& object) {
  const Json* updated = object.find("updated");
  return updated != nullptr && updated->is_string() ? updated->as_string() : std::string();
}

Result<RestObject> GcsStore::object_of(const HttpResponse& answer) const {
  const Json json = SKYMILL_TRY(Json::parse(answer.body));
  const auto size = parse_integer(SKYMILL_TRY(json.string_at("size")));
  if (!size || *size < 0) return Error{Code::kInternal, "the answer names no size"};
  RestObject object;
  object.info.size = static_cast<uint64_t>(*size);
  object.info.etag = SKYMILL_TRY(json.string_at("generation"));
  object.info.modified = parse_time(updated_of(json)).value_or(0);
  const Json* metadata = json.find("metadata");
  const Json* id = metadata == nullptr ? nullptr : metadata->find(kWriteId);
  if (id != nullptr && id->is_string()) object.write_id = id->as_string();
  return object;
}

RestCall GcsStore::read_call(const std::string& key, const std::string& range,
                             const std::string& etag) const {
  RestCall call{.method = "GET", .key = key, .query = {{"alt", "media"}}};
  // Not ifGenerationMatch: this one cannot give another object, whatever the server heeds.
  if (!etag.empty()) call.query.emplace_back("generation", etag);
  if (!range.empty()) call.headers.emplace_back("range", range);
  // Without this an object that is stored as gzip comes unpacked, and ranges are ignored.
  call.headers.emplace_back("accept-encoding", "gzip");
  return call;
}

RestCall GcsStore::list_call(const std::string& prefix, const std::string& next) const {
  RestCall call{.method = "GET",
                .query = {{"prefix", prefix},
                          {"maxResults", "1000"},  // the most; without it some give all at once
                          {"fields", "nextPageToken,items(name,size,updated)"}}};
  if (!next.empty()) call.query.emplace_back("pageToken", next);
  return call;
}

Result<RestPage> GcsStore::page_of(std::string_view body) const {
  const Json json = SKYMILL_TRY(Json::parse(body));
  RestPage page;
  if (json.find("items") != nullptr) {
    for (const Json& item : *SKYMILL_TRY(json.array_at("items"))) {
      std::string name = SKYMILL_TRY(item.string_at("name"));
      const std::string size = SKYMILL_TRY(item.string_at("size"));
      page.objects.push_back(listed_object(std::move(name), size, updated_of(item)));
    }
  }
  if (json.find("nextPageToken") != nullptr) {
    page.next = SKYMILL_TRY(json.string_at("nextPageToken"));
  }
  return page;
}

class GcsWriter final : public RestWriter {
 public:
  GcsWriter(std::shared_ptr<const GcsStore> store, RestWriterOptions options)
      : RestWriter(store, std::move(options)), gcs_(std::move(store)) {}
  GcsWriter(const GcsWriter&) = delete;
  GcsWriter& operator=(const GcsWriter&) = delete;
  ~GcsWriter() override {
    drop_parts();
    if (upload_.empty() || committed()) return;
    // Nothing is visible either way; what cannot be given up ends by itself after a week.
    const auto given_up = store().send({.method = "DELETE", .key = key(), .query = upload_query()});
    (void)given_up;
  }

 private:
  Result<HttpResponse> send_whole(std::string_view bytes) override {
    // The write's id is in no object by chance, so it can also mark where the parts end.
    const std::string body =
        cat("--", id(), "\r\ncontent-type: application/json\r\n\r\n", metadata(), "\r\n--", id(),
            "\r\ncontent-type: application/octet-stream\r\n\r\n", bytes, "\r\n--", id(), "--\r\n");
    return store().send({.method = "POST",
                         .key = key(),
                         .query = begin_query("multipart"),
                         .headers = {{"content-type", "multipart/related; boundary=" + id()}},
                         .body = body});
  }

  Result<std::string> send_part(size_t /*number*/, std::string_view bytes) override {
    const HttpResponse answer = SKYMILL_TRY(send_piece(bytes, false));
    if (answer.status != 308) return failure(answer, false);
    return std::string();
  }

  Result<HttpResponse> send_join() override {
    SKYMILL_TRY(wait_for_parts());
    return send_piece(pending(), true);
  }

  bool made(const HttpResponse& answer) const override {
    return answer.status == 200 || answer.status == 201;
  }

  Result<void> begin() override {
    const std::string body = metadata();
    const HttpResponse answer =
        SKYMILL_TRY(store().send({.method = "POST",
                                  .key = key(),
                                  .query = begin_query("resumable"),
                                  .headers = {{"content-type", "application/json"}},
                                  .body = body}));
    if (answer.status != 200) return failure(answer, true);
    upload_ =
        SKYMILL_TRY(gcs_->upload_of(answer.header("location")).at_source(store().where(key())));
    return {};
  }

  /// Sends bytes until the server has them; it may take fewer at a time, and is asked how many when
  /// an answer was lost. The last piece ends the upload.
  Result<HttpResponse> send_piece(std::string_view bytes, bool last) {
    const uint64_t end = start_ + bytes.size();
    const std::string total = last ? std::to_string(end) : "*";
    for (unsigned idle = 0; idle < kMostIdleAnswers;) {
      const auto call = [&](const std::string& range, std::string_view body) {
        return RestCall{.method = "PUT",
                        .key = key(),
                        .query = upload_query(),
                        .headers = {{"content-range", cat("bytes ", range, "/", total)}},
                        .body = body};
      };
      const RestCall ask = call("*", {});
      const std::string_view rest = bytes.substr(sent_ - start_);
      const HttpResponse answer = SKYMILL_TRY(
          store().send(rest.empty() ? ask : call(cat(sent_, "-", end - 1), rest), &ask));
      if (answer.status != 308) return answer;
      const uint64_t has = SKYMILL_TRY(bytes_at_server(answer, end));
      idle = has == sent_ ? idle + 1 : 0;
      sent_ = has;
      if (sent_ < end || last) continue;
      start_ = end;
      return answer;
    }
    return Error{Code::kUnavailable,
                 "the server takes no more bytes of the upload",
                 "try again later",
                 {.source = store().where(key())}};
  }

  /// What a 308 tells: "bytes=0-41" of 42 bytes, no range of none.
  Result<uint64_t> bytes_at_server(const HttpResponse& answer, uint64_t end) const {
    const std::string range = answer.header("range");
    constexpr std::string_view kStart = "bytes=0-";
    const auto last = range.starts_with(kStart) ? parse_integer(range.substr(kStart.size()))
                                                : std::optional<int64_t>();
    const uint64_t has = last && *last >= 0 ? static_cast<uint64_t>(*last) + 1 : 0;
    if (has >= sent_ && has <= end) return has;
    return Error{Code::kInternal,
                 cat("the server has ", has, " bytes of the upload, not ", sent_, " to ", end),
                 "write again",
                 {.source = store().where(key())}};
  }

  Error failure(const HttpResponse& answer, bool bucket) const override {
    const bool lost = !upload_.empty() && (answer.status == 404 || answer.status == 410);
    if (!lost) return RestWriter::failure(answer, bucket);
    return {Code::kUnavailable,
            "the server has lost the upload",
            "write again",
            {.source = store().where(key())}};
  }

  std::string metadata() const {
    return cat(R"({"metadata":{")", kWriteId, R"(":")", id(), R"("}})");
  }
  NamedValues begin_query(const char* type) const {
    NamedValues query = {{"uploadType", type}, {"name", key()}, {"fields", "generation"}};
    if (create()) query.emplace_back("ifGenerationMatch", "0");
    return query;
  }
  NamedValues upload_query() const { return {{"uploadType", "resumable"}, {"upload_id", upload_}}; }

  std::shared_ptr<const GcsStore> gcs_;
  std::string upload_;
  uint64_t start_ = 0;  // of the piece that is being sent, in the object
  uint64_t sent_ = 0;   // bytes of the object that the server has said to have
};

Result<std::unique_ptr<ObjectWriter>> GcsStore::write(const std::string& key, WriteMode mode) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  return std::make_unique<GcsWriter>(
      shared_from_this(),
      RestWriterOptions{
          .key = key, .mode = mode, .parts_of_a_size = kPiecesOfASize, .parts_at_once = 1});
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> gcs_store(const std::string& bucket) {
  SKYMILL_TRY(check_bucket(bucket));
  return std::make_shared<GcsStore>(bucket, SKYMILL_TRY(gcs_settings()));
}

}  // namespace skymill
