#include "monitor/service_metrics.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace skymill {
namespace {

using Labels = ServiceMetrics::Labels;

size_t status_slot(int status) {
  const auto& all = ServiceMetrics::kStatuses;
  const auto found = std::ranges::find(all, status);
  return found == all.end() ? all.size() - 1 : static_cast<size_t>(found - all.begin());
}

void append_label_value(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

std::string label_list(const Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ',';
    out += name + "=\"";
    append_label_value(value, out);
    out += '"';
  }
  return out + "}";
}

void describe(std::string_view name, std::string_view type, std::string_view help,
              std::string& out) {
  out += cat("# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
}

void write_single(std::string_view name, std::string_view type, std::string_view help,
                  const std::string& value, std::string& out) {
  describe(name, type, help, out);
  out += cat(name, " ", value, "\n");
}

/// Without an exponent: the text of a bucket's bound is its identity, and others write it so.
std::string decimal(double value) {
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

double now_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

ServiceMetrics::Thread::Thread(size_t routes)
    : requests_((routes + 1) * kStatuses.size()),
      latencies_((routes + 1) * kBuckets),
      nanoseconds_(routes + 1) {}

void ServiceMetrics::Thread::count_request(size_t route, int status,
                                           std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  // The first bounds take nearly all requests, so a walk beats a binary search.
  size_t bucket = 0;
  while (bucket < kLatencyBounds.size() && seconds > kLatencyBounds[bucket]) ++bucket;
  add(requests_[route * kStatuses.size() + status_slot(status)], 1);
  add(latencies_[route * kBuckets + bucket], 1);
  add(nanoseconds_[route], static_cast<uint64_t>(std::max<int64_t>(duration.count(), 0)));
}

ServiceMetrics::ServiceMetrics(std::vector<std::string> routes, size_t threads)
    : routes_(std::move(routes)), start_seconds_(now_seconds()) {
  for (size_t t = 0; t < threads; ++t) threads_.push_back(std::make_unique<Thread>(routes_.size()));
}

std::string_view ServiceMetrics::route_name(size_t route) const {
  return route < routes_.size() ? std::string_view(routes_[route]) : "other";
}

void ServiceMetrics::write_requests(std::string& out) const {
  constexpr std::string_view kName = "skymill_http_requests_total";
  describe(kName, "counter", "Requests answered, by route and status.", out);
  for (size_t route = 0; route <= routes_.size(); ++route) {
    for (size_t slot = 0; slot < kStatuses.size(); ++slot) {
      const size_t index = route * kStatuses.size() + slot;
      const uint64_t count =
          sum([&](const Thread& thread) -> const Counter& { return thread.requests_[index]; });
      // A route's 200 is always there, so that a rate over it exists before the first request.
      const bool shown = count != 0 || (kStatuses[slot] == 200 && route < routes_.size());
      if (!shown) continue;
      out += kName;
      out += label_list(
          {{"route", std::string(route_name(route))}, {"status", std::to_string(kStatuses[slot])}});
      out += cat(" ", count, "\n");
    }
  }
}

void ServiceMetrics::write_latencies(std::string& out) const {
  constexpr std::string_view kName = "skymill_http_request_duration_seconds";
  describe(kName, "histogram", "From a request's first byte to its answer, by route.", out);
  for (size_t route = 0; route <= routes_.size(); ++route) {
    const std::string name(route_name(route));
    uint64_t total = 0;
    for (size_t bucket = 0; bucket < Thread::kBuckets; ++bucket) {
      const size_t index = route * Thread::kBuckets + bucket;
      total += sum([&](const Thread& t) -> const Counter& { return t.latencies_[index]; });
      const bool last = bucket == kLatencyBounds.size();
      const std::string bound = last ? "+Inf" : decimal(kLatencyBounds[bucket]);
      out += cat(kName, "_bucket", label_list({{"route", name}, {"le", bound}}), " ", total, "\n");
    }
    const auto nanoseconds = static_cast<double>(
        sum([&](const Thread& t) -> const Counter& { return t.nanoseconds_[route]; }));
    const std::string labels = label_list({{"route", name}});
    out += cat(kName, "_sum", labels, " ", nanoseconds / 1e9, "\n");
    out += cat(kName, "_count", labels, " ", total, "\n");
  }
}

void ServiceMetrics::write_text(const State& state, std::string& out) const {
  write_requests(out);
  write_latencies(out);
  const auto gauge = [&](std::string_view name, std::string_view help, int64_t value) {
    write_single(name, "gauge", help, std::to_string(value), out);
  };
  const auto counter = [&](std::string_view name, std::string_view help, uint64_t value) {
    write_single(name, "counter", help, std::to_string(value), out);
  };
  gauge("skymill_http_requests_in_flight", "Requests being read, predicted or answered.",
        in_flight.load(std::memory_order_relaxed));
  gauge("skymill_http_connections", "Open connections.",
        connections.load(std::memory_order_relaxed));
  counter("skymill_http_connections_refused_total", "Connections over the limit.",
          refused_connections.load(std::memory_order_relaxed));
  counter("skymill_http_received_bytes_total", "Bytes read from clients.",
          sum([](const Thread& t) -> const Counter& { return t.received_bytes_; }));
  counter("skymill_http_sent_bytes_total", "Bytes written to clients.",
          sum([](const Thread& t) -> const Counter& { return t.sent_bytes_; }));
  counter("skymill_predictions_total", "Rows predicted.",
          sum([](const Thread& t) -> const Counter& { return t.predictions_; }));
  gauge("skymill_ready", "1 while new requests are welcome.", state.ready ? 1 : 0);
  describe("skymill_model_info", "gauge", "The model served.", out);
  out += cat("skymill_model_info", label_list(state.model), " 1\n");
  if (const auto now = registry.load(std::memory_order_relaxed); now != Registry::kNone) {
    gauge("skymill_registry_followed",
          "1 while the model is the one that the registry meant when it was last asked.",
          now == Registry::kFollowed ? 1 : 0);
    counter("skymill_models_replaced_total", "Models taken over from the registry.",
            models_replaced.load(std::memory_order_relaxed));
  }
  describe("skymill_build_info", "gauge", "The program.", out);
  out += cat("skymill_build_info", label_list({{"version", SKYMILL_VERSION}}), " 1\n");
  write_single("process_start_time_seconds", "gauge", "When the server started, in Unix time.",
               format_number(start_seconds_), out);
}

}  // namespace skymill
