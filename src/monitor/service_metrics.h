// Service metrics: what a running server counts, as Prometheus reads it. Each thread writes its own
// counters, without locks; a scrape adds them up.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace skymill {

class ServiceMetrics {
 public:
  /// Upper bounds of the latency histogram in seconds; a last bucket holds the rest.
  static constexpr std::array<double, 15> kLatencyBounds = {
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
  /// Statuses with a counter of their own; any other is counted under the last.
  static constexpr std::array<int, 17> kStatuses = {200, 400, 404, 405, 408, 411, 413, 414, 415,
                                                    417, 422, 429, 431, 501, 503, 505, 500};

  /// The counters of one thread; only that thread may call its functions.
  class Thread {
   public:
    explicit Thread(size_t routes);

    /// `route` is an index into the routes; a request that matched none has index routes.size().
    void count_request(size_t route, int status, std::chrono::nanoseconds duration);
    void count_predictions(uint64_t rows) { add(predictions_, rows); }
    void count_received(uint64_t bytes) { add(received_bytes_, bytes); }
    void count_sent(uint64_t bytes) { add(sent_bytes_, bytes); }

   private:
    friend class ServiceMetrics;  // reads, while the thread writes
    using Counter = std::atomic<uint64_t>;
    static constexpr size_t kBuckets = kLatencyBounds.size() + 1;

    /// One writer, so no locked instruction is needed.
    static void add(Counter& counter, uint64_t amount) {
      counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }

    std::vector<Counter> requests_;     // [route][status]
    std::vector<Counter> latencies_;    // [route][bucket]
    std::vector<Counter> nanoseconds_;  // [route]
    Counter predictions_ = 0;
    Counter received_bytes_ = 0;
    Counter sent_bytes_ = 0;
  };

  using Labels = std::vector<std::pair<std::string, std::string>>;

  /// `routes` are the paths served.
  ServiceMetrics(std::vector<std::string> routes, size_t threads);

  Thread& thread(size_t index) { return *threads_[index]; }

  /// Shared by all threads, because limits are checked against them.
  std::atomic<int64_t> connections = 0;
  std::atomic<int64_t> in_flight = 0;
  std::atomic<uint64_t> refused_connections = 0;

  /// Whether the model is the one that a registry meant when it was last asked. Nothing is said of
  /// a registry while this is kNone.
  enum class Registry : uint8_t { kNone, kFollowed, kNotFollowed };
  std::atomic<Registry> registry = Registry::kNone;
  std::atomic<uint64_t> models_replaced = 0;

  /// What a scrape says beside the counters.
  struct State {
    bool ready = true;
    Labels model = {};  // of skymill_model_info
  };
  /// Appends all metrics in the Prometheus text format 0.0.4. Any thread may call it.
  void write_text(const State& state, std::string& out) const;

 private:
  using Counter = Thread::Counter;

  /// The sum over the threads of one counter.
  template <typename Pick>
  uint64_t sum(Pick pick) const {
    uint64_t total = 0;
    for (const auto& thread : threads_) total += pick(*thread).load(std::memory_order_relaxed);
    return total;
  }
  void write_requests(std::string& out) const;
  void write_latencies(std::string& out) const;
  std::string_view route_name(size_t route) const;

  std::vector<std::string> routes_;
  std::vector<std::unique_ptr<Thread>> threads_;
  double start_seconds_;
};

}  // namespace skymill
