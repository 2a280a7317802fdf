// What a served model answers when all is well.
#include "serve/server.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "base/text.h"
#include "serve/test_fixture.h"

namespace skymill::testing_serve {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

/// The table of rows that /predict gets, for the Predictor.
Table rows_table(const std::vector<int64_t>& ages, const std::vector<double>& heights,
                 const std::vector<std::string>& grades) {
  auto schema = std::make_shared<Schema>(classifier()->input_schema());
  return {.schema = schema,
          .columns = {integer_column(ages), number_column(heights), text_column(grades)},
          .num_rows = ages.size()};
}

/// `count` rows with awkward numbers, and their JSON.
Table awkward_rows(size_t count, std::string& json) {
  std::vector<int64_t> ages;
  std::vector<double> heights;
  std::vector<std::string> grades;
  json = R"({"rows":[)";
  for (size_t i = 0; i < count; ++i) {
    ages.push_back(static_cast<int64_t>(i * 7 % 90));
    heights.push_back(1.0 + static_cast<double>(i) / 977);
    grades.push_back(std::vector<std::string>{"9", "10", "11", "never seen"}[i % 4]);
    if (i != 0) json += ',';
    json += cat(R"({"grade":")", grades.back(), R"(","height":)", heights.back(), R"(,"age":)",
                ages.back(), "}");
  }
  json += "]}";
  return rows_table(ages, heights, grades);
}

TEST(Server, PredictsOneRow) {
  const auto server = start_server();
  Client client(*server);
  const auto answer = client.post(kRow);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->field("Content-Type"), "application/json");
  EXPECT_THAT(answer->body,
              MatchesRegex(R"(\{"prediction":"m","probabilities":\{"f":0\.[0-9]+,"m":0\.[0-9]+\},)"
                           R"("model":"gender/7"\})"));
}

TEST(Server, AnswersThePredictorsBits) {
  const auto server = start_server();
  const auto model = classifier();
  std::string json;
  const Table table = awkward_rows(1000, json);
  std::vector<ColumnView> views;
  Predictor predictor(model);
  const auto predicted = predictor.predict(table.view(views));
  ASSERT_TRUE(predicted);

  Client client(*server);
  const auto answer = client.post(json);
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->status, 200) << answer->body;
  const Json all = answer->json();
  const Json::Array& rows = all.find("predictions")->items();
  ASSERT_EQ(rows.size(), 1000U);
  for (size_t row = 0; row < rows.size(); ++row) {
    const Json* shares = rows[row].find("probabilities");
    EXPECT_EQ(shares->find("f")->as_number(), predicted->scores[row * 2]);
    EXPECT_EQ(shares->find("m")->as_number(), predicted->scores[row * 2 + 1]);
    EXPECT_EQ(rows[row].find("prediction")->as_string(),
              model->rows.classes[predicted->best_class(row)]);
  }
  EXPECT_EQ(all.find("model")->as_string(), "gender/7");
}

TEST(Server, RowsOneByOneEqualRowsTogether) {
  const auto server = start_server(quick_options(), regressor());
  std::string json;
  awkward_rows(50, json);
  Client client(*server);
  const Json together = client.post(json)->json();
  const Json parsed = *Json::parse(json);
  const Json::Array& rows = parsed.find("rows")->items();
  for (size_t row = 0; row < rows.size(); ++row) {
    const Json one = client.post(rows[row].dump())->json();
    EXPECT_EQ(*one.find("prediction"),
              *together.find("predictions")->items()[row].find("prediction"));
    EXPECT_EQ(one.find("probabilities"), nullptr);
  }
}

TEST(Server, TakesNullForMissing) {
  const auto server = start_server();
  Client client(*server);
  const auto missing = client.post(R"({"age":null,"height":null,"grade":null})");
  const auto filled = client.post(R"({"rows":[{"age":null,"height":1.67,"grade":null}]})");
  ASSERT_EQ(missing->status, 200) << missing->body;
  ASSERT_EQ(filled->status, 200) << filled->body;
  EXPECT_EQ(*missing->json().find("probabilities"),
            *filled->json().find("predictions")->items()[0].find("probabilities"));
}

TEST(Server, TakesNoRows) {
  const auto server = start_server();
  Client client(*server);
  EXPECT_EQ(client.post(R"({"rows":[]})")->body, R"({"predictions":[],"model":"gender/7"})");
}

TEST(Server, AnswersHealthMetricsAndHead) {
  const auto server = start_server();
  Client client(*server);
  EXPECT_EQ(client.get("/health/live")->status, 200);
  EXPECT_EQ(client.get("/health/ready?probe=1")->body, R"({"status":"ready"})");
  client.post(kRow);
  const auto metrics = client.get("/metrics");
  EXPECT_EQ(metrics->field("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(metrics->body, HasSubstr("skymill_predictions_total 1\n"));
  EXPECT_THAT(metrics->body, HasSubstr("{route=\"/predict\",status=\"200\"} 1\n"));
  EXPECT_THAT(metrics->body, HasSubstr("skymill_http_connections 1\n"));

  client.send("HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto head = client.receive(true);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->field("Content-Length"), "17");
  EXPECT_EQ(client.get("/health/live")->body, R"({"status":"live"})");  // no body was in between
}

TEST(Server, EchoesOrMakesRequestIds) {
  const auto server = start_server();
  Client client(*server);
  EXPECT_EQ(client.post(kRow, "X-Request-Id: trace-7\r\n")->field("X-Request-Id"), "trace-7");
  const std::string first = client.post(kRow)->field("X-Request-Id");
  const std::string second = client.post(kRow, "X-Request-Id: a b\r\n")->field("X-Request-Id");
  EXPECT_THAT(first, MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(first.size(), 16U);
  EXPECT_EQ(second.size(), 16U);
  EXPECT_NE(first, second);
  const auto error = client.post("{", "X-Request-Id: trace-8\r\n");
  EXPECT_EQ(error->json().find("request_id")->as_string(), "trace-8");
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const auto server = start_server();
  Client client(*server);
  std::string all;
  for (int i = 0; i < 500; ++i) all += post_request(kRow, cat("X-Request-Id: ", i, "\r\n"));
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 500; ++i) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << i;
    ASSERT_EQ(answer->status, 200);
    ASSERT_EQ(answer->field("X-Request-Id"), std::to_string(i));
  }
}

TEST(Server, TakesChunkedBodiesByteByByte) {
  const auto server = start_server();
  Client client(*server);
  std::string bytes = "POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char c : kRow) bytes += cat("1\r\n", c, "\r\n");
  bytes += "0\r\n\r\n";
  for (const char c : bytes) ASSERT_TRUE(client.send({&c, 1}));
  EXPECT_EQ(client.receive()->status, 200);
}

TEST(Server, KeepsOrClosesAsAsked) {
  const auto server = start_server();
  Client closing(*server);
  const auto last = closing.post(kRow, "Connection: close\r\n");
  EXPECT_EQ(last->status, 200);
  EXPECT_EQ(last->field("Connection"), "close");
  EXPECT_TRUE(closing.at_end());

  Client old(*server);
  EXPECT_EQ(old.ask("GET /health/live HTTP/1.0\r\n\r\n")->field("Connection"), "close");
  EXPECT_TRUE(old.at_end());

  Client old_kept(*server);
  const std::string_view kept = "GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  EXPECT_EQ(old_kept.ask(kept)->field("Connection"), "keep-alive");
  EXPECT_EQ(old_kept.ask(kept)->status, 200);
}

TEST(Server, AnswersAClientThatHasFinishedSending) {
  const auto server = start_server();
  Client client(*server);
  client.send(post_request(kRow));
  client.finish_sending();
  EXPECT_EQ(client.receive()->status, 200);
  EXPECT_TRUE(client.at_end());
}

TEST(Server, InvitesTheBodyOfExpectContinue) {
  const auto server = start_server();
  Client client(*server);
  const std::string request = post_request(kRow, "Expect: 100-continue\r\n");
  client.send(request.substr(0, request.size() - kRow.size()));
  const auto invited = client.receive();
  ASSERT_TRUE(invited);
  EXPECT_EQ(invited->status, 100);
  EXPECT_EQ(client.ask(kRow)->status, 200);
  EXPECT_EQ(client.post(kRow)->status, 200);

  // What cannot succeed is said before the body is sent.
  client.send(
      "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 415);
  EXPECT_TRUE(client.at_end());
}

TEST(Server, WritesClassesInTheLabelsType) {
  Model model = *classifier();
  model.rows.label_type = Type::kInteger;
  model.rows.classes = {"0", "1"};
  const auto server = start_server(quick_options(), std::make_shared<Model>(model));
  Client client(*server);
  EXPECT_THAT(client.post(kRow)->body,
              testing::StartsWith(R"({"prediction":1,"probabilities":{"0":)"));
}

TEST(Server, ListensOnIpv6Loopback) {
  ServerOptions options = quick_options();
  options.address = "::1";
  auto server = Server::start({classifier(), "m", "1"}, options);
  if (!server) GTEST_SKIP() << server.error().text();
  EXPECT_EQ((*server)->url(), cat("http://[::1]:", (*server)->port()));
}

TEST(Server, RefusesOtherMachinesAndBusyPorts) {
  for (const char* address : {"0.0.0.0", "::", "192.168.1.1", "::ffff:127.0.0.1"}) {
    const auto refused =
        Server::start({classifier(), "m", "1"}, {.address = address, .threads = 1});
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
    EXPECT_THAT(refused.error().hint, HasSubstr("TLS"));
  }
  const auto nonsense = Server::start({classifier(), "m", "1"}, {.address = "here"});
  EXPECT_EQ(nonsense.error().code, Code::kInvalidArgument);

  const auto server = start_server();
  const auto second = Server::start({classifier(), "m", "1"}, {.port = server->port()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST(Server, NamesTheModelServed) {
  const auto server = start_server();
  const auto answer = Client(*server).get("/v1/models");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  const Json models = *answer->json().find("models");
  ASSERT_EQ(models.items().size(), 1U);
  EXPECT_EQ(*models.items()[0].string_at("task"), "classification");
}

TEST(Server, ReplacesTheModelWithoutFailingARequest) {
  const auto model = classifier();
  const auto server = start_server(quick_options(), model);
  std::atomic<bool> done = false;
  std::atomic<int> failed = 0;
  std::atomic<int> answered = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&] {
      Client client(*server);
      while (!done) {
        const auto answer = client.post(kRow);
        ++(answer && answer->status == 200 ? answered : failed);
      }
    });
  }
  for (int version = 2; version <= 100; ++version) {
    server->replace({.model = model, .name = "gender", .version = std::to_string(version)});
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const auto last = Client(*server).post(kRow);
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GT(answered, 0);
  EXPECT_THAT(last->body, HasSubstr(R"("model":"gender/100")"));
}

}  // namespace
}  // namespace skymill::testing_serve
