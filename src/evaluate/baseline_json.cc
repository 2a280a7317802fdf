// The baseline as JSON: a model keeps that of its training rows, for eval to compare with.
#include "evaluate/metrics.h"

namespace skymill {

Json baseline_json(const Baseline& baseline) {
  Json out = Json::object();
  if (baseline.class_shares.empty()) {
    out.set("mean", baseline.mean);
    return out;
  }
  Json shares = Json::array();
  for (const double share : baseline.class_shares) shares.push(share);
  out.set("class_shares", std::move(shares));
  return out;
}

Result<Baseline> baseline_from_json(const Json& json) {
  Baseline baseline;
  if (json.find("class_shares") == nullptr) {
    baseline.mean = SKYMILL_TRY(json.number_at("mean"));
    return baseline;
  }
  for (const Json& share : *SKYMILL_TRY(json.array_at("class_shares"))) {
    if (!share.is_number()) return Error{Code::kCorruptData, "a class share is no number"};
    baseline.class_shares.push_back(share.as_number());
  }
  return baseline;
}

}  // namespace skymill
