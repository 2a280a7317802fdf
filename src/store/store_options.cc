#include "store/store_options.h"

#include <array>
#include <utility>

namespace skymill {
namespace {

StoreOptions& options_of_process() {
  static StoreOptions options;
  return options;
}

}  // namespace

std::span<const ParamSpec> store_option_specs() {
  using enum ParamType;
  static const std::array<ParamSpec, 8> kSpecs = {{
      {"timeout", kNumber, 9.0, "seconds that a silent server is waited for, retries included", 1,
       3600},
      {"retries", kInteger, int64_t{5}, "of a request that may pass later", 0, 100},
      {"endpoint", kText, std::string(), "URL of the server (s3, gs, az)"},
      {"region", kText, std::string(), "of the bucket (s3)"},
      {.name = "addressing",
       .type = kText,
       .fallback = std::string("auto"),
       .summary = "the bucket's place in URLs (s3)",
       .choices = {"auto", "path", "virtual"}},
      {"ca_file", kText, std::string(), "PEM file of the authorities to trust"},
      {"requester_pays", kBoolean, false, "agree to pay for the requests (s3)"},
      {"encryption_key", kText, std::string(), "KMS key for new objects (s3)"},
  }};
  return kSpecs;
}

Result<StoreOptions> StoreOptions::parse(std::span<const std::string> assignments) {
  const Params params = SKYMILL_TRY(Params::parse(store_option_specs(), assignments));
  return StoreOptions{.timeout = params.number("timeout"),
                      .retries = params.integer("retries"),
                      .endpoint = params.text("endpoint"),
                      .region = params.text("region"),
                      .addressing = params.text("addressing"),
                      .ca_file = params.text("ca_file"),
                      .requester_pays = params.boolean("requester_pays"),
                      .encryption_key = params.text("encryption_key")};
}

const StoreOptions& store_options() { return options_of_process(); }

void set_store_options(StoreOptions options) { options_of_process() = std::move(options); }

}  // namespace skymill
