// LinearModel: an intercept and one term per feature; regression, or binary classification through
// the logistic link.
#pragma once

#include <span>
#include <vector>

#include "rows/block.h"

namespace skymill {

enum class Link : uint8_t { kIdentity, kLogistic };

struct LinearModel {
  /// A number feature has one weight. A category has one per level (treatment contrasts: the
  /// reference level's is 0), and `unseen` for levels that training did not know.
  struct Term {
    std::vector<double> weights;
    double unseen = 0;

    bool operator==(const Term&) const = default;
  };

  Link link = Link::kIdentity;
  double intercept = 0;
  std::vector<Term> terms;  // as many as features

  bool operator==(const LinearModel&) const = default;
};

/// intercept + Σ terms for each row, summed in the order of the features. Precondition: no missing
/// numbers (a plan for linear models leaves none); a missing category counts as unseen.
void linear_predictor(const LinearModel& model, const Block& block, std::span<double> out);

}  // namespace skymill
