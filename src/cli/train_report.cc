#include "cli/train_report.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "cli/console.h"
#include "table/coercion.h"

namespace skymill {
namespace {

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json coefficients_json(const std::vector<Coefficient>& coefficients) {
  Json out = Json::array();
  for (const Coefficient& line : coefficients) {
    Json item = Json::object();
    item.set("term", line.term);
    item.set("estimate", optional_json(line.estimate));
    item.set("std_error", optional_json(line.std_error));
    item.set("statistic", optional_json(line.statistic));
    item.set("p_value", optional_json(line.p_value));
    item.set("low", optional_json(line.low));
    item.set("high", optional_json(line.high));
    out.push(std::move(item));
  }
  return out;
}

Json rows_dropped_json(const TrainReport& report) {
  const RowCounts& counts = report.outcome.counts;
  Json out = Json::object();
  out.set("missing_label", counts.missing_label);
  out.set("missing_weight", counts.missing_weight);
  out.set("missing_feature", report.outcome.rows_dropped_by_plan);
  out.set("bad", report.bad_row_count);
  return out;
}

Json features_used_json(const FitOutcome& outcome) {
  Json out = Json::array();
  for (const ColumnPlan& column : outcome.model->plan->columns()) {
    Json item = Json::object();
    item.set("name", column.input.name);
    item.set("type", type_name(column.input.type));
    item.set("missing", column.missing_rows);
    item.set("missing_method", missing_method_name(column.missing));
    out.push(std::move(item));
  }
  return out;
}

std::string p_text(const std::optional<double>& p) {
  if (!p) return "";
  return *p < 1e-4 ? "<0.0001" : format_short(*p, 3);
}

std::string coefficients_text(const std::vector<Coefficient>& coefficients) {
  constexpr size_t kShown = 30;
  std::vector<std::vector<std::string>> rows = {
      {"term", "estimate", "std error", "statistic", "p", "95 % low", "high"}};
  const auto text = [](const std::optional<double>& v) { return v ? format_short(*v, 5) : ""; };
  for (const Coefficient& line : coefficients) {
    if (rows.size() > kShown) break;
    rows.push_back({line.term, line.estimate ? format_short(*line.estimate, 6) : "(aliased)",
                    text(line.std_error), text(line.statistic), p_text(line.p_value),
                    text(line.low), text(line.high)});
  }
  std::string out = grid_text(rows, {false, true, true, true, true, true, true});
  if (coefficients.size() > kShown) {
    out += cat("… ", coefficients.size(), " terms in all; --json lists them\n");
  }
  return out;
}

std::string missing_text(const ColumnPlan& column) {
  std::string out =
      cat("  ", column.input.name, ": missing in ", grouped(column.missing_rows), " rows, ");
  switch (column.missing) {
    case MissingMethod::kNative:
      return out + "handled by the trees\n";
    case MissingMethod::kDrop:
      return out + "rows dropped\n";
    case MissingMethod::kLevel:
      return out + "kept as a level of its own\n";
    default:
      break;
  }
  out += cat("filled with the ", missing_method_name(column.missing));
  if (column.input.kind == FeatureKind::kNumber) {
    out += " " + format_short(column.fill);
  } else if (column.fill_code < column.input.levels.size()) {
    out += " " + quote_text(column.input.levels[column.fill_code]);
  }
  return out + "\n";
}

std::string rows_text(const TrainReport& report) {
  const RowCounts& counts = report.outcome.counts;
  const uint64_t used = counts.used() - report.outcome.rows_dropped_by_plan;
  std::string out = cat("rows: ", grouped(counts.read), " read, ", grouped(used), " used");
  const auto dropped = [&](uint64_t rows, std::string_view why) {
    if (rows > 0) out += cat(", ", grouped(rows), " ", why);
  };
  dropped(counts.missing_label, "without a label");
  dropped(counts.missing_weight, "without a weight");
  dropped(report.outcome.rows_dropped_by_plan, "dropped for a missing feature");
  dropped(report.bad_row_count, "bad");
  out += "\n";
  constexpr size_t kShown = 5;
  for (size_t i = 0; i < std::min(kShown, report.bad_rows.size()); ++i) {
    const BadRow& bad = report.bad_rows[i];
    out += cat("  ", bad.source, ":", bad.line, bad.column.empty() ? "" : " " + bad.column, ": ",
               bad.reason, "\n");
  }
  return out;
}

}  // namespace

Json report_json(const TrainReport& report) {
  const FitOutcome& outcome = report.outcome;
  const RowSchema& rows = outcome.model->rows;
  Json out = Json::object();
  out.set("model", report.path.empty() ? Json() : Json(report.path));
  out.set("model_sha256", report.sha256);
  if (const auto& at = report.registered; !at.name.empty()) {
    Json registered = Json::object();
    registered.set("registry", at.registry).set("name", at.name).set("version", at.version);
    registered.set("alias", at.alias.empty() ? Json() : Json(at.alias));
    out.set("registered", std::move(registered));
  }
  out.set("trainer", report.trainer);
  out.set("parameters", *outcome.model->provenance.find("parameters"));
  out.set("task", task_name(rows.task));
  out.set("task_reason", report.task_reason);
  out.set("label", rows.label);
  Json features = Json::array();
  for (const Feature& feature : rows.features) features.push(feature.name);
  out.set("features", std::move(features));
  out.set("feature_details", features_used_json(outcome));
  Json left_out = Json::array();
  for (const LeftOut& item : report.left_out) {
    Json entry = Json::object();
    entry.set("column", item.column);
    entry.set("reason", item.reason);
    left_out.push(std::move(entry));
  }
  out.set("left_out", std::move(left_out));
  out.set("rows_read", outcome.counts.read);
  out.set("rows_used", outcome.counts.used() - outcome.rows_dropped_by_plan);
  out.set("rows_dropped", rows_dropped_json(report));
  Json seconds = Json::object();
  seconds.set("read", report.seconds.read);
  seconds.set("plan", outcome.seconds.plan);
  seconds.set("fit", outcome.seconds.fit);
  seconds.set("evaluate", outcome.seconds.evaluate);
  seconds.set("write", report.seconds.write);
  out.set("seconds", std::move(seconds));
  out.set("peak_memory_bytes", report.peak_memory_bytes);
  if (outcome.metrics) {
    out.set("judged_by", outcome.judged_by);
    const Json metrics = outcome.metrics->to_json();
    for (const Json::Member& member : metrics.members()) {
      const bool counts = member.first.starts_with("rows");  // of the judged rows
      out.set(counts ? "judged_" + member.first : member.first, member.second);
    }
  }
  if (!outcome.report.coefficients.empty()) {
    out.set("coefficients", coefficients_json(outcome.report.coefficients));
  }
  if (!outcome.report.importance.empty()) {
    Json importance = Json::object();
    for (const auto& [name, share] : outcome.report.importance) importance.set(name, share);
    out.set("importance", std::move(importance));
  }
  out.set("details", outcome.report.details);
  Json warnings = Json::array();
  for (const std::string& warning : outcome.report.warnings) warnings.push(warning);
  out.set("warnings", std::move(warnings));
  return out;
}

std::string metrics_text(const MetricReport& metrics) {
  std::vector<std::vector<std::string>> rows = {
      {"metric", "value", "95 % low", "high", "baseline"}};
  const auto text = [](double v) { return std::isnan(v) ? "" : format_short(v, 4); };
  for (size_t m = 0; m < metrics.metrics.size(); ++m) {
    const MetricValue& metric = metrics.metrics[m];
    rows.push_back({metric.name, text(metric.value), text(metric.low), text(metric.high),
                    m < metrics.baseline.size() ? text(metrics.baseline[m].value) : ""});
  }
  std::string out = grid_text(rows, {false, true, true, true, true});
  if (metrics.per_class.empty()) return out;
  rows = {{"class", "rows", "precision", "recall"}};
  std::vector<bool> right = {false, true, true, true};
  const bool matrix = metrics.classes.size() <= 10;
  for (const std::string& name : metrics.classes) {
    if (!matrix) break;
    rows[0].push_back("as " + name);
    right.push_back(true);
  }
  for (size_t c = 0; c < metrics.per_class.size(); ++c) {
    const ClassMetrics& line = metrics.per_class[c];
    rows.push_back(
        {line.name, grouped(line.rows), text(line.precision.value), text(line.recall.value)});
    for (size_t k = 0; matrix && k < metrics.classes.size(); ++k) {
      rows.back().push_back(grouped(metrics.confusion[c][k]));
    }
  }
  return out + "\n" + grid_text(rows, right);
}

std::string report_text(const TrainReport& report) {
  const FitOutcome& outcome = report.outcome;
  const RowSchema& rows = outcome.model->rows;
  std::vector<std::string> names;
  for (const Feature& feature : rows.features) names.push_back(feature.name);
  std::string out = cat(report.trainer, ": ", rows.label, " from ", join(names, ", "), " (",
                        task_name(rows.task), ": ", report.task_reason, ")\n");
  out += rows_text(report);
  for (const ColumnPlan& column : outcome.model->plan->columns()) {
    if (column.missing_rows > 0) out += missing_text(column);
  }
  for (const LeftOut& item : report.left_out) {
    out += cat("  ", item.column, ": left out, ", item.reason, "\n");
  }
  if (!outcome.report.coefficients.empty()) {
    out += "\n" + coefficients_text(outcome.report.coefficients);
  }
  if (!outcome.report.importance.empty()) {
    std::vector<std::vector<std::string>> shares = {{"feature", "importance"}};
    for (const auto& [name, share] : outcome.report.importance) {
      shares.push_back({name, format_short(share, 3)});
    }
    out += "\n" + grid_text(shares, {false, true});
  }
  if (outcome.metrics) {
    out += cat("\njudged by ", outcome.judged_by, " (", grouped(outcome.metrics->rows), " rows)\n",
               metrics_text(*outcome.metrics));
  }
  if (!report.path.empty()) out += cat("\nwrote ", report.path, "\n");
  if (const auto& at = report.registered; !at.name.empty()) {
    out += cat("\nregistered as ", at.name, "@", at.version, at.alias.empty() ? "" : " and @",
               at.alias, " in ", at.registry, "\n");
  }
  return out;
}

}  // namespace skymill
