// skymill_http.so: HTTP by libcurl, apart because loading it and its thirty libraries takes longer
// than all of `skymill version`.
#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <new>

#include "base/text.h"
#include "store/endpoint.h"
#include "store/environment.h"
#include "store/http_request.h"
#include "store/store_options.h"

namespace skymill {
namespace {

using Clock = std::chrono::steady_clock;

/// Bytes a call into the kernel: curl's own 16 KiB take several times as many.
constexpr long kBuffer = 128 << 10;
/// What an answer may claim before it sends it.
constexpr uint64_t kMostReserved = 64 << 20;

struct EasyDelete {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDelete>;

/// Handles at rest, with their connections.
class Handles {
 public:
  Easy take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle_.back());
    idle_.pop_back();
    return easy;
  }
  void give_back(Easy easy) {
    curl_easy_reset(easy.get());  // keeps connections and their TLS sessions
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(easy));
  }

 private:
  std::mutex mutex_;
  std::vector<Easy> idle_;
};

Handles& handles() {
  static Handles the_handles;
  return the_handles;
}

struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What the callbacks fill and watch.
struct Exchange {
  const HttpRequest& request;
  HttpResponse response = {};
  size_t sent = 0;
  bool too_large = false;
  bool stalled = false;
  curl_off_t moved = -1;
  Clock::time_point last_progress = Clock::now();
};

size_t on_body(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  std::string& body = exchange.response.body;
  if (body.size() + size > exchange.request.max_response_bytes) {
    exchange.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  try {
    if (body.empty()) {
      // In one piece, as growing copies; an answer may lie about its length.
      const auto told = parse_integer(exchange.response.header("content-length")).value_or(0);
      const uint64_t length = told > 0 ? static_cast<uint64_t>(told) : 0;
      body.reserve(std::min({length, exchange.request.max_response_bytes, kMostReserved}));
    }
    body.append(data, size);
  } catch (const std::bad_alloc&) {
    exchange.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  return size;
}

size_t on_header(char* data, size_t, size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();  // of a 100 Continue
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  try {
    exchange.response.headers[lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
  } catch (const std::bad_alloc&) {
    return CURL_WRITEFUNC_ERROR;
  }
  return size;
}

size_t on_send(char* to, size_t, size_t room, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view rest = exchange.request.body.substr(exchange.sent);
  const size_t count = std::min(room, rest.size());
  std::memcpy(to, rest.data(), count);
  exchange.sent += count;
  return count;
}

/// curl sends a body again when a kept connection turns out to be closed.
int on_seek(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Exchange*>(user)->sent = static_cast<size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t sent) {
  auto& exchange = *static_cast<Exchange*>(user);
  const auto now = Clock::now();
  if (received + sent != exchange.moved) {
    exchange.moved = received + sent;
    exchange.last_progress = now;
  }
  const std::chrono::duration<double> idle = now - exchange.last_progress;
  exchange.stalled = idle.count() > exchange.request.stall_seconds;
  return exchange.stalled ? 1 : 0;
}

/// A PEM file; empty: the system's.
std::string trusted_authorities() {
  if (!store_options().ca_file.empty()) return store_options().ca_file;
  for (const char* name : {"AWS_CA_BUNDLE", "SSL_CERT_FILE"}) {
    if (std::string bundle = environment(name); !bundle.empty()) return bundle;
  }
  return {};
}

void set_options(CURL* easy, Exchange& exchange, curl_slist* headers) {
  const HttpRequest& request = exchange.request;
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBuffer);
  curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kBuffer);
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.once ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(1000 * request.connect_seconds));
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  if (const std::string trusted = trusted_authorities(); !trusted.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, trusted.c_str());
  }
  // The environment's proxy is for other machines.
  if (is_this_machine(host_of(request.url))) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT" || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, &exchange);
  }
  if (request.method != "HEAD") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

Error transport_error(const Exchange& exchange, CURLcode code) {
  const std::string host = host_of(exchange.request.url);
  if (exchange.too_large) {
    return {Code::kResourceExhausted,
            cat("the answer of ", host, " is larger than ",
                format_bytes(exchange.request.max_response_bytes)),
            "read it in pieces"};
  }
  if (exchange.stalled) {
    return {Code::kTimeout, cat(host, " did not answer for ", exchange.request.stall_seconds, " s"),
            "check the endpoint and the network"};
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
    return {Code::kPermissionDenied, cat("the certificate of ", host, " is not trusted"),
            "name its authority's file: --store-option ca_file=FILE, or SSL_CERT_FILE; it must be "
            "for this host"};
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return {Code::kTimeout, cat(host, " cannot be reached: no connection in time"),
            "check the endpoint and the network"};
  }
  return {Code::kUnavailable, cat(host, ": ", lower(curl_easy_strerror(code))),
          "check the endpoint and the network"};
}

Result<HttpResponse> send(const HttpRequest& request) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  Easy easy = handles().take();
  if (kReady != CURLE_OK || easy == nullptr) {
    return Error{Code::kResourceExhausted, "libcurl cannot start"};
  }
  std::unique_ptr<curl_slist, ListDelete> headers;
  const auto add = [&](const std::string& line) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  };
  for (const auto& [name, value] : request.headers) add(cat(name, ": ", value));
  add("Expect:");  // a 100 Continue would cost a round trip, and not every server gives it
  Exchange exchange{.request = request};
  set_options(easy.get(), exchange, headers.get());
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) return transport_error(exchange, code);
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  char* redirect = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_REDIRECT_URL, &redirect);
  if (redirect != nullptr) exchange.response.redirect = redirect;
  handles().give_back(std::move(easy));
  return std::move(exchange.response);
}

/// What the standard library throws ends here: nothing crosses into the core.
Result<HttpResponse> send_without_throwing(const HttpRequest& request) {
  try {
    return send(request);
  } catch (const std::exception& failure) {
    return Error{Code::kResourceExhausted, cat("HTTP: ", failure.what())};
  }
}

}  // namespace
}  // namespace skymill

extern "C" const char* skymill_http_module(const char* build_id, skymill::HttpModule* out) {
  if (std::strcmp(build_id, SKYMILL_BUILD_ID) != 0) return "it is of another build of skymill";
  out->send = skymill::send_without_throwing;
  return nullptr;
}
