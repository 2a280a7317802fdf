// What a NameNode, its DataNodes and the network may do to a request: a server follows a script.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "store/hdfs_server_testing.h"
#include "store/hdfs_settings.h"
#include "store/scripted_server_testing.h"
#include "store/stores.h"

namespace skymill {
namespace {

ObjectLocation place(const ScriptedServer& server, const std::string& path = "d/f") {
  return *locate(cat("hdfs://127.0.0.1:", server.port(), "/", path));
}

std::string status(int id, int size, const std::string& type = "FILE") {
  return answer(200, "",
                cat(R"({"FileStatus":{"fileId":)", id, R"(,"length":)", size,
                    R"(,"modificationTime":7,"pathSuffix":"","type":")", type, "\"}}"));
}

std::string exception(int code, const std::string& name, const std::string& message) {
  return answer(
      code, "",
      cat(R"({"RemoteException":{"exception":")", name, R"(","message":")", message, "\"}}"));
}

/// The NameNode's, which sends on to a DataNode: here the same server.
std::string sent_on(const std::string& host = "127.0.0.1:$PORT") {
  return answer(307, cat("Location: http://", host, "/data?op=DATA\r\n"));
}

TEST(WebHdfsFaults, DataGoesToTheDataNodeThatIsNamed) {
  ScriptedServer server({{sent_on()}, {answer(201)}, {status(5, 3)}, {answer(200)}});
  const auto file = place(server);
  ASSERT_TRUE(write_object(*file.store, file.key, "abc", WriteMode::kCreate));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_TRUE(requests[0].starts_with("PUT /webhdfs/v1/d/.skymill-"));
  EXPECT_TRUE(requests[0].ends_with("\r\n\r\n")) << "no data for the NameNode";
  EXPECT_TRUE(requests[1].starts_with("PUT /data?op=DATA "));
  EXPECT_TRUE(requests[1].ends_with("\r\n\r\nabc"));
  EXPECT_NE(requests[3].find("op=RENAME&destination=%2Fd%2Ff&renameoptions=NONE"),
            std::string::npos);
}

TEST(WebHdfsFaults, DataIsNotSentInTheOpen) {
  for (const char* host : {"storage.example:9864", "127.0.0.1.storage.example",
                           "127.0.0.1@storage.example", "127.0.0.1:1@storage.example"}) {
    ScriptedServer server({{sent_on(host)}, {answer(404)}});
    const auto file = place(server);
    const auto refused = write_object(*file.store, file.key, "abc");
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().code, Code::kPermissionDenied) << host;
    EXPECT_EQ(refused.error().place.source, file.text());
  }
}

TEST(WebHdfsFaults, ADataNodeThatIsGoneIsLeftOut) {
  const std::string gone = cat("127.0.0.1:", free_port());
  ScriptedServer server({{sent_on(gone)}, {sent_on()}, {answer(200, "", "abc")}, {status(5, 3)}});
  const auto file = place(server);
  EXPECT_EQ(*file.store->read(file.key, 0, 3, "5-7-3"), "abc");
  EXPECT_NE(server.requests()[1].find("excludedatanodes=127.0.0.1&"), std::string::npos);
}

TEST(WebHdfsFaults, TheOnlyDataNodeMayComeBack) {
  const std::string gone = cat("127.0.0.1:", free_port());
  ScriptedServer server({{sent_on(gone)},
                         {exception(403, "IOException", "No active nodes contain this block")},
                         {sent_on()},
                         {answer(200, "", "abc")},
                         {status(5, 3)}});
  const auto file = place(server);
  EXPECT_EQ(*file.store->read(file.key, 0, 3, "5-7-3"), "abc");
  EXPECT_EQ(server.requests()[2].find("excludedatanodes"), std::string::npos);
}

TEST(WebHdfsFaults, DataNodesThatStayAwayAreAnError) {
  const std::string gone = cat("127.0.0.1:", free_port());
  ScriptedServer server({{sent_on(gone)}});
  const auto file = place(server);
  const auto failed = file.store->read(file.key, 0, 3, "5-7-3");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kUnavailable);
  EXPECT_NE(failed.error().message.find(gone), std::string::npos);
}

TEST(WebHdfsFaults, ACutOffAnswerIsNoAnswer) {
  ScriptedServer server({{sent_on()},
                         {"HTTP/1.1 200 x\r\nContent-Length: 3\r\n\r\na", false},
                         {sent_on()},
                         {answer(200, "", "abc")},
                         {status(5, 3)}});
  const auto file = place(server);
  EXPECT_EQ(*file.store->read(file.key, 0, 3, "5-7-3"), "abc");
  ScriptedServer shorter({{sent_on()}, {answer(200, "", "a")}, {status(5, 3)}});
  const auto other = place(shorter);
  EXPECT_EQ(other.store->read(other.key, 0, 3, "5-7-3").error().code, Code::kUnavailable);
}

TEST(WebHdfsFaults, BytesOfAFileThatWasReplacedMeanwhileAreNotGiven) {
  ScriptedServer server({{sent_on()}, {answer(200, "", "xyz")}, {status(6, 3)}});
  const auto file = place(server);
  EXPECT_EQ(file.store->read(file.key, 0, 3, "5-7-3").error().text(),
            object_changed(file.text()).text());
  ScriptedServer again({{status(5, 3)},
                        {sent_on()},
                        {answer(200, "", "xyz")},
                        {status(6, 4)},
                        {status(6, 4)},
                        {sent_on()},
                        {answer(200, "", "wxyz")},
                        {status(6, 4)}});
  const auto any = place(again);
  EXPECT_EQ(*any.store->read(any.key, 0, 100, ""), "wxyz");
}

TEST(WebHdfsFaults, ALostRenameKnowsItsFile) {
  const std::string lost = exception(404, "FileNotFoundException", "rename source is not found.");
  for (const bool worked : {true, false}) {
    ScriptedServer server({{sent_on()},
                           {answer(201)},
                           {status(5, 3)},
                           {""},
                           {worked ? lost : exception(403, "FileAlreadyExistsException", "exists")},
                           {status(worked ? 5 : 6, 3)},
                           {answer(200, "", R"({"boolean":true})")}});
    const auto file = place(server);
    const auto done = write_object(*file.store, file.key, "abc", WriteMode::kCreate);
    EXPECT_EQ(done.has_value(), worked);
    if (!worked) {
      EXPECT_EQ(done.error().code, Code::kAlreadyExists);
      EXPECT_TRUE(server.requests().back().starts_with("DELETE /webhdfs/v1/d/.skymill-"));
    }
  }
}

TEST(WebHdfsFaults, AnAppendIsSentOnce) {
  const std::string large(17 << 20, 'x');
  constexpr int kSize = 17 << 20;
  for (const bool worked : {true, false}) {
    ScriptedServer server({{sent_on()},
                           {answer(201)},
                           {sent_on(), false},
                           {""},
                           {status(5, worked ? kSize : 16 << 20)},
                           {worked ? status(5, kSize) : answer(200)},
                           {answer(200)}});
    const auto file = place(server);
    EXPECT_EQ(write_object(*file.store, file.key, large).has_value(), worked);
    const auto requests = server.requests();
    EXPECT_EQ(std::ranges::count_if(
                  requests, [](const auto& text) { return text.starts_with("POST /data"); }),
              1);
    EXPECT_TRUE(requests.back().starts_with(worked ? "PUT " : "DELETE "));
  }
}

TEST(WebHdfsFaults, AFileThatLacksBytesIsNotShown) {
  ScriptedServer server({{sent_on()}, {answer(201)}, {status(5, 2)}, {answer(200)}});
  const auto file = place(server);
  EXPECT_EQ(write_object(*file.store, file.key, "abc").error().code, Code::kUnavailable);
  EXPECT_TRUE(server.requests().back().starts_with("DELETE "));
}

TEST(WebHdfsFaults, ExceptionsAreErrorsWithoutTheirStack) {
  const std::array<std::pair<const char*, Code>, 7> known = {{
      {"FileNotFoundException", Code::kNotFound},
      {"AccessControlException", Code::kPermissionDenied},
      {"StandbyException", Code::kUnavailable},
      {"RetriableException", Code::kUnavailable},
      {"SafeModeException", Code::kUnavailable},
      {"DSQuotaExceededException", Code::kResourceExhausted},
      {"IOException", Code::kInternal},
  }};
  for (const auto& [name, code] : known) {
    ScriptedServer server({{exception(403, name, R"(it says so\n\tat org.apache)")}});
    const auto file = place(server);
    const Error error = file.store->stat(file.key).error();
    EXPECT_EQ(error.code, code) << name;
    if (code != Code::kNotFound) {
      EXPECT_NE(error.message.find(cat(name, ": it says so")), std::string::npos) << error.message;
    }
    EXPECT_EQ(error.message.find("org.apache"), std::string::npos);
    EXPECT_EQ(error.place.source, file.text());
  }
}

TEST(WebHdfsFaults, OddAnswersAreErrors) {
  const std::array<std::pair<std::string, Code>, 8> odd = {{
      {answer(403, "", R"({"RemoteException":{}})"), Code::kInternal},
      {answer(403, "", R"({"RemoteException":[]})"), Code::kInternal},
      {answer(403, "", R"({"RemoteException")"), Code::kPermissionDenied},
      {answer(401, "WWW-Authenticate: Negotiate\r\n"), Code::kPermissionDenied},
      {answer(200, "", "<html>"), Code::kInvalidArgument},
      {answer(200, "", R"({"FileStatus":{"type":"FILE"}})"), Code::kInvalidArgument},
      {answer(404, "", "not found"), Code::kInvalidArgument},
      {answer(404, "", "an HTTP request to a Hadoop IPC port"), Code::kInvalidArgument},
  }};
  for (const auto& [text, code] : odd) {
    ScriptedServer server({{text}});
    const auto file = place(server);
    const Error error = file.store->stat(file.key).error();
    EXPECT_EQ(error.code, code) << text << error.text();
  }
}

TEST(WebHdfsFaults, AListThatDoesNotEndIsRefused) {
  const std::string page =
      R"({"DirectoryListing":{"partialListing":{"FileStatuses":{"FileStatus":[{"length":1,)"
      R"("modificationTime":7,"pathSuffix":"a","type":"FILE"}]}},"remainingEntries":1}})";
  ScriptedServer server({{answer(200, "", page)}});
  const auto file = place(server);
  EXPECT_EQ(file.store->list("").error().code, Code::kInternal);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(WebHdfsSettings, AskOtherMachinesByHttpsOnly) {
  unsetenv("SKYMILL_WEBHDFS");
  setenv("HADOOP_USER_NAME", "ann", 1);
  const auto endpoint = [](const char* scheme, const char* authority) {
    const auto settings = hdfs_settings(scheme, authority);
    return settings ? settings->endpoint : settings.error().text();
  };
  EXPECT_EQ(endpoint("hdfs", "localhost"), "http://localhost:9870");
  EXPECT_EQ(endpoint("hdfs", "[::1]:1234"), "http://[::1]:1234");
  EXPECT_EQ(endpoint("hdfs", "node.example"), "https://node.example:9871");
  EXPECT_EQ(endpoint("hdfs", "node.example:50470"), "https://node.example:50470");
  EXPECT_EQ(endpoint("swebhdfs", "localhost"), "https://localhost:9871");
  EXPECT_EQ(endpoint("webhdfs", "127.0.0.1:9870"), "http://127.0.0.1:9870");
  const auto open = hdfs_settings("webhdfs", "node.example:9870");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, Code::kPermissionDenied);
  EXPECT_NE(open.error().hint.find("swebhdfs"), std::string::npos);
  for (const char* authority : {"a#b", "a b", ":1", "a?b", "u@h"}) {
    EXPECT_EQ(hdfs_settings("hdfs", authority).error().code, Code::kInvalidArgument) << authority;
  }
  setenv("SKYMILL_WEBHDFS", "https://gateway.example/gateway/default/", 1);
  EXPECT_EQ(endpoint("hdfs", "nameservice1"), "https://gateway.example/gateway/default");
  setenv("SKYMILL_WEBHDFS", "http://gateway.example", 1);
  EXPECT_EQ(hdfs_settings("hdfs", "nameservice1").error().code, Code::kPermissionDenied);
  unsetenv("SKYMILL_WEBHDFS");
  EXPECT_EQ(hdfs_user().text(), "the user ann, a name from HADOOP_USER_NAME");
  unsetenv("HADOOP_USER_NAME");
  EXPECT_FALSE(hdfs_user().name.empty());
}

}  // namespace
}  // namespace skymill
