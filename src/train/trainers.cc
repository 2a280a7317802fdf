// The list of trainers. Adding one: its file, its declaration and its line here.
#include <array>

#include "base/text.h"
#include "train/trainer.h"

namespace skymill {

TrainerInfo linear_regression();
TrainerInfo logistic_regression();
TrainerInfo decision_tree();
TrainerInfo random_forest();

std::span<const TrainerInfo> trainers() {
  static const std::array<TrainerInfo, 4> kTrainers = {linear_regression(), logistic_regression(),
                                                       decision_tree(), random_forest()};
  return kTrainers;
}

Result<const TrainerInfo*> trainer_named(std::string_view name) {
  std::vector<std::string> names;
  for (const TrainerInfo& trainer : trainers()) {
    if (trainer.name == name) return &trainer;
    names.emplace_back(trainer.name);
  }
  return Error{Code::kInvalidArgument,
               cat("unknown trainer '", name, "'"),
               suggest(name, names),
               {.field = "model"}};
}

}  // namespace skymill
