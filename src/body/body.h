// ModelBody: what a trainer makes, and its plain evaluation on a block after the plan. Every faster
// layout (model/) is checked against this one.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "body/linear_model.h"
#include "body/tree_ensemble.h"

namespace skymill {

using ModelBody = std::variant<LinearModel, TreeEnsemble>;

/// Numbers per row that a model gives: 1 for regression, one probability per class otherwise.
/// `scores` is row-major and has block.num_rows · outputs values. Allocates nothing.
void evaluate_body(const ModelBody& body, const Block& block, std::span<double> scores);

/// Outputs per row of `evaluate_body`.
size_t body_outputs(const ModelBody& body);

/// Whether every index in the body is in range for these plan features, so that evaluation cannot
/// leave its arrays or loop. O(size of the body).
Result<void> validate_body(const ModelBody& body, std::span<const Feature> features, Task task,
                           size_t classes);

}  // namespace skymill
