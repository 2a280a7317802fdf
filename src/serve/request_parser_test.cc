#include "serve/request_parser.h"

#include <gmock/gmock.h>

#include <random>

#include "base/base_testing.h"
#include "base/text.h"

namespace skymill {
namespace {

using State = RequestParser::State;

constexpr std::string_view kPost =
    "POST /predict?x=1 HTTP/1.1\r\nHost: h\r\nX-Request-ID: abc-1\r\n"
    "Content-Type: application/json\r\nContent-Length: 5\r\n\r\nhello";

/// Feeds everything, as a connection does: what was not taken comes again with what follows.
State feed_all(RequestParser& parser, std::string_view bytes, size_t step = 1 << 20) {
  std::string pending;
  for (size_t at = 0; at < bytes.size() && parser.state() < State::kComplete; at += step) {
    pending += bytes.substr(at, step);
    pending.erase(0, parser.feed(pending));
  }
  return parser.state();
}

int status_of(std::string_view bytes) {
  RequestParser parser({});
  const State state = feed_all(parser, bytes);
  if (state == State::kFailed) return parser.error().status;
  return state == State::kComplete ? 200 : 0;
}

TEST(RequestParser, ReadsHeadAndBody) {
  RequestParser parser({});
  ASSERT_EQ(feed_all(parser, kPost), State::kComplete);
  EXPECT_EQ(parser.head().method, "POST");
  EXPECT_EQ(parser.head().path, "/predict");
  EXPECT_EQ(parser.head().content_type, "application/json");
  EXPECT_EQ(parser.head().request_id, "abc-1");
  EXPECT_TRUE(parser.head().keep_alive);
  EXPECT_TRUE(parser.head().declares_body);
  EXPECT_EQ(parser.body(), "hello");
}

TEST(RequestParser, GivesTheSameForBytesInAnyPieces) {
  const std::string chunked =
      "POST /predict HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n";
  for (const std::string_view request : {kPost, std::string_view(chunked)}) {
    for (size_t step = 1; step < request.size(); ++step) {
      RequestParser parser({});
      ASSERT_EQ(feed_all(parser, request, step), State::kComplete) << step;
      ASSERT_EQ(parser.body(), "hello") << step;
    }
  }
}

TEST(RequestParser, TakesPipelinedRequestsOneByOne) {
  RequestParser parser({});
  const std::string two = cat(kPost, "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  const size_t first = parser.feed(two);
  ASSERT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(first, kPost.size());
  parser.reset();
  EXPECT_EQ(parser.feed(std::string_view(two).substr(first)), two.size() - first);
  ASSERT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(parser.head().path, "/metrics");
  EXPECT_EQ(parser.head().request_id, "");
  EXPECT_EQ(parser.body(), "");
}

TEST(RequestParser, RefusesAmbiguousFraming) {
  const std::string start = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string chunks = "5\r\nhello\r\n0\r\n\r\n";
  for (const char* fields : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: 0x5\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 99999999999999999999\r\n",
           "Content-Length: \r\n",
           "Content-Length : 5\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           " Content-Length: 5\r\n",
       }) {
    EXPECT_EQ(status_of(cat(start, fields, "\r\n", chunks)), 400) << fields;
  }
  EXPECT_EQ(status_of(cat(start, "Transfer-Encoding: gzip, chunked\r\n\r\n", chunks)), 501);
  EXPECT_EQ(status_of(cat(start, "Transfer-Encoding: chunked, gzip\r\n\r\n", chunks)), 501);
  EXPECT_EQ(status_of(cat(start, "Transfer-Encoding: identity\r\n\r\n", chunks)), 501);
  EXPECT_EQ(status_of(cat("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", chunks)), 400);
}

TEST(RequestParser, TrailersChangeNothing) {
  RequestParser parser({});
  feed_all(parser,
           "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
           "1\r\nx\r\n0\r\nX-Request-Id: evil\r\nHost: two\r\nContent-Type: text/html\r\n\r\n");
  ASSERT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(parser.head().request_id, "");
  EXPECT_EQ(parser.head().content_type, "");
}

TEST(RequestParser, RefusesMalformedHeads) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400);                           // no Host
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);     // two
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"), 400);  // folded
  EXPECT_EQ(status_of("GET / HTTP/1.1\nHost: a\n\n"), 505);                      // bare LF
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of(std::string_view("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29)), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nB@d: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("\x16\x03\x01\x02\x00\x01\xfc\x03\x03 TLS"), 400);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(status_of("POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n"), 417);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\n\r\n"), 200);  // 1.0 needs no Host
  EXPECT_EQ(status_of("GET http://host:1/health/live?q HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
}

TEST(RequestParser, HoldsTheHeaderLimitHoweverTheBytesCome) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string one_field = cat(start, "X: ", std::string(9000, 'x'), "\r\n\r\n");
  std::string fields = start;
  for (int f = 0; f < 90; ++f) fields += cat("X-", f, ": ", std::string(100, 'x'), "\r\n");
  fields += "\r\n";
  const std::string line = cat("GET /", std::string(9000, 'x'), " HTTP/1.1\r\nHost: a\r\n\r\n");
  for (const size_t step : {size_t{1}, size_t{50}, size_t{1000}, size_t{20000}}) {
    RequestParser parser({});
    EXPECT_EQ(feed_all(parser, one_field, step), State::kFailed);
    EXPECT_EQ(parser.error().status, 431) << step;
    RequestParser of_fields({});
    EXPECT_EQ(feed_all(of_fields, fields, step), State::kFailed);
    EXPECT_EQ(of_fields.error().status, 431) << step;
    RequestParser of_line({});
    EXPECT_EQ(feed_all(of_line, line, step), State::kFailed);
    EXPECT_EQ(of_line.error().status, 414) << step;
  }
  std::string many = start;
  for (int f = 0; f < 200; ++f) many += "X:\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
  EXPECT_EQ(status_of(cat(start, "X: ", std::string(8000, 'x'), "\r\n\r\n")), 200);
}

TEST(RequestParser, HoldsTheBodyLimit) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  const auto state_of = [&](const std::string& rest, int& status) {
    RequestParser parser({.body_bytes = 10});
    const State state = feed_all(parser, start + rest);
    status = state == State::kFailed ? parser.error().status : 200;
    return state;
  };
  int status = 0;
  EXPECT_EQ(state_of("Content-Length: 10\r\n\r\n0123456789", status), State::kComplete);
  EXPECT_EQ(state_of("Content-Length: 11\r\n\r\n", status), State::kFailed);
  EXPECT_EQ(status, 413);
  EXPECT_EQ(state_of("Content-Length: 1073741824\r\n\r\n", status), State::kFailed);
  EXPECT_EQ(status, 413);
  EXPECT_EQ(state_of("Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n6\r\n", status),
            State::kFailed);
  EXPECT_EQ(status, 413);
  EXPECT_EQ(state_of("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", status),
            State::kFailed);
  EXPECT_EQ(status, 413);
  EXPECT_EQ(state_of("Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", status),
            State::kFailed);
  EXPECT_EQ(status, 400);
}

TEST(RequestParser, KeepsOnlySaneRequestIds) {
  const auto id_of = [](const std::string& id) {
    RequestParser parser({});
    feed_all(parser, cat("GET / HTTP/1.1\r\nHost: a\r\nx-request-id: ", id, "\r\n\r\n"));
    return parser.head().request_id;
  };
  EXPECT_EQ(id_of("00-4bf92f3577b34da6-01"), "00-4bf92f3577b34da6-01");
  EXPECT_EQ(id_of("a b"), "");
  EXPECT_EQ(id_of("\"><script>"), "");
  EXPECT_EQ(id_of(std::string(128, 'a')), std::string(128, 'a'));
  EXPECT_EQ(id_of(std::string(129, 'a')), "");
}

TEST(RequestParser, SurvivesMutations) {
  const std::string seeds[] = {
      std::string(kPost),
      "POST /predict HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
      "\r\n3;a=\"b\\\"\"\r\nhel\r\n2\r\nlo\r\n0;x\r\nTrailer: x\r\n\r\n",
      "GET http://h/metrics HTTP/1.0\r\nConnection: keep-alive, close\r\nX: a\r\n b\r\n\r\n"};
  std::mt19937 random(1);
  const auto below = [&](size_t bound) { return random() % bound; };
  const std::string_view odd =
      "\r\n\0 :;,\"\\\x7f\xff"
      "09aF";
  for (uint64_t round = 0; round < mutations(60'000); ++round) {
    std::string bytes = seeds[below(3)];
    for (size_t edits = 1 + below(4); edits > 0; --edits) {
      const size_t at = below(bytes.size());
      switch (below(3)) {
        case 0:
          bytes[at] = odd[below(odd.size())];
          break;
        case 1:
          bytes.insert(at, 1, odd[below(odd.size())]);
          break;
        default:
          bytes.erase(at, 1 + below(3));
      }
      if (bytes.empty()) bytes = "G";
    }
    RequestParser parser({.header_bytes = 200, .body_bytes = 10});
    feed_all(parser, bytes, 1 + below(bytes.size()));
    ASSERT_LE(parser.body().size(), 10U);
  }
}

}  // namespace
}  // namespace skymill
