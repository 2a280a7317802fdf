#include "store/aws_identity.h"

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "base/time_text.h"
#include "store/access_token.h"
#include "store/endpoint.h"
#include "store/environment.h"
#include "store/http_request.h"
#include "store/machine_identity.h"
#include "store/retry.h"
#include "store/xml_text.h"

namespace skymill {
namespace {

/// The body of a good answer. Errors name the host and the status, not what was said.
Result<std::string> ask(const std::string& method, const std::string& url,
                        const NamedValues& headers = {}, const std::string& body = {}) {
  const auto request = [&] {
    return HttpRequest{.method = method,
                       .url = url,
                       .headers = headers,
                       .body = body,
                       .max_response_bytes = 1 << 20};
  };
  HttpResponse answer = SKYMILL_TRY(send_with_retries(request));
  if (answer.status == 200) return std::move(answer.body);
  const bool refused = answer.status / 100 == 4;
  return Error{refused ? Code::kPermissionDenied : Code::kUnavailable,
               cat(host_of(url), " gives no keys: it answers ", answer.status, " ",
                   xml_text(answer.body, "Code")),
               refused ? "check the role and whom it trusts" : "try again later"};
}

/// Keys until a time that the server names.
Result<Fresh<AwsCredentials>> fresh_keys(AwsCredentials keys, const std::string& expiration) {
  const auto end = parse_time(expiration);
  if (!end || keys.access_key.empty() || keys.secret_key.empty() || !is_token(keys.access_key) ||
      !is_token(keys.session_token.reveal())) {
    return Error{Code::kInternal, cat("the keys from ", keys.origin, " are incomplete"), ""};
  }
  return Fresh<AwsCredentials>{.value = std::move(keys),
                               .seconds = static_cast<double>(*end - now_in_seconds())};
}

struct WebIdentity {
  std::string role;
  std::string token_path;
  std::string session;
  std::string endpoint;  // of STS
};

Result<Fresh<AwsCredentials>> keys_of_web_identity(const WebIdentity& identity) {
  const std::string token = SKYMILL_TRY(token_file(identity.token_path));
  const std::string form = query_text({{"Action", "AssumeRoleWithWebIdentity"},
                                       {"Version", "2011-06-15"},
                                       {"RoleArn", identity.role},
                                       {"RoleSessionName", identity.session},
                                       {"WebIdentityToken", token}});
  const std::string answer =
      SKYMILL_TRY(ask("POST", identity.endpoint + "/",
                      {{"content-type", "application/x-www-form-urlencoded"}}, form));
  return fresh_keys({.access_key = xml_text(answer, "AccessKeyId"),
                     .secret_key = Secret(xml_text(answer, "SecretAccessKey")),
                     .session_token = Secret(xml_text(answer, "SessionToken")),
                     .origin = cat("the role ", identity.role)},
                    xml_text(answer, "Expiration"));
}

/// The form that containers and machines answer in.
Result<Fresh<AwsCredentials>> keys_in_json(const std::string& text, const std::string& origin) {
  const auto json = Json::parse(text);
  const auto field = [&](const char* name) {
    const auto value = json ? json->string_at(name) : json.error();
    return value ? *value : std::string();
  };
  return fresh_keys({.access_key = field("AccessKeyId"),
                     .secret_key = Secret(field("SecretAccessKey")),
                     .session_token = Secret(field("Token")),
                     .origin = origin},
                    field("Expiration"));
}

Result<Fresh<AwsCredentials>> keys_of_container(const std::string& url) {
  NamedValues headers;
  std::string token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (const std::string path = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
      !path.empty()) {
    token = SKYMILL_TRY(token_file(path));
  }
  const bool plain = token.find_first_of("\r\n") == std::string::npos;
  if (!plain) {
    return Error{Code::kInvalidArgument, "the container's authorization token has several lines",
                 "check AWS_CONTAINER_AUTHORIZATION_TOKEN"};
  }
  if (!token.empty()) headers.emplace_back("authorization", token);
  return keys_in_json(SKYMILL_TRY(ask("GET", url, headers)), "the container's role");
}

/// Agents of the container's own machine, which are asked in the open.
bool is_container_agent(const std::string& url) {
  constexpr std::array<const char*, 3> kAgents = {"169.254.170.2", "169.254.170.23",
                                                  "[fd00:ec2::23]"};
  return std::ranges::find(kAgents, host_of(url)) != kAgents.end();
}

Result<Fresh<AwsCredentials>> keys_of_machine(const std::string& endpoint) {
  const std::string token = SKYMILL_TRY(ask("PUT", endpoint + "/latest/api/token",
                                            {{"x-aws-ec2-metadata-token-ttl-seconds", "300"}}));
  if (!is_token(token)) return Error{Code::kInternal, "the machine gives no token", ""};
  const NamedValues headers = {{"x-aws-ec2-metadata-token", token}};
  const std::string roles = endpoint + "/latest/meta-data/iam/security-credentials/";
  const std::string listed = SKYMILL_TRY(ask("GET", roles, headers));
  const std::string role(trim(listed.substr(0, listed.find('\n'))));
  if (role.empty()) {
    return Error{Code::kPermissionDenied, "the machine has no role",
                 "give the instance a profile with access to the bucket"};
  }
  return keys_in_json(SKYMILL_TRY(ask("GET", roles + percent_encoded(role, false), headers)),
                      cat("the machine's role ", role));
}

}  // namespace

Result<std::shared_ptr<AwsTemporaryKeys>> aws_platform_keys(const std::string& region) {
  WebIdentity identity{.role = environment("AWS_ROLE_ARN"),
                       .token_path = environment("AWS_WEB_IDENTITY_TOKEN_FILE"),
                       .session = environment("AWS_ROLE_SESSION_NAME")};
  if (!identity.role.empty() && !identity.token_path.empty()) {
    if (identity.session.empty()) identity.session = "skymill";
    identity.endpoint = SKYMILL_TRY(checked_endpoint(environment("AWS_ENDPOINT_URL_STS")));
    if (identity.endpoint.empty())
      identity.endpoint = cat("https://sts.", region, ".amazonaws.com");
    const std::string name = query_text({{"role", identity.role},
                                         {"file", identity.token_path},
                                         {"session", identity.session},
                                         {"endpoint", identity.endpoint}});
    return renewed_once<AwsCredentials>(name,
                                        [identity] { return keys_of_web_identity(identity); });
  }
  std::string url = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  const std::string relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (!relative.empty()) url = "http://169.254.170.2" + relative;
  if (url.empty()) return std::shared_ptr<AwsTemporaryKeys>();
  if (!is_container_agent(url)) {
    SKYMILL_TRY(checked_endpoint(url.substr(0, url.find('/', url.find("://") + 3))));
  }
  return renewed_once<AwsCredentials>("container " + url, [url] { return keys_of_container(url); });
}

Result<std::shared_ptr<AwsTemporaryKeys>> aws_machine_keys() {
  const std::string endpoint = SKYMILL_TRY(machine_endpoint("AWS_EC2_METADATA_SERVICE_ENDPOINT"));
  return renewed_once<AwsCredentials>("machine " + endpoint,
                                      [endpoint] { return keys_of_machine(endpoint); });
}

}  // namespace skymill
