#include "store/azure_settings.h"

#include <algorithm>
#include <map>

#include "base/base64.h"
#include "base/text.h"
#include "store/azure_identity.h"
#include "store/endpoint.h"
#include "store/environment.h"
#include "store/http_request.h"
#include "store/store_options.h"

namespace skymill {
namespace {

/// Name=value;Name=value: names in lower case. Values may hold '='.
std::map<std::string, std::string> parts_of(const std::string& connection) {
  std::map<std::string, std::string> parts;
  for (const std::string& part : split(connection, ';')) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) continue;
    parts[lower(trim(part.substr(0, equals)))] = trim(part.substr(equals + 1));
  }
  return parts;
}

Result<Secret> decoded_key(const std::string& text) {
  if (text.empty()) return Secret();
  if (auto bytes = base64_bytes(text)) return Secret(std::move(*bytes));
  return Error{Code::kInvalidArgument, "the storage account's key is no base64",
               "copy it again from the portal"};
}

Secret sas_token(std::string text) {
  if (text.starts_with('?')) text.erase(0, 1);
  return Secret(std::move(text));
}

/// The account of <account>.dfs.<suffix> or <account>.blob.<suffix>.
Result<std::string> account_of(const std::string& host, const std::string& suffix) {
  for (const char* service : {".dfs.", ".blob."}) {
    const std::string end = service + suffix;
    if (host.ends_with(end)) return host.substr(0, host.size() - end.size());
  }
  return Error{Code::kInvalidArgument, cat("'", host, "' is no host of a storage account"),
               cat("write abfss://container@account.dfs.", suffix,
                   "/path; EndpointSuffix in AZURE_STORAGE_CONNECTION_STRING names another cloud")};
}

/// Makes the settings those of the account that a URI's host names.
Result<void> take_account(AzureSettings& settings, const std::string& account) {
  if (settings.account.empty()) settings.account = account;
  if (settings.account == account) return {};
  return Error{
      Code::kInvalidArgument,
      cat("the URI names the account ", account, ", the settings ", settings.account),
      cat("change one of them; the settings come from ",
          settings.origin.starts_with("AZURE_STORAGE_CONNECTION") ? settings.origin
                                                                  : "AZURE_STORAGE_ACCOUNT")};
}

}  // namespace

Result<AzureSettings> azure_settings(const std::string& host) {
  AzureSettings settings;
  std::string endpoint;
  std::string suffix = "core.windows.net";
  if (const std::string connection = environment("AZURE_STORAGE_CONNECTION_STRING");
      !connection.empty()) {
    auto parts = parts_of(connection);
    settings.account = parts["accountname"];
    settings.key = SKYMILL_TRY(decoded_key(parts["accountkey"]));
    settings.sas = sas_token(parts["sharedaccesssignature"]);
    settings.origin = "AZURE_STORAGE_CONNECTION_STRING";
    endpoint = parts["blobendpoint"];
    if (!parts["endpointsuffix"].empty()) suffix = parts["endpointsuffix"];
    // Connection strings of shared access signatures name the account in the endpoint only.
    const std::string named = host_of(endpoint);
    const size_t dot = named.find('.');
    if (settings.account.empty() && dot != std::string::npos &&
        std::string_view(named).substr(dot).starts_with(".blob.")) {
      settings.account = named.substr(0, std::min(dot, named.find("-secondary.")));
    }
  } else {
    settings.account = environment("AZURE_STORAGE_ACCOUNT");
    settings.key = SKYMILL_TRY(decoded_key(environment("AZURE_STORAGE_KEY")));
    settings.sas = sas_token(environment("AZURE_STORAGE_SAS_TOKEN"));
    settings.origin = !settings.key.reveal().empty()   ? "AZURE_STORAGE_KEY"
                      : !settings.sas.reveal().empty() ? "AZURE_STORAGE_SAS_TOKEN"
                                                       : "";
  }
  if (settings.key.empty() && settings.sas.empty()) {
    AzureIdentity identity = SKYMILL_TRY(azure_identity());
    settings.tokens = std::move(identity.tokens);
    settings.origin =
        settings.tokens == nullptr ? "nowhere: requests are anonymous" : identity.origin;
  }
  if (!host.empty()) {
    SKYMILL_TRY(take_account(settings, SKYMILL_TRY(account_of(lower(host), suffix))));
  }
  const bool plain = std::ranges::all_of(
      settings.account, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  if (!plain || (settings.account.empty() && endpoint.empty())) {
    return Error{Code::kInvalidArgument, "no storage account is named",
                 "set AZURE_STORAGE_ACCOUNT, or AZURE_STORAGE_CONNECTION_STRING"};
  }
  if (!store_options().endpoint.empty()) endpoint = store_options().endpoint;
  if (endpoint.empty()) endpoint = cat("https://", settings.account, ".blob.", suffix);
  settings.endpoint = SKYMILL_TRY(checked_endpoint(std::move(endpoint)));
  return settings;
}

}  // namespace skymill
