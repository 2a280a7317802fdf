#include "store/webhdfs_client.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "store/endpoint.h"
#include "store/rest_store.h"
#include "store/retry.h"

namespace skymill {
namespace {

struct Exception {
  std::string name;
  std::string message;  // its first line: a Java stack may follow
};

/// The exception that an answer tells of; without a name when it tells of none.
Exception exception_of(const HttpResponse& answer) {
  const auto parsed = Json::parse(answer.body);
  const Json* remote = parsed ? parsed->find("RemoteException") : nullptr;
  if (remote == nullptr) return {};
  const auto name = remote->string_at("exception");
  const auto message = remote->string_at("message");
  return {name ? *name : "RemoteException",
          message ? message->substr(0, std::min<size_t>(message->find('\n'), 500)) : ""};
}

Code code_of(const Exception& exception, int status) {
  static constexpr std::array<std::pair<std::string_view, Code>, 12> kCodes = {{
      {"FileNotFoundException", Code::kNotFound},
      {"ParentNotDirectoryException", Code::kNotFound},
      {"FileAlreadyExistsException", Code::kAlreadyExists},
      {"AccessControlException", Code::kPermissionDenied},
      {"SecurityException", Code::kPermissionDenied},
      {"InvalidPathException", Code::kInvalidArgument},
      {"IllegalArgumentException", Code::kInvalidArgument},
      {"StandbyException", Code::kUnavailable},
      {"RetriableException", Code::kUnavailable},
      {"SafeModeException", Code::kUnavailable},
      {"NSQuotaExceededException", Code::kResourceExhausted},
      {"DSQuotaExceededException", Code::kResourceExhausted},
  }};
  if (status == 401) return Code::kPermissionDenied;
  const std::string& message = exception.message;
  // DataNodes keep the message of some exceptions and lose their name.
  if (message.find("is in safe mode") != std::string::npos) return Code::kUnavailable;
  if (message.find("(is not a directory)") != std::string::npos) return Code::kNotFound;
  const auto* known =
      std::ranges::find(kCodes, exception.name, &std::pair<std::string_view, Code>::first);
  if (known != kCodes.end()) return known->second;
  return status == 429 || status >= 500 ? Code::kUnavailable : Code::kInternal;
}

std::string hint_of(const Exception& exception, Code code) {
  if (exception.name == "InvalidPathException") return "HDFS takes no ':' in names";
  if (code == Code::kNotFound) return "check the name";
  return code == Code::kUnavailable ? "try again later" : "";
}

Result<HdfsStatus> status_of(const Json& json) {
  HdfsStatus status;
  const std::string type = SKYMILL_TRY(json.string_at("type"));
  status.is_file = type == "FILE";
  status.is_folder = type == "DIRECTORY";
  status.name = SKYMILL_TRY(json.string_at("pathSuffix"));
  status.size = static_cast<uint64_t>(SKYMILL_TRY(json.integer_at("length")));
  status.modified = SKYMILL_TRY(json.integer_at("modificationTime"));
  const auto id = json.integer_at("fileId");
  status.id = id ? *id : 0;
  return status;
}

/// A piece of a folder's list, and whether there is more.
struct Page {
  std::vector<HdfsStatus> entries;
  bool more = false;
};

Result<Page> page_of(const Json& json) {
  Page page;
  const Json* listing = json.find("DirectoryListing");
  const Json* part = listing == nullptr ? nullptr : listing->find("partialListing");
  const Json* statuses = part == nullptr ? nullptr : part->find("FileStatuses");
  if (statuses == nullptr) return Error{Code::kInternal, "the list has no DirectoryListing"};
  page.more = SKYMILL_TRY(listing->integer_at("remainingEntries")) > 0;
  for (const Json& entry : *SKYMILL_TRY(statuses->array_at("FileStatus"))) {
    page.entries.push_back(SKYMILL_TRY(status_of(entry)));
  }
  return page;
}

}  // namespace

HttpRequest WebHdfsClient::request(const WebHdfsCall& call) const {
  NamedValues query = call.query;
  if (!settings_.user.name.empty()) query.emplace_back("user.name", settings_.user.name);
  return {.method = call.method,
          .url = cat(settings_.endpoint, "/webhdfs/v1", percent_encoded(call.path, true), "?",
                     query_text(query)),
          .max_response_bytes = call.max_response_bytes};
}

Result<HttpResponse> WebHdfsClient::ask(const WebHdfsCall& call, unsigned* tries) const {
  auto answer = send_with_retries([&] { return request(call); }, tries);
  if (!answer) return with_port_hint(answer.error());
  return answer;
}

/// Where the NameNode sends the bytes; refused when they would go in the open to another machine,
/// or from a secured NameNode to an open DataNode.
Result<std::string> WebHdfsClient::data_node(const HttpResponse& answer) const {
  std::string location = answer.redirect;
  const std::string host = host_of(location);
  const bool plain = is_plain_authority(host);
  const bool open = location.starts_with("http://") && is_this_machine(host) &&
                    settings_.endpoint.starts_with("http://");
  if (plain && (open || location.starts_with("https://"))) return location;
  return Error{Code::kPermissionDenied,
               cat(host_of(settings_.endpoint), " sends data on to ",
                   location.substr(0, location.find('?')), ", in the open"),
               "have WebHDFS and its DataNodes use HTTPS (dfs.http.policy)"};
}

Result<HttpResponse> WebHdfsClient::transfer(const WebHdfsCall& call) const {
  std::string failed;  // the hosts of DataNodes
  std::optional<Result<HttpResponse>> failure;
  const auto attempt = [&](double stall_seconds) -> Result<HttpResponse> {
    WebHdfsCall named = call;
    if (!failed.empty()) named.query.emplace_back("excludedatanodes", failed);
    HttpRequest next = request(named);
    next.stall_seconds = stall_seconds;
    auto answer = send_http(next);
    if (answer && answer->status / 100 == 4 && !failed.empty()) {
      failed.clear();  // no other is left: those that failed may be back
      return *failure;
    }
    if (!answer || answer->status != 307) return answer;
    next.url = SKYMILL_TRY(data_node(*answer));
    next.headers = {{"content-type", "application/octet-stream"}};
    next.body = call.body;
    auto done = send_http(next);
    if (done && done->status < 500) return done;
    std::string host = host_of(next.url);
    host.resize(std::min(host.size(), host.find(':', host.rfind(']') + 1)));
    failed += cat(failed.empty() ? "" : ",", host);
    failure = done;
    return done;
  };
  auto answer = with_retries(attempt);
  if (!answer) return with_port_hint(answer.error());
  return answer;
}

Result<HttpResponse> WebHdfsClient::transfer_once(const WebHdfsCall& call) const {
  HttpResponse answer = SKYMILL_TRY(ask(call));
  if (answer.status != 307) return answer;
  const std::string location = SKYMILL_TRY(data_node(answer));
  return send_http({.method = call.method,
                    .url = location,
                    .headers = {{"content-type", "application/octet-stream"}},
                    .body = call.body,
                    .max_response_bytes = call.max_response_bytes,
                    .once = true});
}

Result<HdfsStatus> WebHdfsClient::status(const std::string& path) const {
  const HttpResponse answer =
      SKYMILL_TRY(ask({.method = "GET", .path = path, .query = {{"op", "GETFILESTATUS"}}}));
  if (answer.status != 200) return error_of(answer);
  const auto parsed = Json::parse(answer.body);
  const Json* json = parsed ? parsed->find("FileStatus") : nullptr;
  if (json == nullptr) return no_webhdfs("its answer has no FileStatus");
  auto status = status_of(*json);
  if (!status) return no_webhdfs(cat("its FileStatus is odd: ", status.error().message));
  return status;
}

Result<std::vector<HdfsStatus>> WebHdfsClient::folder(const std::string& path) const {
  std::vector<HdfsStatus> found;
  while (true) {
    WebHdfsCall call{.method = "GET", .path = path, .query = {{"op", "LISTSTATUS_BATCH"}}};
    if (!found.empty()) call.query.emplace_back("startAfter", found.back().name);
    const HttpResponse answer = SKYMILL_TRY(ask(call));
    if (answer.status != 200) {
      Error error = error_of(answer);
      if (error.code == Code::kNotFound) return found;
      return error;
    }
    const auto parsed = Json::parse(answer.body);
    if (!parsed) return no_webhdfs("its list is no JSON");
    auto read = page_of(*parsed);
    if (!read) return no_webhdfs(cat("its list is odd: ", read.error().message));
    Page page = std::move(*read);
    if (page.more && (page.entries.empty() || page.entries.back().name.empty() ||
                      (!found.empty() && page.entries.back().name == found.back().name))) {
      return Error{Code::kInternal, "the list does not end"};
    }
    std::ranges::move(page.entries, std::back_inserter(found));
    if (!page.more) return found;
  }
}

Error WebHdfsClient::no_webhdfs(const std::string& what) const {
  return {
      Code::kInvalidArgument,
      cat(host_of(settings_.endpoint), " does not answer as WebHDFS does: ", what),
      "name WebHDFS's port, usually 9870, with TLS 9871; SKYMILL_WEBHDFS names another endpoint"};
}

/// Who names a port of plain HTTP on another machine sees a failing TLS handshake.
Error WebHdfsClient::with_port_hint(Error error) const {
  if (error.code == Code::kUnavailable && settings_.endpoint.starts_with("https://")) {
    error.hint = "other machines are asked over TLS, WebHDFS usually at port 9871";
  }
  return error;
}

Error WebHdfsClient::error_of(const HttpResponse& answer) const {
  const std::string host = host_of(settings_.endpoint);
  const Exception exception = exception_of(answer);
  if (!exception.name.empty()) {
    const Code code = code_of(exception, answer.status);
    if (exception.name == "FileNotFoundException") return {code, kNoSuchObject, "check the name"};
    return {code,
            cat(host, " answers ", exception.name, exception.message.empty() ? "" : ": ",
                exception.message),
            code == Code::kPermissionDenied ? cat("asked as ", settings_.user.text())
                                            : hint_of(exception, code)};
  }
  if (answer.status == 401 || answer.status == 403) {
    return {Code::kPermissionDenied, cat(host, " denies access (", answer.status, ")"),
            "a cluster that asks for Kerberos is not supported"};
  }
  if (answer.status == 429 || answer.status >= 500) {
    return {Code::kUnavailable, cat(host, " answers ", answer.status), "try again later"};
  }
  if (answer.body.find("Hadoop IPC port") != std::string::npos) {
    return no_webhdfs("this is the port of Hadoop's RPC");
  }
  return no_webhdfs(cat("it says ", answer.status));
}

}  // namespace skymill
