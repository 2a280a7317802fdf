// A server that is refused memory: it costs the connection that wanted it, nobody else.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

#include "base/text.h"
#include "serve/test_fixture.h"

namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();
std::atomic<size_t> largest_allocation = kNoLimit;

}  // namespace

// Of the whole test program. Inlined, GCC takes them for a mismatched pair.
[[gnu::noinline]] void* operator new(size_t bytes) {
  void* memory = bytes > largest_allocation ? nullptr : std::malloc(std::max<size_t>(bytes, 1));
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
[[gnu::noinline]] void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  return std::malloc(std::max<size_t>(bytes, 1));  // a sanitizer's own would not fit the delete
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace skymill::testing_serve {
namespace {

using testing::HasSubstr;

/// While it lives, larger allocations fail.
struct Limit {
  explicit Limit(size_t bytes) { largest_allocation = bytes; }
  ~Limit() { largest_allocation = kNoLimit; }
};

void expect_refused(Client& client) {
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->field("Connection"), "close");
  EXPECT_EQ(answer->field("Retry-After"), "1");
  EXPECT_THAT(answer->error("message"), HasSubstr("out of memory"));
  EXPECT_TRUE(client.at_end());
}

TEST(ServerOutOfMemory, HandlerIsAnsweredAndClosed) {
  const auto server = start_server(quick_options(), chatty_classifier());
  Client other(*server);
  ASSERT_EQ(other.get("/health/live")->status, 200);
  Client client(*server);
  {
    const Limit limit(1 << 20);
    client.send(
        "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
        "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.receive()->status, 200);
    expect_refused(client);
  }
  EXPECT_EQ(other.get("/openapi.json")->status, 200);
  EXPECT_THAT(other.get("/metrics")->body,
              HasSubstr("{route=\"/openapi.json\",status=\"503\"} 1\n"));
}

TEST(ServerOutOfMemory, BodyIsAnsweredAndClosed) {
  const auto server = start_server();
  Client client(*server);
  {
    const Limit limit(200'000);
    client.send("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    const std::string part(1'000, ' ');
    for (int i = 0; i < 500; ++i) client.send(part);
    expect_refused(client);
  }
  EXPECT_EQ(Client(*server).post(kRow)->status, 200);
  EXPECT_THAT(Client(*server).get("/metrics")->body,
              HasSubstr("skymill_http_requests_in_flight 0\n"));
}

}  // namespace
}  // namespace skymill::testing_serve
