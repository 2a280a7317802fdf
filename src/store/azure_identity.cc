#include "store/azure_identity.h"

#include "base/text.h"
#include "store/endpoint.h"
#include "store/environment.h"
#include "store/machine_identity.h"

namespace skymill {
namespace {

constexpr const char* kHint = "check the identity's roles on the storage account";

struct Application {
  std::string url;
  std::string client;
  std::string token_path;  // of a federated token; empty: by secret
  Secret secret = {};
};

Result<Fresh<Secret>> applications_token(const Application& application) {
  NamedValues fields = {{"grant_type", "client_credentials"},
                        {"client_id", application.client},
                        {"scope", "https://storage.azure.com/.default"}};
  if (application.token_path.empty()) {
    fields.emplace_back("client_secret", application.secret.reveal());
  } else {
    fields.emplace_back("client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    fields.emplace_back("client_assertion", SKYMILL_TRY(token_file(application.token_path)));
  }
  return buy_token({.request = {.method = "POST",
                                .url = application.url,
                                .headers = {{"content-type", "application/x-www-form-urlencoded"}}},
                    .body = query_text(fields),
                    .asked_with = cat("the application ", application.client),
                    .refused_hint = kHint});
}

Result<Fresh<Secret>> machines_token(const std::string& url) {
  return buy_token({.request = {.method = "GET", .url = url, .headers = {{"metadata", "true"}}},
                    .asked_with = "this machine",
                    .refused_hint = kHint});
}

}  // namespace

Result<AzureIdentity> azure_identity() {
  const std::string tenant = environment("AZURE_TENANT_ID");
  Application application{.url = {},
                          .client = environment("AZURE_CLIENT_ID"),
                          .token_path = environment("AZURE_FEDERATED_TOKEN_FILE"),
                          .secret = Secret(environment("AZURE_CLIENT_SECRET"))};
  const bool known = !application.token_path.empty() || !application.secret.empty();
  if (!tenant.empty() && !application.client.empty() && known) {
    std::string authority = SKYMILL_TRY(checked_endpoint(environment("AZURE_AUTHORITY_HOST")));
    if (authority.empty()) authority = "https://login.microsoftonline.com";
    application.url = cat(authority, "/", percent_encoded(tenant, false), "/oauth2/v2.0/token");
    const std::string name = query_text({{"url", application.url},
                                         {"client", application.client},
                                         {"file", application.token_path},
                                         {"secret", application.secret.reveal()}});
    return AzureIdentity{.tokens = renewed_once<Secret>(
                             name, [application] { return applications_token(application); }),
                         .origin = cat("the application ", application.client)};
  }
  if (!machine_may_be_asked()) return AzureIdentity{};
  std::string url = SKYMILL_TRY(machine_endpoint("AZURE_POD_IDENTITY_AUTHORITY_HOST")) +
                    "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=" +
                    percent_encoded("https://storage.azure.com/", false);
  if (!application.client.empty()) {
    url += "&client_id=" + percent_encoded(application.client, false);
  }
  return AzureIdentity{.tokens = renewed_once<Secret>(url, [url] { return machines_token(url); }),
                       .origin = "this machine's managed identity"};
}

}  // namespace skymill
