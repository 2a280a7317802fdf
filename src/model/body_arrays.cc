#include "model/body_arrays.h"

#include <array>
#include <cstring>

#include "base/text.h"

namespace skymill {
namespace {

template <typename T>
constexpr std::string_view dtype_of() {
  if constexpr (std::is_same_v<T, double>) return "f64";
  if constexpr (std::is_same_v<T, uint64_t>) return "u64";
  if constexpr (std::is_same_v<T, uint32_t>) return "u32";
  if constexpr (std::is_same_v<T, int32_t>) return "i32";
  if constexpr (std::is_same_v<T, uint8_t>) return "u8";
}

template <typename T>
void add(BodyArrays& out, std::string name, const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  out.arrays.push_back({std::move(name), std::string(dtype_of<T>()), std::move(bytes)});
}

template <typename T>
Result<std::vector<T>> get(const BodyArrays& arrays, std::string_view name) {
  for (const BodyArrays::Array& array : arrays.arrays) {
    if (array.name != name) continue;
    if (array.dtype != dtype_of<T>()) {
      return Error{Code::kCorruptData, cat("array '", name, "' has dtype ", array.dtype)};
    }
    std::vector<T> values(array.bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
    return values;
  }
  return Error{Code::kCorruptData, cat("array '", name, "' is missing")};
}

BodyArrays linear_arrays(const LinearModel& model) {
  BodyArrays out;
  out.facts.set("kind", "linear");
  out.facts.set("link", model.link == Link::kIdentity ? "identity" : "logistic");
  std::vector<double> weights = {model.intercept};
  std::vector<uint32_t> lengths;
  std::vector<double> unseen;
  for (const LinearModel::Term& term : model.terms) {
    lengths.push_back(static_cast<uint32_t>(term.weights.size()));
    weights.insert(weights.end(), term.weights.begin(), term.weights.end());
    unseen.push_back(term.unseen);
  }
  add(out, "weights", weights);
  add(out, "lengths", lengths);
  add(out, "unseen", unseen);
  return out;
}

Result<ModelBody> linear_from(const BodyArrays& arrays) {
  LinearModel model;
  const Json* link = arrays.facts.find("link");
  if (link == nullptr || (*link != Json("identity") && *link != Json("logistic"))) {
    return Error{Code::kCorruptData, "the link of a linear model is unknown"};
  }
  model.link = *link == Json("identity") ? Link::kIdentity : Link::kLogistic;
  const auto weights = SKYMILL_TRY(get<double>(arrays, "weights"));
  const auto lengths = SKYMILL_TRY(get<uint32_t>(arrays, "lengths"));
  const auto unseen = SKYMILL_TRY(get<double>(arrays, "unseen"));
  size_t total = 1;
  for (const uint32_t length : lengths) total += length;
  if (weights.size() != total || unseen.size() != lengths.size()) {
    return Error{Code::kCorruptData, "the arrays of a linear model differ in length"};
  }
  model.intercept = weights[0];
  const double* next = weights.data() + 1;
  for (size_t f = 0; f < lengths.size(); ++f) {
    model.terms.push_back({{next, next + lengths[f]}, unseen[f]});
    next += lengths[f];
  }
  return ModelBody(std::move(model));
}

BodyArrays tree_arrays(const TreeEnsemble& trees) {
  BodyArrays out;
  out.facts.set("kind", "trees");
  out.facts.set("outputs", trees.outputs);
  out.facts.set("classification", trees.classification);
  add(out, "roots", trees.roots);
  add(out, "feature", trees.feature);
  add(out, "threshold", trees.threshold);
  add(out, "left", trees.left);
  add(out, "missing_left", trees.missing_left);
  add(out, "set_start", trees.set_start);
  add(out, "set_words", trees.set_words);
  add(out, "leaf_values", trees.leaf_values);
  return out;
}

Result<ModelBody> trees_from(const BodyArrays& arrays) {
  TreeEnsemble trees;
  const int64_t outputs = SKYMILL_TRY(arrays.facts.integer_at("outputs"));
  if (outputs < 1 || outputs > 1'000'000) {
    return Error{Code::kCorruptData, "the outputs of a tree model are out of range"};
  }
  trees.outputs = static_cast<uint32_t>(outputs);
  trees.classification = SKYMILL_TRY(arrays.facts.bool_at("classification"));
  trees.roots = SKYMILL_TRY(get<uint32_t>(arrays, "roots"));
  trees.feature = SKYMILL_TRY(get<int32_t>(arrays, "feature"));
  trees.threshold = SKYMILL_TRY(get<double>(arrays, "threshold"));
  trees.left = SKYMILL_TRY(get<uint32_t>(arrays, "left"));
  trees.missing_left = SKYMILL_TRY(get<uint8_t>(arrays, "missing_left"));
  trees.set_start = SKYMILL_TRY(get<uint32_t>(arrays, "set_start"));
  trees.set_words = SKYMILL_TRY(get<uint64_t>(arrays, "set_words"));
  trees.leaf_values = SKYMILL_TRY(get<double>(arrays, "leaf_values"));
  return ModelBody(std::move(trees));
}

}  // namespace

size_t dtype_size(std::string_view dtype) {
  static constexpr std::array<std::pair<std::string_view, size_t>, 5> kSizes = {
      {{"f64", 8}, {"u64", 8}, {"u32", 4}, {"i32", 4}, {"u8", 1}}};
  for (const auto& [name, size] : kSizes) {
    if (name == dtype) return size;
  }
  return 0;
}

BodyArrays to_arrays(const ModelBody& body) {
  if (const auto* linear = std::get_if<LinearModel>(&body)) return linear_arrays(*linear);
  return tree_arrays(std::get<TreeEnsemble>(body));
}

Result<ModelBody> from_arrays(const BodyArrays& arrays) {
  const std::string kind = SKYMILL_TRY(arrays.facts.string_at("kind"));
  if (kind == "linear") return linear_from(arrays);
  if (kind == "trees") return trees_from(arrays);
  return Error{Code::kCorruptData, cat("unknown kind of body '", kind, "'")};
}

}  // namespace skymill
