// FaultProxy: stands on loopback between a store and its server, and spoils one request of many.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace skymill {

struct Fault {
  enum class Kind : uint8_t {
    kDelay,       // everything is late
    kRefuse,      // the connection is reset before the request is forwarded
    kAnswer,      // `answer`; the request is not forwarded
    kLose,        // forwarded; the connection is reset instead of an answer
    kCut,         // forwarded; reset within the first line of the answer
    kTruncate,    // forwarded; the connection is closed within the answer's body
    kContradict,  // forwarded, but answered with `answer`
    kSilence,     // forwarded, never answered
  };
  Kind kind = Kind::kRefuse;
  std::string answer = {};
  /// Only requests are counted whose head holds this.
  std::string only = {};
  /// From then on every request is answered so.
  std::string then_always = {};
};

/// Requests keep their Host, which signatures cover. Where a NameNode sends a client on to its
/// DataNode, that goes through this proxy too, and counts as a request.
class FaultProxy {
 public:
  /// `server`: its port.
  explicit FaultProxy(uint16_t server);
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;
  ~FaultProxy();

  uint16_t port() const { return port_; }
  /// The request `number` from now on, counted from 1, meets the fault.
  void spoil(int number, Fault fault);
  /// Whether one has met it.
  bool spoiled();
  /// No fault any more.
  void heal() { spoil(0, {}); }

 private:
  void run();
  bool exchange(int client);
  bool exchange_with(int client, const std::string& request, const Fault& fault);
  std::optional<Fault> fault_of(const std::string& request);
  std::string ask_server(const std::string& request);

  const uint16_t server_;
  uint16_t data_node_ = 0;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stop_ = false;

  std::mutex mutex_;
  Fault fault_;
  int left_ = 0;  // requests until the fault, this one included
  bool spoiled_ = false;
  std::thread thread_;
};

}  // namespace skymill
