// Golden rows: a few input rows and their predictions, kept in the model file and replayed when it
// is loaded: a model that does not predict as it did when it was written is refused.
#pragma once

#include <memory>

#include "model/model_file.h"

namespace skymill {

Json golden_json(const GoldenRows& golden);

/// Predicts the rows again. `same_build`: the bits must be equal; else within 1e-12 of a
/// probability, or relative to the larger value.
Result<void> replay_golden_rows(const Json& golden, const std::shared_ptr<const Model>& model,
                                bool same_build);

}  // namespace skymill
