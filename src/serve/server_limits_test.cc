// What a server holds against clients that send too much, too slowly, or are too many; and how it
// stops.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "base/text.h"
#include "serve/test_fixture.h"

namespace skymill::testing_serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

milliseconds since(steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

TEST(ServerLimits, RefusesADeclaredGigabyteAtOnce) {
  const auto server = start_server();
  Client client(*server);
  const auto answer = client.ask(
      "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Content-Length: 1073741824\r\n\r\n{\"rows\":[");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->error("code"), "resource_exhausted");
  EXPECT_THAT(answer->error("hint"), HasSubstr("split"));
  EXPECT_TRUE(client.at_end());
}

TEST(ServerLimits, CutsAChunkedGigabyteAtTheLimit) {
  const auto server = start_server();
  Client client(*server);
  client.send("POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = cat("10000\r\n", std::string(0x10000, ' '), "\r\n");
  size_t sent = 0;
  while (sent < size_t{1} << 30 && client.send(chunk)) sent += 0x10000;
  EXPECT_LT(sent, size_t{64} << 20);  // what fits the systems' socket buffers
  // A client that sends on blindly may lose the answer; one that looks sees it.
  Client careful(*server);
  careful.send("POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 17; ++i) careful.send(chunk);
  const auto answer = careful.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
}

TEST(ServerLimits, TakesABodyOfExactlyTheLimit) {
  const auto server = start_server();
  Client client(*server);
  std::string body(kRow);
  body.resize(1 << 20, ' ');
  EXPECT_EQ(client.post(body)->status, 200);
  EXPECT_EQ(client.post(kRow)->status, 200);
  EXPECT_EQ(client.post(body + " ")->status, 413);
}

TEST(ServerLimits, TakesTenThousandRows) {
  const auto server = start_server();
  Client client(*server);
  std::string rows(kRow);
  for (int i = 1; i < 10'000; ++i) rows += cat(",", kRow);
  EXPECT_EQ(client.post(cat(R"({"rows":[)", rows, "]}"))->status, 200);
  const auto over = client.post(cat(R"({"rows":[)", rows, ",", kRow, "]}"));
  EXPECT_EQ(over->status, 413);
  EXPECT_EQ(over->error("message"), "there are more than 10000 rows");
}

TEST(ServerLimits, SlowHeader) {
  ServerOptions options = quick_options();
  options.header_timeout = milliseconds(100);
  const auto server = start_server(options);
  Client client(*server);
  const auto start = steady_clock::now();
  std::thread drip([&] {
    for (int i = 0; i < 40 && client.send("X"); ++i) std::this_thread::sleep_for(milliseconds(20));
  });
  const auto answer = client.receive();
  EXPECT_LT(since(start), milliseconds(700));
  drip.join();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_EQ(answer->error("code"), "timeout");

  Client silent(*server);
  EXPECT_TRUE(silent.at_end());  // closed without a word
}

TEST(ServerLimits, SlowBodyAndIdleConnection) {
  ServerOptions options = quick_options();
  options.body_timeout = milliseconds(100);
  options.idle_timeout = milliseconds(100);
  const auto server = start_server(options);
  Client client(*server);
  const std::string request = post_request(kRow);
  client.send(request.substr(0, request.size() - 1));
  EXPECT_EQ(client.receive()->status, 408);
  EXPECT_TRUE(client.at_end());

  Client idle(*server);
  EXPECT_EQ(idle.post(kRow)->status, 200);
  const auto start = steady_clock::now();
  EXPECT_TRUE(idle.at_end());
  EXPECT_GE(since(start), milliseconds(80));
}

TEST(ServerLimits, ClientThatDoesNotRead) {
  ServerOptions options = quick_options();
  options.write_timeout = milliseconds(100);
  const auto server = start_server(options);
  Client client(*server);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
  // Stops taking once answers pile up, then closes.
  size_t sent = 0;
  while (sent < size_t{1} << 30 && client.send(many)) sent += many.size();
  EXPECT_LT(sent, size_t{64} << 20);
}

TEST(ServerLimits, PipeliningClientThatReadsSteadily) {
  ServerOptions options = quick_options();
  options.write_timeout = milliseconds(500);
  const auto server = start_server(options, chatty_classifier());
  Client client(*server);
  constexpr int kRequests = 25;
  std::string many;
  for (int i = 0; i < kRequests; ++i) many += "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send(many);
  // Together they take twice the limit of one.
  for (int i = 0; i < kRequests; ++i) {
    std::this_thread::sleep_for(milliseconds(40));
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << i;
    ASSERT_EQ(answer->status, 200);
  }
}

TEST(ServerLimits, RefusalsAreCountedUnderTheirRoute) {
  ServerOptions options = quick_options();
  options.header_timeout = milliseconds(200);
  options.body_timeout = milliseconds(500);
  options.max_in_flight = 1;
  const auto server = start_server(options);
  const std::string head = "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: ";
  EXPECT_EQ(Client(*server).ask(head + "1073741824\r\n\r\n{")->status, 413);
  Client slow(*server);
  ASSERT_EQ(slow.ask(head + "9\r\nExpect: 100-continue\r\n\r\n")->status, 100);
  EXPECT_EQ(Client(*server).ask(head + "9\r\n\r\n{")->status, 503);
  EXPECT_EQ(slow.receive()->status, 408);
  EXPECT_EQ(Client(*server).ask("POST /predict HTTP/1.1\r\n")->status, 408);
  EXPECT_EQ(Client(*server).ask("POST /pre")->status, 408);

  const std::string metrics = Client(*server).get("/metrics")->body;
  for (const char* count :
       {"{route=\"/predict\",status=\"413\"} 1\n", "{route=\"/predict\",status=\"503\"} 1\n",
        "{route=\"/predict\",status=\"408\"} 2\n", "{route=\"other\",status=\"408\"} 1\n"}) {
    EXPECT_THAT(metrics, HasSubstr(count));
  }
}

TEST(ServerLimits, TooManyConnections) {
  ServerOptions options = quick_options();
  options.max_connections = 8;
  const auto server = start_server(options);
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(*server);
    ASSERT_EQ(clients.back().get("/health/live")->status, 200);
  }
  Client over(*server);
  const auto refused = over.get("/health/live");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->field("Retry-After"), "1");
  EXPECT_TRUE(over.at_end());
  EXPECT_THAT(clients[0].get("/metrics")->body,
              HasSubstr("skymill_http_connections_refused_total 1\n"));

  clients.pop_back();
  // The server needs a moment to see that one has gone.
  for (int tries = 0; tries < 100; ++tries) {
    Client next(*server);
    const auto answer = next.get("/health/live");
    if (answer && answer->status == 200) return;
    std::this_thread::sleep_for(milliseconds(10));
  }
  FAIL() << "a freed place was not given away";
}

TEST(ServerLimits, ThousandConnectionsAtOnce) {
  const auto server = start_server();
  std::vector<Client> clients;
  clients.reserve(1000);
  for (int i = 0; i < 1000; ++i) clients.emplace_back(*server);
  for (Client& client : clients) {
    ASSERT_TRUE(client.connected());
    ASSERT_TRUE(client.send(post_request(kRow)));
  }
  for (Client& client : clients) EXPECT_EQ(client.receive()->status, 200);
}

TEST(ServerLimits, TooManyRequestsInFlight) {
  ServerOptions options = quick_options();
  options.max_in_flight = 2;
  const auto server = start_server(options);
  const std::string request = post_request(kRow);
  const std::string half = request.substr(0, request.size() - 5);
  Client first(*server);
  Client second(*server);
  first.send(half);
  second.send(half);
  Client third(*server);
  for (int tries = 0; tries < 100; ++tries) {  // until both halves have arrived
    if (third.get("/metrics")->body.find("in_flight 2\n") != std::string::npos) break;
    std::this_thread::sleep_for(milliseconds(10));
  }
  const auto refused = third.post(kRow);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->field("Retry-After"), "1");
  EXPECT_EQ(refused->error("code"), "unavailable");
  EXPECT_EQ(third.get("/health/live")->status, 200);  // probes are not requests with work

  first.send(request.substr(request.size() - 5));
  EXPECT_EQ(first.receive()->status, 200);
  for (int tries = 0; tries < 100 && third.post(kRow)->status != 200; ++tries) {
  }
  EXPECT_EQ(third.post(kRow)->status, 200);
}

TEST(ServerDrain, FinishesWhatWasBegunAndSaysNotReady) {
  ServerOptions options = quick_options();
  options.drain_idle = milliseconds(1000);
  const auto server = start_server(options);
  Client idle(*server);
  Client busy(*server);
  EXPECT_EQ(idle.get("/health/ready")->status, 200);
  const std::string request = post_request(kRow);
  busy.send(request.substr(0, request.size() - 5));
  EXPECT_EQ(idle.get("/health/live")->status, 200);

  std::thread stopping([&] { server->stop(); });
  std::this_thread::sleep_for(milliseconds(100));
  const auto not_ready = idle.get("/health/ready");
  ASSERT_TRUE(not_ready);
  EXPECT_EQ(not_ready->status, 503);
  EXPECT_EQ(not_ready->field("Connection"), "close");
  EXPECT_FALSE(Client(*server).connected());
  busy.send(request.substr(request.size() - 5));
  const auto finished = busy.receive();
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->status, 200);
  EXPECT_EQ(finished->field("Connection"), "close");
  EXPECT_TRUE(busy.at_end());
  stopping.join();
}

TEST(ServerDrain, LosesNoRequestUnderLoad) {
  ServerOptions options = quick_options();
  options.drain_idle = milliseconds(2000);  // a busy machine may keep a client waiting this long
  options.drain_timeout = milliseconds(10'000);
  for (int round = 0; round < 5; ++round) {
    const auto server = start_server(options);
    std::atomic<int> answered = 0;
    std::atomic<int> lost = 0;
    std::vector<std::thread> threads;
    threads.reserve(16);
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, client = Client(*server)]() mutable {
        while (true) {
          const auto answer = client.post(kRow);
          if (!answer || answer->status != 200) {
            ++lost;
            return;
          }
          ++answered;
          if (answer->field("Connection") == "close") return;
        }
      });
    }
    while (answered < 500 && lost == 0) std::this_thread::sleep_for(milliseconds(1));
    const auto start = steady_clock::now();
    server->stop();
    EXPECT_LT(since(start), milliseconds(8000));
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(lost, 0);
  }
}

TEST(ServerDrain, CutsOffAtTheTimeout) {
  ServerOptions options = quick_options();
  options.drain_timeout = milliseconds(150);
  const auto server = start_server(options);
  Client client(*server);
  client.send("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  Client other(*server);
  EXPECT_EQ(other.get("/health/live")->status, 200);
  const auto start = steady_clock::now();
  server->stop();
  server->stop();
  EXPECT_LT(since(start), milliseconds(1000));
  EXPECT_FALSE(client.receive());
}

}  // namespace
}  // namespace skymill::testing_serve
