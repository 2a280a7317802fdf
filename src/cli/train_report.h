// What train tells: as text for people, as JSON with stable keys for programs.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "engine/engine.h"
#include "prepare/choose_rows.h"
#include "train/fit_model.h"

namespace skymill {

struct TrainReport {
  std::string path;  // of the model file; empty when there is none
  struct {
    std::string registry;
    std::string name;  // empty: not registered
    uint64_t version = 0;
    std::string alias;
  } registered;
  std::string sha256;
  std::string trainer;
  std::string task_reason;
  FitOutcome outcome;
  std::vector<LeftOut> left_out;
  std::vector<BadRow> bad_rows;
  uint64_t bad_row_count = 0;
  struct {
    double read = 0;
    double write = 0;
  } seconds;
  uint64_t peak_memory_bytes = 0;
};

Json report_json(const TrainReport& report);
std::string report_text(const TrainReport& report);

/// Metrics beside the baseline, and for classes precision, recall and the confusion matrix.
std::string metrics_text(const MetricReport& metrics);

}  // namespace skymill
