// From the sums of one or more folds to the metrics of a classification.
#include <algorithm>
#include <cmath>

#include "evaluate/classification_metrics.h"
#include "evaluate/intervals.h"

namespace skymill {
namespace {

/// Rows of one class, or predicted to be of it, and how many of them are right.
struct ShareTotals {
  double w = 0;
  double w2 = 0;
  double hit_w = 0;
};

/// All folds together.
struct Totals {
  std::vector<ShareTotals> of_true;
  std::vector<ShareTotals> of_predicted;
  ShareTotals all;
  ShareTotals baseline;
  MeanMoments loss;
  MeanMoments baseline_loss;
};

size_t largest(std::span<const double> shares) {
  return static_cast<size_t>(std::ranges::max_element(shares) - shares.begin());
}

void add_loss(const MeanMoments& fold, MeanMoments& to) {
  to.w += fold.w;
  to.w2 += fold.w2;
  to.wx += fold.wx;
  to.w2x += fold.w2x;
  to.w2x2 += fold.w2x2;
}

void add_fold(const ClassificationFold& fold, Totals& totals) {
  const ClassificationSums& sums = *fold.sums;
  const size_t majority = largest(fold.baseline_shares);
  MeanMoments loss{.wx = sums.loss().wx.value(),
                   .w2x = sums.loss().w2x.value(),
                   .w2x2 = sums.loss().w2x2.value()};
  MeanMoments baseline_loss;
  for (size_t c = 0; c < sums.classes().size(); ++c) {
    const auto& of_class = sums.classes()[c];
    const double w = of_class.true_w.value();
    const double w2 = of_class.true_w2.value();
    const double hit_w = of_class.hit_w.value();
    const double x = log_loss_of(fold.baseline_shares[c]);
    loss.w += w;
    loss.w2 += w2;
    baseline_loss.wx += w * x;
    baseline_loss.w2x += w2 * x;
    baseline_loss.w2x2 += w2 * (x * x);
    const auto add = [](ShareTotals& to, const ShareTotals& part) {
      to.w += part.w;
      to.w2 += part.w2;
      to.hit_w += part.hit_w;
    };
    add(totals.of_true[c], {w, w2, hit_w});
    add(totals.of_predicted[c],
        {of_class.predicted_w.value(), of_class.predicted_w2.value(), hit_w});
    add(totals.all, {w, w2, hit_w});
    add(totals.baseline, {w, w2, c == majority ? w : 0});
  }
  baseline_loss.w = loss.w;
  baseline_loss.w2 = loss.w2;
  add_loss(loss, totals.loss);
  add_loss(baseline_loss, totals.baseline_loss);
}

MetricValue share_metric(std::string name, const ShareTotals& totals, const std::string& none) {
  if (totals.w == 0) return undefined_metric(std::move(name), none);
  const double share = totals.hit_w / totals.w;
  const Interval interval = wilson_interval(share, effective_rows(totals.w, totals.w2));
  return {std::move(name), share, interval.low, interval.high, "wilson"};
}

MetricValue log_loss(const MeanMoments& moments) {
  if (moments.w == 0) return undefined_metric("log_loss", "there are no rows");
  const Estimate mean = mean_estimate(moments);
  if (std::isnan(mean.value)) return undefined_metric("log_loss", "a prediction is no number");
  const Interval interval = log_interval(mean);
  return {"log_loss", mean.value, interval.low, interval.high, "student t, log scale"};
}

/// Every score of the baseline ties, whatever the rows.
MetricValue baseline_auc(const MetricValue& auc) {
  if (std::isnan(auc.value)) return undefined_metric("auc", auc.how.substr(auc.how.find(' ') + 1));
  return {"auc", 0.5, 0.5, 0.5, "exact: a constant score"};
}

void report_classes(std::span<const ClassificationFold> folds, const Totals& totals,
                    MetricReport& report) {
  const size_t classes = report.classes.size();
  report.confusion.assign(classes, std::vector<uint64_t>(classes, 0));
  report.per_class.clear();
  for (size_t c = 0; c < classes; ++c) {
    uint64_t rows = 0;
    for (const ClassificationFold& fold : folds) {
      for (size_t p = 0; p < classes; ++p) {
        report.confusion[c][p] += fold.sums->confusion(c, p);
        rows += fold.sums->confusion(c, p);
      }
    }
    report.per_class.push_back(
        {report.classes[c], rows,
         share_metric("precision", totals.of_predicted[c],
                      "no row is predicted to be of the class"),
         share_metric("recall", totals.of_true[c], "no row is of the class")});
  }
}

}  // namespace

void report_classification(std::span<const ClassificationFold> folds, MetricReport& report) {
  const size_t classes = report.classes.size();
  Totals totals{.of_true = std::vector<ShareTotals>(classes),
                .of_predicted = std::vector<ShareTotals>(classes)};
  std::vector<const AucRows*> auc_rows;
  for (const ClassificationFold& fold : folds) {
    add_fold(fold, totals);
    auc_rows.push_back(&fold.sums->auc());
  }
  const std::string none = "there are no rows";
  report.metrics = {share_metric("accuracy", totals.all, none), log_loss(totals.loss),
                    auc_metric(auc_rows)};
  report.baseline = {share_metric("accuracy", totals.baseline, none),
                     log_loss(totals.baseline_loss), baseline_auc(report.metrics.back())};
  report_classes(folds, totals, report);
}

}  // namespace skymill
