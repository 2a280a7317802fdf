// eval: how good a model is on a labelled file, beside the baseline of its training rows.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command.h"
#include "cli/gate.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "cli/progress_bar.h"
#include "cli/registry_options.h"
#include "cli/train_report.h"
#include "evaluate/metrics.h"
#include "kernel/kernel.h"
#include "rows/local_source.h"
#include "store/uri.h"

namespace skymill {
namespace {

struct EvalOptions {
  std::string model;
  std::string source;
  std::vector<std::string> gates;
  RegistryOptions registry;
  CommonOptions common;
  DataOptions data;
};

Result<MetricReport> judge(const EvalOptions& options, Console& console,
                           const std::shared_ptr<const Model>& model) {
  const Json* baseline = model->provenance.find("baseline");
  if (baseline == nullptr) {
    return Error{Code::kCorruptData,
                 "the model does not carry its baseline",
                 "train it again",
                 {.source = shown_uri(options.model)}};
  }
  const ModelRows rows{.model = model, .uri = options.source, .with_label = true};
  // Standard input can be read once: the first stream is opened here, and one scan is enough.
  auto source = make_local_source([&] { return open_model_rows(rows, options.data); }, model->rows,
                                  {.memory_bytes = 0});
  ThreadPool pool(options.common.threads);
  ProgressBar bar(console, "evaluating", "rows");
  RunContext context{.passes = kernel_passes(),
                     .transforms = kernel_transforms(),
                     .pool = pool,
                     .cancel = interrupt(),
                     .progress = [&](uint64_t done, uint64_t total) { bar.update(done, total); }};
  const Job job = SKYMILL_TRY(metric_job(model, SKYMILL_TRY(baseline_from_json(*baseline)), {}));
  auto states = SKYMILL_TRY(source->run(std::span<const Job>(&job, 1), context));
  if (source->counts().used() == 0) {
    return Error{Code::kSchemaMismatch,
                 "there is no row with a label",
                 "check the file",
                 {.source = shown_uri(options.source)}};
  }
  if (const uint64_t missing = source->counts().missing_label; missing > 0) {
    console.note(cat(grouped(missing), " rows without a label were left out"));
  }
  return collect_metrics(std::move(states));
}

Result<void> eval(const EvalOptions& options, Console& console) {
  SKYMILL_TRY(options.common.apply(console));
  std::vector<Gate> gates;
  for (const std::string& text : options.gates) {
    gates.push_back(SKYMILL_TRY(usage(Gate::parse(text))));
  }
  const auto model = SKYMILL_TRY(open_model(options.model, options.registry));
  for (const Gate& gate : gates) SKYMILL_TRY(usage(gate.check_name(model->rows.task)));
  const MetricReport report = SKYMILL_TRY(judge(options, console, model));
  if (console.json) {
    Json out = Json::object();
    out.set("model", shown_uri(options.model));
    out.set("source", shown_uri(options.source));
    const Json metrics = report.to_json();
    for (const Json::Member& member : metrics.members()) out.set(member.first, member.second);
    Json passed = Json::array();
    for (size_t i = 0; i < gates.size(); ++i) {
      Json item = Json::object();
      item.set("gate", options.gates[i]);
      item.set("passed", gates[i].check(report).has_value());
      passed.push(std::move(item));
    }
    if (!gates.empty()) out.set("gates", std::move(passed));
    console.print_json(out);
  } else {
    console.print(cat(grouped(report.rows), " rows judged",
                      report.rows_dropped > 0
                          ? cat(", ", grouped(report.rows_dropped), " dropped by the plan")
                          : std::string(),
                      "\n", metrics_text(report)));
  }
  for (const Gate& gate : gates) SKYMILL_TRY(gate.check(report));
  return {};
}

RunCommand define(CLI::App& app) {
  auto options = std::make_shared<EvalOptions>();
  app.add_option("model", options->model, "a model file, or NAME@ALIAS of the registry")
      ->required();
  app.add_option("source", options->source, "a labelled file, or - for standard input")->required();
  app.add_option("--gate", options->gates,
                 "fail (exit 3) unless it holds: 'auc > 0.8'; repeatable");
  options->data.add_to(app);
  options->registry.add_to(app);
  options->registry.add_trust_to(app);
  options->common.add_to(app);
  return [options](Console& console) { return eval(*options, console); };
}

}  // namespace

CommandInfo eval_command() {
  return {"eval", "how good a model is on a labelled file",
          "skymill eval gender.skymill test.csv --gate 'auc > 0.8'", define};
}

}  // namespace skymill
