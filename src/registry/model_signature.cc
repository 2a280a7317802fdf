#include "registry/model_signature.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/sha256.h"
#include "base/signing.h"
#include "base/text.h"
#include "store/stores.h"

namespace skymill {
namespace {

constexpr const char* kBundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
constexpr const char* kPayloadType = "application/vnd.in-toto+json";
constexpr const char* kStatementType = "https://in-toto.io/Statement/v1";
constexpr const char* kPredicateType = "https://model_signing/signature/v1.0";
/// The DER of every P-256 key begins with these bytes.
constexpr const char* kP256Start = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";

Error refused(std::string why) {
  return {Code::kPermissionDenied, "the model's signature does not hold: " + std::move(why),
          "have it signed by the owner of the key that is trusted here"};
}

/// What is signed: DSSE's pre-authentication encoding.
std::string encoded(std::string_view type, std::string_view payload) {
  return cat("DSSEv1 ", type.size(), " ", type, " ", payload.size(), " ", payload);
}

std::string bytes_of_hex(const std::string& hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(16 * digit(hex[i]) + digit(hex[i + 1]));
  }
  return bytes;
}

/// A model of one file: the digest of its list of digests.
std::string digest_of_digests(const std::string& sha256) {
  return sha256_hex(bytes_of_hex(sha256));
}

Json statement(const std::string& name, const std::string& sha256) {
  Json digest = Json::object();
  digest.set("sha256", digest_of_digests(sha256));
  Json subject = Json::object();
  subject.set("name", name).set("digest", std::move(digest));
  Json serialization = Json::object();
  serialization.set("method", "files").set("hash_type", "sha256");
  serialization.set("allow_symlinks", false).set("ignore_paths", Json::array());
  Json resource = Json::object();
  resource.set("name", ".").set("algorithm", "sha256").set("digest", sha256);
  Json predicate = Json::object();
  predicate.set("serialization", std::move(serialization));
  predicate.set("resources", Json::array().push(std::move(resource)));
  Json json = Json::object();
  json.set("_type", kStatementType).set("subject", Json::array().push(std::move(subject)));
  json.set("predicateType", kPredicateType).set("predicate", std::move(predicate));
  return json;
}

Result<std::string> decoded(const Json& json, std::string_view key) {
  const auto bytes = base64_bytes(SKYMILL_TRY(json.string_at(key)));
  if (!bytes) return refused(cat("'", key, "' is no base64"));
  return *bytes;
}

/// The one element of an array of objects.
Result<const Json*> only(const Json& json, std::string_view key) {
  const Json::Array* array = SKYMILL_TRY(json.array_at(key));
  if (array->size() != 1) return refused(cat("'", key, "' has not one element"));
  return &array->front();
}

/// The payload, once its signature has proven to be the key's.
Result<std::string> signed_payload(std::string_view bundle, const std::string& public_key_pem) {
  const Json json = SKYMILL_TRY(Json::parse(bundle));
  const Json* envelope = json.find("dsseEnvelope");
  if (envelope == nullptr) return refused("there is no envelope");
  const std::string type = SKYMILL_TRY(envelope->string_at("payloadType"));
  const std::string payload = SKYMILL_TRY(decoded(*envelope, "payload"));
  const Json* signature = SKYMILL_TRY(only(*envelope, "signatures"));
  const std::string bytes = SKYMILL_TRY(decoded(*signature, "sig"));
  if (!SKYMILL_TRY(verify_sha256(public_key_pem, encoded(type, payload), bytes))) {
    return refused("it was made by another key, or of other bytes");
  }
  if (type != kPayloadType) return refused(cat("its payload is of type ", type));
  return payload;
}

Result<void> check_statement(std::string_view payload, const std::string& sha256) {
  const Json json = SKYMILL_TRY(Json::parse(payload));
  if (SKYMILL_TRY(json.string_at("_type")) != kStatementType ||
      SKYMILL_TRY(json.string_at("predicateType")) != kPredicateType) {
    return refused("it is no statement about a model");
  }
  const Json* predicate = json.find("predicate");
  if (predicate == nullptr) return refused("it says nothing");
  const Json* resource = SKYMILL_TRY(only(*predicate, "resources"));
  const Json* subject = SKYMILL_TRY(only(json, "subject"));
  const Json* digest = subject->find("digest");
  if (digest == nullptr || SKYMILL_TRY(resource->string_at("algorithm")) != "sha256" ||
      SKYMILL_TRY(resource->string_at("digest")) != sha256 ||
      SKYMILL_TRY(digest->string_at("sha256")) != digest_of_digests(sha256)) {
    return refused("it is of another model");
  }
  return {};
}

}  // namespace

Result<std::string> sign_model(const std::string& name, const std::string& sha256,
                               const Secret& private_key_pem) {
  const std::string public_key = SKYMILL_TRY(public_key_of(private_key_pem));
  if (public_key.find(kP256Start) == std::string::npos) {
    return Error{Code::kUnsupported, "models are signed by keys on the curve P-256",
                 "make one with: openssl ecparam -name prime256v1 -genkey -noout"};
  }
  const std::string payload = statement(name, sha256).dump();
  const std::string signature =
      SKYMILL_TRY(sign_sha256(private_key_pem, encoded(kPayloadType, payload)));
  Json signed_by = Json::object();
  signed_by.set("sig", base64_text(signature)).set("keyid", "");
  Json envelope = Json::object();
  envelope.set("payload", base64_text(payload)).set("payloadType", kPayloadType);
  envelope.set("signatures", Json::array().push(std::move(signed_by)));
  Json hint = Json::object();
  hint.set("hint", sha256_hex(public_key));
  Json material = Json::object();
  material.set("publicKey", std::move(hint)).set("tlogEntries", Json::array());
  Json bundle = Json::object();
  bundle.set("mediaType", kBundleType).set("verificationMaterial", std::move(material));
  bundle.set("dsseEnvelope", std::move(envelope));
  return bundle.dump();
}

Result<std::string> read_public_key(const std::string& uri) {
  const ObjectLocation location = SKYMILL_TRY(locate(uri));
  const std::string pem = SKYMILL_TRY(read_object(*location.store, location.key, kMaxKeyBytes));
  return canonical_public_key(pem).at_source(location.text());
}

Result<void> verify_model_signature(std::string_view bundle, const std::string& sha256,
                                    const std::string& public_key_pem) {
  SKYMILL_TRY(canonical_public_key(public_key_pem));  // an unusable key is no refusal
  const auto payload = signed_payload(bundle, public_key_pem);
  auto holds = payload ? check_statement(*payload, sha256) : Result<void>(payload.error());
  // What cannot be read as a bundle is a signature that does not hold.
  if (!holds && holds.error().code != Code::kPermissionDenied)
    return refused(holds.error().message);
  return holds;
}

Result<void> check_file_signature(const ObjectLocation& model, std::string_view bytes,
                                  const std::string& public_key_pem) {
  const auto bundle = read_object(*model.store, model.key + kSignatureSuffix, kMaxBundleBytes);
  if (!bundle && bundle.error().code == Code::kNotFound) return unsigned_model(model.text());
  if (!bundle) return bundle.error();
  return verify_model_signature(*bundle, sha256_hex(bytes), public_key_pem);
}

Error unsigned_model(const std::string& what) {
  return {Code::kPermissionDenied, cat(what, " is not signed"),
          "sign it: skymill models sign NAME@VERSION --key FILE"};
}

}  // namespace skymill
