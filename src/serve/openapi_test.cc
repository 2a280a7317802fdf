#include "serve/openapi.h"

#include <gmock/gmock.h>

#include "serve/routes.h"
#include "serve/test_fixture.h"

namespace skymill::testing_serve {
namespace {

const Json& at(const Json& json, std::initializer_list<std::string_view> path) {
  const Json* found = &json;
  for (const std::string_view key : path) {
    found = found->find(key);
    SKYMILL_CHECK(found != nullptr);
  }
  return *found;
}

TEST(OpenApi, DescribesEveryRoute) {
  const Json document = openapi_document({classifier(), "gender", "7"});
  EXPECT_EQ(at(document, {"openapi"}).as_string(), "3.1.0");
  EXPECT_EQ(at(document, {"info", "title"}).as_string(), "gender");
  for (const Handler* handler : routes()) {
    const Json& item = at(document, {"paths", handler->path()});
    const Json* operation = item.find(handler->method() == "GET" ? "get" : "post");
    ASSERT_NE(operation, nullptr) << handler->path();
    EXPECT_NE(operation->find("responses")->find("200"), nullptr) << handler->path();
  }
}

TEST(OpenApi, RowFollowsTheModelsSchema) {
  const Json document = openapi_document({classifier(MissingMethod::kFail), "gender", "7"});
  const Json& row = at(document, {"components", "schemas", "Row"});
  EXPECT_EQ(at(row, {"properties", "age", "type"}).dump(), R"(["integer","null"])");
  EXPECT_EQ(at(row, {"properties", "height", "type"}).dump(), R"("number")");
  EXPECT_EQ(at(row, {"properties", "grade", "type"}).dump(), R"(["string","null"])");
  EXPECT_EQ(at(row, {"required"}).dump(), R"(["age","height","grade"])");
  EXPECT_FALSE(at(row, {"additionalProperties"}).as_bool());
  EXPECT_EQ(
      at(document, {"components", "schemas", "Rows", "properties", "rows", "maxItems"}).dump(),
      "10000");
  const Json& prediction = at(document, {"components", "schemas", "Prediction"});
  EXPECT_EQ(at(prediction, {"properties", "prediction", "enum"}).dump(), R"(["f","m"])");
}

TEST(OpenApi, IsServed) {
  const auto server = start_server();
  Client client(*server);
  const auto answer = client.get("/openapi.json");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->json(), openapi_document({classifier(), "gender", "7"}));
}

}  // namespace
}  // namespace skymill::testing_serve
