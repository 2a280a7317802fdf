#include "store/aws_settings.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>

#include "base/text.h"
#include "store/endpoint.h"
#include "store/environment.h"
#include "store/machine_identity.h"
#include "store/store_options.h"

namespace skymill {
namespace {

std::string first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = environment(name); !value.empty()) return value;
  }
  return {};
}

using Section = std::map<std::string, std::string>;

/// The lines of `[name]` in an INI file; nothing when there is no such file or section.
std::optional<Section> read_section(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  std::optional<Section> section;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    const std::string_view text = trim(line);
    if (text.empty() || text.starts_with('#') || text.starts_with(';')) continue;
    if (text.starts_with('[')) {
      inside = trim(text.substr(1, text.find(']') - 1)) == name;
      if (inside && !section) section.emplace();
      continue;
    }
    const size_t equals = text.find('=');
    if (!inside || equals == std::string_view::npos) continue;
    (*section)[lower(trim(text.substr(0, equals)))] = trim(text.substr(equals + 1));
  }
  return section;
}

std::string file_named(const char* setting, const char* usual) {
  std::string path = environment(setting);
  return path.empty() ? cat(environment("HOME"), "/.aws/", usual) : path;
}

/// Those that the user named; without keys when there are none.
Result<AwsCredentials> named_credentials() {
  const std::string key = environment("AWS_ACCESS_KEY_ID");
  const std::string secret = environment("AWS_SECRET_ACCESS_KEY");
  if (key.empty() != secret.empty()) {
    return Error{Code::kInvalidArgument,
                 "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set both",
                 "set both, or neither"};
  }
  if (!key.empty()) {
    return AwsCredentials{.access_key = key,
                          .secret_key = Secret(secret),
                          .session_token = Secret(environment("AWS_SESSION_TOKEN")),
                          .origin = "the environment"};
  }
  const std::string named = environment("AWS_PROFILE");
  const std::string profile = named.empty() ? "default" : named;
  const std::string path = file_named("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  auto section = read_section(path, profile);
  if (!section) {
    if (named.empty()) return AwsCredentials{};
    return Error{Code::kNotFound, cat("there is no profile '", named, "' in ", path),
                 "correct AWS_PROFILE, or add the profile"};
  }
  const bool none =
      (*section)["aws_access_key_id"].empty() && (*section)["aws_secret_access_key"].empty();
  if (none && named.empty()) return AwsCredentials{};
  if ((*section)["aws_access_key_id"].empty() || (*section)["aws_secret_access_key"].empty()) {
    return Error{Code::kUnsupported,
                 cat("the profile '", profile, "' in ", path, " holds no pair of keys"),
                 "give aws_access_key_id and aws_secret_access_key"};
  }
  return AwsCredentials{.access_key = (*section)["aws_access_key_id"],
                        .secret_key = Secret((*section)["aws_secret_access_key"]),
                        .session_token = Secret((*section)["aws_session_token"]),
                        .origin = cat("the profile '", profile, "' of ", path)};
}

Result<void> find_credentials(AwsSettings& settings) {
  settings.credentials = SKYMILL_TRY(named_credentials());
  const bool by_choice =
      !environment("AWS_ACCESS_KEY_ID").empty() || !environment("AWS_PROFILE").empty();
  if (by_choice) return {};
  settings.temporary = SKYMILL_TRY(aws_platform_keys(settings.region));
  if (settings.temporary != nullptr) {
    settings.credentials = {.origin = "the platform, for a role"};
  } else if (settings.credentials.anonymous() && machine_may_be_asked()) {
    settings.temporary = SKYMILL_TRY(aws_machine_keys());
    settings.credentials.origin = "this machine's role";
  } else if (settings.credentials.anonymous()) {
    settings.credentials.origin = "nowhere: requests are anonymous";
  }
  return {};
}

std::string find_region() {
  if (!store_options().region.empty()) return store_options().region;
  std::string region = first_of({"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (!region.empty()) return region;
  const std::string profile = environment("AWS_PROFILE");
  const std::string section =
      profile.empty() || profile == "default" ? "default" : "profile " + profile;
  if (auto found = read_section(file_named("AWS_CONFIG_FILE", "config"), section)) {
    region = (*found)["region"];
  }
  return region.empty() ? "us-east-1" : region;
}

/// It becomes a part of the host's name.
bool is_region(std::string_view region) {
  return std::ranges::all_of(
      region, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

}  // namespace

Result<AwsSettings> aws_settings() {
  AwsSettings settings;
  settings.region = find_region();
  if (!is_region(settings.region)) {
    return Error{Code::kInvalidArgument, cat("'", settings.region, "' is no region"),
                 "write for example AWS_REGION=eu-central-1"};
  }
  SKYMILL_TRY(find_credentials(settings));
  settings.endpoint = SKYMILL_TRY(checked_endpoint(
      !store_options().endpoint.empty() ? store_options().endpoint
                                        : first_of({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"})));
  return settings;
}

}  // namespace skymill
