#include "store/hdfs_settings.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

#include "base/text.h"
#include "store/endpoint.h"
#include "store/environment.h"

namespace skymill {
namespace {}  // namespace

std::string HdfsUser::text() const { return cat("the user ", name, ", a name from ", origin); }

HdfsUser hdfs_user() {
  if (std::string name = environment("HADOOP_USER_NAME"); !name.empty()) {
    return {std::move(name), "HADOOP_USER_NAME"};
  }
  std::array<char, 4096> buffer;
  passwd entry = {};
  passwd* found = nullptr;
  getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return {"", "nowhere; HADOOP_USER_NAME gives one"};
  return {found->pw_name, "the system"};
}

Result<HdfsSettings> hdfs_settings(const std::string& scheme, const std::string& authority) {
  HdfsSettings settings{.endpoint = "", .user = hdfs_user()};
  if (std::string endpoint = environment("SKYMILL_WEBHDFS"); !endpoint.empty()) {
    settings.endpoint = SKYMILL_TRY(checked_endpoint(std::move(endpoint)));
    return settings;
  }
  if (!is_plain_authority(authority)) {
    return Error{Code::kInvalidArgument, cat("'", authority, "' is no host of a NameNode"),
                 cat("write ", scheme, "://host:9870/path")};
  }
  const bool open = scheme == "webhdfs" || (scheme == "hdfs" && is_this_machine(authority));
  const bool has_port = authority.find(':', authority.rfind(']') + 1) != std::string::npos;
  auto endpoint = checked_endpoint(cat(open ? "http://" : "https://", authority,
                                       has_port ? ""
                                       : open   ? ":9870"
                                                : ":9871"));
  if (!endpoint && endpoint.error().code == Code::kPermissionDenied) {
    endpoint.error().hint = "use swebhdfs:// for another machine";
  }
  settings.endpoint = SKYMILL_TRY(std::move(endpoint));
  return settings;
}

}  // namespace skymill
