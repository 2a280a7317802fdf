// trainers: what this build can train, and the parameters of each.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "train/trainer.h"

namespace skymill {
namespace {

Json trainer_json(const TrainerInfo& trainer) {
  Json out = Json::object();
  out.set("name", trainer.name);
  out.set("summary", trainer.summary);
  Json tasks = Json::array();
  for (const Task task : trainer.tasks) tasks.push(task_name(task));
  out.set("tasks", std::move(tasks));
  Json params = Json::array();
  for (const ParamSpec& spec : trainer.params) params.push(param_json(spec));
  out.set("parameters", std::move(params));
  return out;
}

std::string trainer_text(const TrainerInfo& trainer) {
  std::vector<std::string> tasks;
  for (const Task task : trainer.tasks) tasks.emplace_back(task_name(task));
  std::string out =
      cat(trainer.name, ": ", trainer.summary, "\ntasks: ", join(tasks, ", "), "\n\n");
  std::vector<std::vector<std::string>> rows = {{"parameter", "type", "default", "meaning"}};
  for (const ParamSpec& spec : trainer.params) {
    rows.push_back({spec.name, param_type_name(spec), param_text(spec.fallback), spec.summary});
  }
  return out + grid_text(rows, {false, false, false, false});
}

Result<void> show(const std::string& name, Console& console) {
  if (!name.empty()) {
    const TrainerInfo* trainer = SKYMILL_TRY(usage(trainer_named(name)));
    if (console.json) {
      console.print_json(trainer_json(*trainer));
    } else {
      console.print(trainer_text(*trainer));
    }
    return {};
  }
  Json all = Json::array();
  std::vector<std::vector<std::string>> rows;
  for (const TrainerInfo& trainer : trainers()) {
    all.push(trainer_json(trainer));
    rows.push_back({std::string(trainer.name), std::string(trainer.summary)});
  }
  if (console.json) {
    console.print_json(all);
  } else {
    console.print(grid_text(rows, {false, false}));
  }
  return {};
}

RunCommand define(CLI::App& app) {
  struct Options {
    std::string name;
    CommonOptions common;
  };
  auto options = std::make_shared<Options>();
  app.add_option("name", options->name, "a trainer, to see its parameters");
  options->common.add_to(app);
  return [options](Console& console) -> Result<void> {
    SKYMILL_TRY(options->common.apply(console));
    return show(options->name, console);
  };
}

}  // namespace

CommandInfo trainers_command() {
  return {"trainers", "what can be trained, with which parameters",
          "skymill trainers random_forest", define};
}

}  // namespace skymill
