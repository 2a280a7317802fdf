// What a client is told that sends something wrong: status, field, row, and the way out.
#include <gmock/gmock.h>

#include "base/text.h"
#include "serve/test_fixture.h"

namespace skymill::testing_serve {
namespace {

using testing::HasSubstr;

class ServerErrors : public testing::Test {
 protected:
  std::unique_ptr<Server> server_ = start_server();
  Client client_{*server_};
};

TEST_F(ServerErrors, UnknownPath) {
  const auto answer = client_.get("/predct");
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->error("code"), "not_found");
  EXPECT_THAT(answer->error("hint"), HasSubstr("/predict"));
  EXPECT_EQ(answer->error("field"), "null");
  EXPECT_EQ(answer->error("row"), "null");
  EXPECT_EQ(client_.post(kRow)->status, 200);  // the connection goes on
}

TEST_F(ServerErrors, WrongMethod) {
  const auto get = client_.get("/predict");
  EXPECT_EQ(get->status, 405);
  EXPECT_EQ(get->field("Allow"), "POST");
  const auto put = client_.ask("PUT /health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(put->status, 405);
  EXPECT_EQ(put->field("Allow"), "GET, HEAD");
  client_.send("HEAD /predict HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client_.receive(true)->status, 405);
  EXPECT_EQ(client_.post(kRow)->status, 200);
}

TEST_F(ServerErrors, NoBody) {
  const auto answer = client_.ask("POST /predict HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer->status, 411);
  EXPECT_EQ(client_.post("")->status, 400);
  EXPECT_EQ(client_.post(kRow)->status, 200);
}

TEST_F(ServerErrors, WrongMediaType) {
  const auto form = [&](std::string_view type) {
    return client_.ask(cat("POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: ", type,
                           "\r\nContent-Length: ", kRow.size(), "\r\n\r\n", kRow));
  };
  const auto answer = form("application/x-www-form-urlencoded");
  EXPECT_EQ(answer->status, 415);
  EXPECT_THAT(answer->error("hint"), HasSubstr("Content-Type: application/json"));
  EXPECT_EQ(form("application/json; charset=latin1")->status, 415);
  EXPECT_EQ(form("Application/JSON; Charset=UTF-8")->status, 200);
  EXPECT_EQ(form("application/json;")->status, 200);
  EXPECT_EQ(client_.post(kRow, "Content-Encoding: gzip\r\n")->status, 415);
}

TEST_F(ServerErrors, NotJson) {
  for (const char* body : {"nonsense", "{", R"({"age":16,})", R"({"age":NaN})", "{} {}", "\xff",
                           R"({"age":1,"age":2,"height":1,"grade":"9"})"}) {
    const auto answer = client_.post(body);
    EXPECT_EQ(answer->status, 400) << body;
    EXPECT_EQ(answer->error("code"), "corrupt_data") << body;
  }
  EXPECT_THAT(client_.post(R"({"age":16,"height":x})")->error("message"), HasSubstr("at byte 20"));
  const auto large = client_.post(R"({"age":16,"height":1e400,"grade":"9"})");
  EXPECT_EQ(large->status, 400);
  EXPECT_EQ(large->error("message"),
            "not JSON: the number 1e400 is too large for a double, at byte 24");
  EXPECT_EQ(large->error("field"), "height");
  EXPECT_EQ(client_.post("[]")->status, 422);
  EXPECT_EQ(client_.post("7")->status, 422);
}

TEST_F(ServerErrors, ValuesThatDoNotFit) {
  const auto field_of = [&](std::string_view body) {
    const auto answer = client_.post(body);
    EXPECT_EQ(answer->status, 422) << body;
    EXPECT_NE(answer->error("hint"), "") << body;
    EXPECT_EQ(answer->error("row"), "null") << body;
    return answer->error("field");
  };
  EXPECT_EQ(field_of(R"({"age":"16","height":1.7,"grade":"9"})"), "age");
  EXPECT_EQ(field_of(R"({"age":16.5,"height":1.7,"grade":"9"})"), "age");
  EXPECT_EQ(field_of(R"({"age":true,"height":1.7,"grade":"9"})"), "age");
  EXPECT_EQ(field_of(R"({"age":[16],"height":1.7,"grade":"9"})"), "age");
  EXPECT_EQ(field_of(R"({"age":16,"height":1.7,"grade":9})"), "grade");
  EXPECT_EQ(field_of(R"({"age":16,"height":1.7})"), "grade");
  EXPECT_EQ(field_of(R"({"age":16,"heigth":1.7,"grade":"9"})"), "heigth");
  EXPECT_THAT(client_.post(R"({"age":16,"heigth":1.7,"grade":"9"})")->error("hint"),
              HasSubstr("height"));
}

TEST_F(ServerErrors, NameTheRow) {
  const auto answer =
      client_.post(cat(R"({"rows":[)", kRow, ",", kRow, R"(,{"age":1,"height":2}]})"));
  EXPECT_EQ(answer->status, 422);
  EXPECT_EQ(answer->error("row"), "3");
  EXPECT_EQ(answer->error("field"), "grade");
  EXPECT_EQ(client_.post(R"({"rows":7})")->status, 422);
}

TEST_F(ServerErrors, PredictionsThatAreNoNumbers) {
  const auto server = start_server(quick_options(), regressor());
  Client client(*server);
  const auto answer = client.post(R"({"age":16,"height":1e308,"grade":"9"})");
  EXPECT_EQ(answer->status, 422);
  EXPECT_THAT(answer->error("message"), HasSubstr("not a finite number"));
  const auto rows = client.post(
      R"({"rows":[{"age":1,"height":1,"grade":"9"},{"age":1,"height":1e308,"grade":"9"}]})");
  EXPECT_EQ(rows->error("row"), "2");
}

TEST_F(ServerErrors, RowsThatThePlanDrops) {
  const auto server = start_server(quick_options(), classifier(MissingMethod::kDrop));
  Client client(*server);
  const auto single = client.post(R"({"age":16,"height":null,"grade":"9"})");
  EXPECT_EQ(single->status, 422);
  EXPECT_EQ(single->error("field"), "height");
  EXPECT_EQ(single->error("row"), "null");
  const auto rows =
      client.post(cat(R"({"rows":[)", kRow, R"(,{"age":1,"height":null,)", R"("grade":"9"}]})"));
  EXPECT_EQ(rows->status, 422);
  EXPECT_EQ(rows->error("row"), "2");
  EXPECT_EQ(client.post(kRow)->status, 200);
}

TEST_F(ServerErrors, MissingValuesThatThePlanRefuses) {
  const auto server = start_server(quick_options(), classifier(MissingMethod::kFail));
  Client client(*server);
  const auto single = client.post(R"({"age":16,"height":null,"grade":"9"})");
  EXPECT_EQ(single->status, 422);
  EXPECT_EQ(single->error("field"), "height");
  EXPECT_THAT(single->error("hint"), HasSubstr("send a value for 'height'"));
  const auto rows =
      client.post(cat(R"({"rows":[)", kRow, R"(,{"age":1,"height":null,)", R"("grade":"9"}]})"));
  EXPECT_EQ(rows->error("row"), "2");
}

TEST_F(ServerErrors, DeepNesting) {
  const std::string deep(1'000'000, '[');
  const auto answer = client_.post(deep);
  EXPECT_EQ(answer->status, 400);
  EXPECT_EQ(answer->error("message"), "the JSON is more than 16 levels deep, at byte 17");
  EXPECT_EQ(
      client_.post(cat(R"({"age":)", std::string(100'000, '['), std::string(100'000, ']'), "}"))
          ->status,
      400);
  EXPECT_EQ(client_.post(kRow)->status, 200);
}

TEST_F(ServerErrors, BrokenFramingEndsTheConnection) {
  const std::string post = "POST /predict HTTP/1.1\r\nHost: x\r\n";
  const std::string smuggled = "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::vector<std::string> broken = {
      cat(post, "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", smuggled),
      cat(post, "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
      cat(post, "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
      "GET / HTTP/1.1\r\n\r\n",
      "\x16\x03\x01 hello TLS",
  };
  for (const std::string& bytes : broken) {
    Client client(*server_);
    const auto answer = client.ask(bytes);
    ASSERT_TRUE(answer) << bytes;
    EXPECT_EQ(answer->status, 400) << bytes;
    EXPECT_EQ(answer->field("Connection"), "close");
    EXPECT_NE(answer->error("hint"), "");
    EXPECT_TRUE(client.at_end()) << bytes;
  }
  Client version(*server_);
  EXPECT_EQ(version.ask("GET / HTTP/3.0\r\nHost: x\r\n\r\n")->status, 505);
  EXPECT_TRUE(version.at_end());
}

TEST_F(ServerErrors, EndlessChunkLine) {
  Client client(*server_);
  client.send("POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;");
  client.send(std::string(100'000, 'x'));
  EXPECT_EQ(client.receive()->status, 400);
}

TEST_F(ServerErrors, LongHeader) {
  Client client(*server_);
  const auto answer = client.get("/health/live", cat("X: ", std::string(10'000, 'x'), "\r\n"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 431);
  EXPECT_TRUE(client.at_end());
}

}  // namespace
}  // namespace skymill::testing_serve
