#include "store/gcs_settings.h"

#include <fstream>
#include <iterator>
#include <optional>

#include "base/json.h"
#include "base/text.h"
#include "store/endpoint.h"
#include "store/environment.h"
#include "store/machine_identity.h"
#include "store/store_options.h"

namespace skymill {
namespace {

constexpr const char* kHint =
    "use the key file of a service account, or run: gcloud auth application-default login";

/// Nothing when there is no such file. What lies beyond the limit is cut off, and so no JSON.
std::optional<std::string> text_of(const std::string& path) {
  constexpr size_t kMostBytes = 1 << 20;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(kMostBytes, '\0');
  file.read(text.data(), kMostBytes);
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

Result<GcsCredentials> service_account(const Json& json) {
  GcsCredentials found{.kind = GcsAccount::kService};
  found.email = SKYMILL_TRY(json.string_at("client_email"));
  found.key_id = SKYMILL_TRY(json.string_at("private_key_id"));
  found.private_key = Secret(SKYMILL_TRY(json.string_at("private_key")));
  return found;
}

Result<GcsCredentials> authorized_user(const Json& json) {
  GcsCredentials found{.kind = GcsAccount::kUser};
  found.client = SKYMILL_TRY(json.string_at("client_id"));
  found.client_secret = Secret(SKYMILL_TRY(json.string_at("client_secret")));
  found.refresh_token = Secret(SKYMILL_TRY(json.string_at("refresh_token")));
  found.token_uri = "https://oauth2.googleapis.com/token";
  if (json.find("token_uri") != nullptr) {
    found.token_uri = SKYMILL_TRY(checked_endpoint(SKYMILL_TRY(json.string_at("token_uri"))));
  }
  if (found.token_uri.empty()) return Error{Code::kCorruptData, "'token_uri' is empty", kHint};
  return found;
}

Result<GcsCredentials> machine_account() {
  const std::string endpoint = SKYMILL_TRY(machine_endpoint("GCE_METADATA_HOST"));
  return GcsCredentials{
      .kind = GcsAccount::kMachine,
      .origin = "this machine's service account",
      .token_uri = endpoint + "/computeMetadata/v1/instance/service-accounts/default/token"};
}

Result<GcsCredentials> credentials_of(const std::string& text) {
  const auto json = Json::parse(text);
  // The parser's own message would repeat a part of the file.
  if (!json) return Error{Code::kCorruptData, "the file of credentials is no JSON", kHint};
  const Json* type = json->find("type");
  const std::string kind = type != nullptr && type->is_string() ? type->as_string() : "";
  if (kind == "service_account") return service_account(*json);
  if (kind == "authorized_user") return authorized_user(*json);
  return Error{Code::kUnsupported,
               kind.empty() ? "the file of credentials names no type"
                            : cat("credentials of type '", kind, "' are not known"),
               kHint};
}

Result<GcsCredentials> find_credentials(bool only_named) {
  const std::string named = environment("GOOGLE_APPLICATION_CREDENTIALS");
  std::string path = named;
  if (path.empty() && !only_named) {
    const std::string folder = environment("CLOUDSDK_CONFIG");
    path = cat(folder.empty() ? environment("HOME") + "/.config/gcloud" : folder,
               "/application_default_credentials.json");
  }
  const auto text = path.empty() ? std::nullopt : text_of(path);
  if (!text && named.empty() && machine_may_be_asked()) return machine_account();
  if (!text && named.empty()) return GcsCredentials{.origin = "nowhere: requests are anonymous"};
  if (!text) {
    return Error{Code::kNotFound, "the file of GOOGLE_APPLICATION_CREDENTIALS cannot be read",
                 kHint, Place{.source = path}};
  }
  GcsCredentials found = SKYMILL_TRY(credentials_of(*text).at_source(path));
  found.origin = path;
  return found;
}

}  // namespace

Result<GcsSettings> gcs_settings() {
  std::string host = store_options().endpoint;
  if (host.empty()) host = environment("STORAGE_EMULATOR_HOST");
  const bool emulator = !host.empty();
  if (emulator && host.find("://") == std::string::npos) host.insert(0, "http://");
  GcsSettings settings;
  settings.endpoint =
      emulator ? SKYMILL_TRY(checked_endpoint(std::move(host))) : "https://storage.googleapis.com";
  settings.credentials = SKYMILL_TRY(find_credentials(emulator));
  return settings;
}

}  // namespace skymill
