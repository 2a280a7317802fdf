#include "body/body.h"

#include <algorithm>
#include <cmath>

#include "base/real_math.h"
#include "base/text.h"

namespace skymill {

void linear_predictor(const LinearModel& model, const Block& block, std::span<double> out) {
  std::fill_n(out.begin(), block.num_rows, model.intercept);
  for (size_t f = 0; f < model.terms.size(); ++f) {
    const LinearModel::Term& term = model.terms[f];
    if (const double* number = block.features[f].number; number != nullptr) {
      const double weight = term.weights[0];
      for (size_t i = 0; i < block.num_rows; ++i) out[i] += weight * number[i];
      continue;
    }
    const uint32_t* code = block.features[f].code;
    for (size_t i = 0; i < block.num_rows; ++i) {
      out[i] += code[i] < term.weights.size() ? term.weights[code[i]] : term.unseen;
    }
  }
}

uint32_t find_leaf(const TreeEnsemble& trees, uint32_t root, const Block& block, size_t row) {
  uint32_t node = root;
  while (trees.feature[node] != TreeEnsemble::kLeaf) {
    const FeatureColumn& column = block.features[static_cast<size_t>(trees.feature[node])];
    bool left = trees.missing_left[node] != 0;
    if (column.number != nullptr) {
      const double x = column.number[row];
      if (!std::isnan(x)) left = x <= trees.threshold[node];
    } else {
      const uint32_t code = column.code[row];
      const uint64_t* set = trees.set_words.data() + trees.set_start[node];
      if (code < set[0] * 64) left = (set[1 + (code >> 6)] >> (code & 63) & 1) != 0;
    }
    node = trees.left[node] + (left ? 0 : 1);
  }
  return trees.left[node];
}

void mean_leaf_values(const TreeEnsemble& trees, const Block& block, std::span<double> scores) {
  const size_t outputs = trees.outputs;
  std::fill_n(scores.begin(), block.num_rows * outputs, 0.0);
  for (size_t row = 0; row < block.num_rows; ++row) {
    double* to = scores.data() + row * outputs;
    for (const uint32_t root : trees.roots) {
      const uint32_t leaf = find_leaf(trees, root, block, row);
      const double* from = trees.leaf_values.data() + size_t{leaf} * outputs;
      for (size_t k = 0; k < outputs; ++k) to[k] += from[k];
    }
    const auto count = static_cast<double>(trees.roots.size());
    for (size_t k = 0; k < outputs; ++k) to[k] /= count;
  }
}

size_t body_outputs(const ModelBody& body) {
  if (const auto* linear = std::get_if<LinearModel>(&body)) {
    return linear->link == Link::kLogistic ? 2 : 1;
  }
  const auto& trees = std::get<TreeEnsemble>(body);
  return trees.classification ? std::max<size_t>(2, trees.outputs) : 1;
}

void evaluate_body(const ModelBody& body, const Block& block, std::span<double> scores) {
  const size_t rows = block.num_rows;
  // One number a row that stands for class 1 of 2 is spread to both, from the last row down, so
  // that no second buffer is needed.
  const auto spread = [&](auto probability) {
    for (size_t i = rows; i-- > 0;) {
      const double p = probability(scores[i]);
      scores[2 * i + 1] = p;
      scores[2 * i] = 1 - p;
    }
  };
  if (const auto* linear = std::get_if<LinearModel>(&body)) {
    linear_predictor(*linear, block, scores);
    if (linear->link == Link::kLogistic) spread([](double eta) { return logistic(eta); });
    return;
  }
  const auto& trees = std::get<TreeEnsemble>(body);
  mean_leaf_values(trees, block, scores);
  if (trees.classification && trees.outputs == 1) spread([](double p) { return p; });
}

namespace {

Error damaged(const std::string& what) {
  return {Code::kCorruptData, cat("the model's body is damaged: ", what),
          "write or fetch the model again"};
}

Result<void> validate_linear(const LinearModel& model, std::span<const Feature> features, Task task,
                             size_t classes) {
  if (model.terms.size() != features.size()) return damaged("terms do not match the features");
  if ((model.link == Link::kLogistic) != (task == Task::kClassification)) {
    return damaged("its link does not fit its task");
  }
  if (task == Task::kClassification && classes != 2) return damaged("it needs two classes");
  for (size_t f = 0; f < features.size(); ++f) {
    const size_t wanted = features[f].kind == FeatureKind::kNumber ? 1 : features[f].levels.size();
    if (model.terms[f].weights.size() != wanted) return damaged("a term has a wrong length");
  }
  return {};
}

Result<void> validate_node(const TreeEnsemble& trees, size_t node,
                           std::span<const Feature> features) {
  const size_t nodes = trees.feature.size();
  const int32_t feature = trees.feature[node];
  if (feature == TreeEnsemble::kLeaf) {
    if ((size_t{trees.left[node]} + 1) * trees.outputs > trees.leaf_values.size()) {
      return damaged("a leaf has no value");
    }
    return {};
  }
  if (feature < 0 || static_cast<size_t>(feature) >= features.size()) {
    return damaged("a node names no feature");
  }
  if (trees.left[node] <= node || size_t{trees.left[node]} + 1 >= nodes) {
    return damaged("a node has no children");
  }
  if (features[static_cast<size_t>(feature)].kind == FeatureKind::kNumber) return {};
  const size_t start = trees.set_start[node];
  if (start >= trees.set_words.size() ||
      trees.set_words[start] > trees.set_words.size() - start - 1) {
    return damaged("a node's level set is out of range");
  }
  return {};
}

Result<void> validate_trees(const TreeEnsemble& trees, std::span<const Feature> features, Task task,
                            size_t classes) {
  const size_t nodes = trees.feature.size();
  if (trees.threshold.size() != nodes || trees.left.size() != nodes ||
      trees.missing_left.size() != nodes || trees.set_start.size() != nodes) {
    return damaged("its arrays differ in length");
  }
  const bool classification = task == Task::kClassification;
  const size_t outputs = classification && classes > 2 ? classes : 1;
  if (trees.classification != classification || trees.outputs != outputs) {
    return damaged("its outputs do not fit its task");
  }
  if (trees.roots.empty()) return damaged("it has no trees");
  for (const uint32_t root : trees.roots) {
    if (root >= nodes) return damaged("a tree has no root");
  }
  for (size_t node = 0; node < nodes; ++node) SKYMILL_TRY(validate_node(trees, node, features));
  return {};
}

}  // namespace

Result<void> validate_body(const ModelBody& body, std::span<const Feature> features, Task task,
                           size_t classes) {
  if (const auto* linear = std::get_if<LinearModel>(&body)) {
    return validate_linear(*linear, features, task, classes);
  }
  return validate_trees(std::get<TreeEnsemble>(body), features, task, classes);
}

}  // namespace skymill
