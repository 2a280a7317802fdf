// FeaturePlan: every decision about every column, fitted once on the training rows, applied the
// same way wherever a model sees rows. It turns raw blocks into the features a body was made for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "rows/row_source.h"

namespace skymill {

enum class MissingMethod : uint8_t {
  kFail,      // an error that names the column
  kDrop,      // the row is left out
  kMean,      // numbers
  kMedian,    // numbers
  kMode,      // the most frequent value; the smallest of several
  kMin,       // numbers
  kMax,       // numbers
  kConstant,  // a given value
  kNative,    // left missing: for trees
  kLevel,     // categories: a level of its own
};

/// "fail", "drop", …
std::string_view missing_method_name(MissingMethod method);

/// What to do about missing values, as the user asked for it.
struct MissingPolicy {
  struct Choice {
    MissingMethod method = MissingMethod::kFail;
    std::string constant = {};
  };
  std::optional<Choice> number = {};                         // for all numbers
  std::optional<Choice> category = {};                       // for all categories
  std::vector<std::pair<std::string, Choice>> columns = {};  // by name; wins

  /// "mean", "number=median,category=mode", "age=constant:16". A bare method applies to the kinds
  /// of column it fits.
  static Result<MissingPolicy> parse(std::string_view text);
};

struct ColumnPlan {
  Feature input;
  MissingMethod missing = MissingMethod::kNative;
  double fill = 0;                             // numbers: in place of NaN
  uint32_t fill_code = kUnseenCode;            // categories: in place of kMissingCode
  std::vector<std::string> added_levels = {};  // of the output, after the input's
  uint64_t missing_rows = 0;                   // among the training rows

  bool operator==(const ColumnPlan&) const = default;
};

class FeaturePlan final : public Transform {
 public:
  /// Takes the columns as they are: numbers keep NaN, categories kMissingCode.
  static std::shared_ptr<const FeaturePlan> identity(const std::vector<Feature>& features);
  static Result<std::shared_ptr<const FeaturePlan>> make(std::vector<ColumnPlan> columns);

  const std::vector<ColumnPlan>& columns() const { return columns_; }

  std::string_view name() const override { return "feature_plan"; }
  const std::vector<Feature>& output() const override { return output_; }
  /// Errors: a missing value where the method is kFail.
  Result<Block> apply(const Block& block, BlockBuffer& out) const override;

  Json to_json() const;
  static Result<std::shared_ptr<const FeaturePlan>> from_json(const Json& json);
  /// The JSON as text: one serial form for the model file and the kernel.
  void write(Bytes& out) const override;
  static Result<std::shared_ptr<const Transform>> read(std::string_view bytes);

 private:
  explicit FeaturePlan(std::vector<ColumnPlan> columns);

  std::vector<ColumnPlan> columns_;
  std::vector<Feature> output_;
};

struct PlanOptions {
  MissingPolicy missing = {};
  bool native_missing = false;  // the trainer takes missing values: then that is the default
};

/// Fits a plan on the rows of one selection: one scan, and up to four more where a median is asked.
/// Errors: a method that does not fit a column, `fail` where values are missing.
Result<std::shared_ptr<const FeaturePlan>> fit_plan(RowSource& source, const Selection& rows,
                                                    const PlanOptions& options,
                                                    RunContext& context);

/// The passes that preparing asks for.
std::span<const PassInfo> prepare_passes();

}  // namespace skymill
