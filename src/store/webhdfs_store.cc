#include "store/webhdfs_store.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "store/rest_store.h"
#include "store/webhdfs_client.h"

namespace skymill {
namespace {

/// The longest that is held in memory and sent at a time.
constexpr size_t kPartBytes = 16 << 20;

std::string etag_of(const HdfsStatus& status) {
  return cat(status.id, "-", status.modified, "-", status.size);
}

class WebHdfsStore final : public ObjectStore, public std::enable_shared_from_this<WebHdfsStore> {
 public:
  /// `root` begins and ends with '/'.
  WebHdfsStore(std::string server, std::string root, HdfsSettings settings)
      : server_(std::move(server)), root_(std::move(root)), client_(std::move(settings)) {}

  std::string where(const std::string& key) const override { return cat(server_, root_, key); }
  Result<ObjectInfo> stat(const std::string& key) override;
  Result<std::vector<ObjectInfo>> list(const std::string& prefix) override;
  Result<std::string> read(const std::string& key, uint64_t offset, uint64_t length,
                           const std::string& etag) override;
  Result<std::unique_ptr<ObjectWriter>> write(const std::string& key, WriteMode mode) override;
  Result<void> remove(const std::string& key) override;

  const WebHdfsClient& client() const { return client_; }
  std::string path_of(const std::string& key) const { return root_ + key; }
  Error error_of(const HttpResponse& answer, const std::string& key) const;
  Error not_a_file(const std::string& key, const HdfsStatus& status) const;

 private:
  Result<std::string> read_of(const std::string& key, uint64_t offset, uint64_t length,
                              const std::string& etag);

  std::string server_;
  std::string root_;
  WebHdfsClient client_;
};

Error WebHdfsStore::error_of(const HttpResponse& answer, const std::string& key) const {
  Error error = client_.error_of(answer);
  error.place.source = where(key);
  return error;
}

Error WebHdfsStore::not_a_file(const std::string& key, const HdfsStatus& status) const {
  return {Code::kInvalidArgument,
          status.is_folder ? "this is a directory, not a file" : "this is not a regular file",
          "name a file",
          {.source = where(key)}};
}

Result<ObjectInfo> WebHdfsStore::stat(const std::string& key) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  const HdfsStatus status = SKYMILL_TRY(client_.status(path_of(key)).at_source(where(key)));
  if (!status.is_file) return not_a_file(key, status);
  return ObjectInfo{
      .key = key, .size = status.size, .etag = etag_of(status), .modified = status.modified / 1000};
}

Result<std::vector<ObjectInfo>> WebHdfsStore::list(const std::string& prefix) {
  std::vector<std::string> folders = {prefix.substr(0, prefix.rfind('/') + 1)};
  if (const std::string& start = folders.front(); !start.empty()) {
    SKYMILL_TRY(check_key(start.substr(0, start.size() - 1)).at_source(where(prefix)));
  }
  std::vector<ObjectInfo> found;
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    std::string path = path_of(folder);
    if (path.size() > 1) path.pop_back();
    for (const HdfsStatus& entry : SKYMILL_TRY(client_.folder(path).at_source(where(folder)))) {
      std::string key = folder + entry.name;
      // A file that is asked for as a folder has an entry without a name: itself.
      if (entry.name.empty() || !key.starts_with(prefix)) continue;
      if (entry.is_folder) {
        folders.push_back(key + '/');
      } else if (entry.is_file && !entry.name.starts_with(kTemporaryPrefix)) {
        found.push_back(
            {.key = std::move(key), .size = entry.size, .modified = entry.modified / 1000});
      }
    }
  }
  std::ranges::sort(found, {}, &ObjectInfo::key);
  return found;
}

Result<std::string> WebHdfsStore::read(const std::string& key, uint64_t offset, uint64_t length,
                                       const std::string& etag) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  if (!etag.empty()) return read_of(key, offset, length, etag);
  // Of any file, but of one: what is replaced between its status and its bytes is read again.
  constexpr int kMostTries = 16;
  for (int i = 1;; ++i) {
    const ObjectInfo info = SKYMILL_TRY(stat(key));
    auto bytes = read_of(key, offset, length, info.etag);
    if (bytes || bytes.error().code != Code::kCorruptData || i == kMostTries) return bytes;
  }
}

/// The bytes of the file that `etag` tells. They are asked for by name, so the name is asked again
/// afterwards: what it means then it meant all along, as the etag was its file before.
Result<std::string> WebHdfsStore::read_of(const std::string& key, uint64_t offset, uint64_t length,
                                          const std::string& etag) {
  const auto number = parse_integer(etag.substr(etag.rfind('-') + 1));
  const uint64_t size = number ? static_cast<uint64_t>(*number) : 0;
  const uint64_t wanted = offset >= size ? 0 : std::min(length, size - offset);
  HttpResponse answer{.status = 200};
  if (wanted > 0) {
    answer = SKYMILL_TRY(client_
                             .transfer({.method = "GET",
                                        .path = path_of(key),
                                        .query = {{"op", "OPEN"},
                                                  {"offset", std::to_string(offset)},
                                                  {"length", std::to_string(wanted)}},
                                        .max_response_bytes = range_limit(wanted)})
                             .at_source(where(key)));
  }
  const ObjectInfo now = SKYMILL_TRY(stat(key));
  if (now.etag != etag) return object_changed(where(key));
  if (answer.status != 200) return error_of(answer, key);
  if (answer.body.size() == wanted) return std::move(answer.body);
  return Error{Code::kUnavailable,
               cat("HDFS sends ", answer.body.size(), " of ", wanted, " bytes"),
               "try again later",
               {.source = where(key)}};
}

Result<void> WebHdfsStore::remove(const std::string& key) {
  // DELETE would remove an empty folder too.
  const auto info = stat(key);
  if (!info && info.error().code == Code::kNotFound) return {};
  if (!info) return info.error();
  const HttpResponse answer = SKYMILL_TRY(
      client_.ask({.method = "DELETE", .path = path_of(key), .query = {{"op", "DELETE"}}})
          .at_source(where(key)));
  if (answer.status == 200) return {};  // also when somebody else was quicker
  Error error = error_of(answer, key);
  if (error.code == Code::kNotFound) return {};
  return error;
}

class WebHdfsWriter final : public ObjectWriter {
 public:
  WebHdfsWriter(std::shared_ptr<WebHdfsStore> store, std::string key, WriteMode mode)
      : store_(std::move(store)), key_(std::move(key)), mode_(mode) {
    const std::string path = store_->path_of(key_);
    temporary_ = cat(path.substr(0, path.rfind('/') + 1), kTemporaryPrefix, new_write_id(), ".tmp");
  }
  WebHdfsWriter(const WebHdfsWriter&) = delete;
  WebHdfsWriter& operator=(const WebHdfsWriter&) = delete;
  ~WebHdfsWriter() override {
    if (!sent_ || committed_) return;
    const auto removed =
        store_->client().ask({.method = "DELETE", .path = temporary_, .query = {{"op", "DELETE"}}});
    (void)removed;
  }

  Result<void> append(std::string_view bytes) override;
  Result<void> commit() override;

 private:
  Result<void> send_part();
  Result<void> take_name();
  Result<void> refused(const Result<HttpResponse>& answer, const HdfsStatus& written);

  std::shared_ptr<WebHdfsStore> store_;
  std::string key_;
  WriteMode mode_;
  std::string temporary_;
  std::string pending_;
  uint64_t written_ = 0;
  bool sent_ = false;  // the temporary file may be there
  bool committed_ = false;
};

Result<void> WebHdfsWriter::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t taken = std::min(bytes.size(), kPartBytes - pending_.size());
    pending_ += bytes.substr(0, taken);
    bytes.remove_prefix(taken);
    if (pending_.size() == kPartBytes) SKYMILL_TRY(send_part().at_source(store_->where(key_)));
  }
  return {};
}

/// The first part makes the file, and can be sent again; the others are appended, once.
Result<void> WebHdfsWriter::send_part() {
  const WebHdfsClient& client = store_->client();
  const bool first = !std::exchange(sent_, true);
  WebHdfsCall call{.method = first ? "PUT" : "POST",
                   .path = temporary_,
                   .query = {{"op", first ? "CREATE" : "APPEND"}},
                   .body = pending_};
  if (first) call.query.emplace_back("overwrite", "true");
  const auto answer = first ? client.transfer(call) : client.transfer_once(call);
  const uint64_t end = written_ + pending_.size();
  if (!answer || answer->status != (first ? 201 : 200)) {
    // Of an append whose answer was lost the length tells what became of it.
    const auto now = client.status(temporary_);
    const bool done = !answer && now && now->size == end;
    if (!done) return answer ? store_->error_of(*answer, key_) : answer.error();
  }
  written_ = end;
  pending_.clear();
  return {};
}

Result<void> WebHdfsWriter::commit() {
  const std::string where = store_->where(key_);
  if (!sent_ || !pending_.empty()) SKYMILL_TRY(send_part().at_source(where));
  return take_name().at_source(where);
}

Result<void> WebHdfsWriter::take_name() {
  const WebHdfsClient& client = store_->client();
  const HdfsStatus written = SKYMILL_TRY(client.status(temporary_));
  if (written.size != written_) {
    return Error{Code::kUnavailable, cat("HDFS holds ", written.size, " of ", written_, " bytes"),
                 "try again later"};
  }
  // With options, so that a folder of the name is an error: plain RENAME would move into it.
  const auto answer = client.ask(
      {.method = "PUT",
       .path = temporary_,
       .query = {{"op", "RENAME"},
                 {"destination", store_->path_of(key_)},
                 {"renameoptions", mode_ == WriteMode::kCreate ? "NONE" : "OVERWRITE"}}});
  // Servers that do not know the options say whether they did it: {"boolean": false}.
  committed_ = answer && answer->status == 200 && answer->body.find("false") == std::string::npos;
  if (committed_) return {};
  return refused(answer, written);
}

/// What the name means now tells what became of a rename that was refused or lost.
Result<void> WebHdfsWriter::refused(const Result<HttpResponse>& answer, const HdfsStatus& written) {
  const auto now = store_->client().status(store_->path_of(key_));
  committed_ = now && written.id != 0 && now->id == written.id;
  if (committed_) return {};
  if (now && !now->is_file) return store_->not_a_file(key_, *now);
  if (!answer) return answer.error();
  Error error = store_->error_of(*answer, key_);
  const bool said_no = answer->status == 200;  // a server that does not know the options
  if (mode_ == WriteMode::kCreate && (said_no || error.code == Code::kAlreadyExists)) {
    if (now) {
      return Error{Code::kAlreadyExists, "the object is already there", "choose another name"};
    }
    if (now.error().code != Code::kNotFound) return now.error();
    if (!said_no) {
      return Error{Code::kUnavailable, "others write or remove the object at the same time",
                   "try again later"};
    }
  }
  if (!said_no) return error;
  return Error{Code::kUnsupported, "this server cannot replace a file in one step",
               "write under another name"};
}

Result<std::unique_ptr<ObjectWriter>> WebHdfsStore::write(const std::string& key, WriteMode mode) {
  SKYMILL_TRY(check_key(key).at_source(where(key)));
  return std::make_unique<WebHdfsWriter>(shared_from_this(), key, mode);
}

}  // namespace

Result<ObjectLocation> open_webhdfs(const Uri& uri) {
  // A pattern belongs to the key, also where it stands for folders.
  const std::string fixed = uri.path.substr(0, uri.path.find_first_of("*?["));
  const std::string folder = fixed.substr(0, fixed.rfind('/') + 1);
  if (!folder.empty()) {
    SKYMILL_TRY(check_key(folder.substr(0, folder.size() - 1)).at_source(uri.text()));
  }
  HdfsSettings settings = SKYMILL_TRY(hdfs_settings(uri.scheme, uri.bucket).at_source(uri.text()));
  return ObjectLocation{std::make_shared<WebHdfsStore>(cat(uri.scheme, "://", uri.bucket),
                                                       "/" + folder, std::move(settings)),
                        uri.path.substr(folder.size())};
}

}  // namespace skymill
