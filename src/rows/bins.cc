#include "rows/bins.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace skymill {

uint8_t FeatureBins::bin_of(double value) const {
  if (std::isnan(value)) return static_cast<uint8_t>(num_bins - 1);
  // Branch-free binary search: the number of cuts below the value.
  const double* base = upper.data();
  size_t length = upper.size();
  while (length > 0) {
    const size_t half = length / 2;
    const bool right = base[half] < value;
    base = right ? base + half + 1 : base;
    length = right ? length - half - 1 : half;
  }
  return static_cast<uint8_t>(base - upper.data());
}

Result<std::shared_ptr<const Bins>> Bins::make(const std::vector<Feature>& features,
                                               std::vector<FeatureBins> bins) {
  if (features.size() != bins.size()) {
    return Error{Code::kInternal, "bins do not match the features"};
  }
  std::vector<Feature> output = features;
  for (size_t f = 0; f < bins.size(); ++f) {
    const FeatureBins& rule = bins[f];
    const bool fits = rule.kind == features[f].kind && rule.num_bins >= 1 && rule.num_bins <= 256;
    const bool numbers =
        rule.kind != FeatureKind::kNumber ||
        (rule.upper.size() + 2 <= rule.num_bins && std::ranges::is_sorted(rule.upper) &&
         std::ranges::none_of(rule.upper, [](double v) { return std::isnan(v); }));
    const bool levels =
        std::ranges::all_of(rule.level_bin, [&](uint8_t bin) { return bin < rule.num_bins; });
    if (!fits || !numbers || !levels) {
      return Error{Code::kCorruptData,
                   cat("the bins of feature '", features[f].name, "' are damaged")};
    }
    output[f].kind = FeatureKind::kBin;
    output[f].levels.clear();
  }
  return std::shared_ptr<const Bins>(new Bins(std::move(bins), std::move(output)));
}

Result<Block> Bins::apply(const Block& block, BlockBuffer& out) const {
  out.resize(output_, block.num_rows, false, false);
  out.own_columns(output_);
  for (size_t f = 0; f < bins_.size(); ++f) {
    uint8_t* to = out.bins(f).data();
    const FeatureColumn& from = block.features[f];
    if (from.number != nullptr) {
      for (size_t i = 0; i < block.num_rows; ++i) to[i] = bins_[f].bin_of(from.number[i]);
    } else {
      for (size_t i = 0; i < block.num_rows; ++i) to[i] = bins_[f].bin_of(from.code[i]);
    }
  }
  Block result = block;
  result.features = out.columns;
  return result;
}

void Bins::write(Bytes& out) const {
  ByteWriter writer(out);
  // The input's features: the output's with the kind of the bins.
  std::vector<Feature> input = output_;
  for (size_t f = 0; f < input.size(); ++f) input[f].kind = bins_[f].kind;
  writer.put_text(features_json(input).dump());
  for (const FeatureBins& rule : bins_) {
    writer.put(rule.num_bins);
    writer.put_array(rule.upper);
    writer.put_array(rule.level_bin);
  }
}

Result<std::shared_ptr<const Transform>> Bins::read(std::string_view bytes) {
  ByteReader reader(bytes);
  const std::string text = SKYMILL_TRY(reader.get_text());
  const std::vector<Feature> features =
      SKYMILL_TRY(features_from_json(SKYMILL_TRY(Json::parse(text))));
  std::vector<FeatureBins> bins(features.size());
  for (size_t f = 0; f < bins.size(); ++f) {
    bins[f].kind = features[f].kind;
    bins[f].num_bins = SKYMILL_TRY(reader.get<uint32_t>());
    bins[f].upper = SKYMILL_TRY(reader.get_array<double>());
    bins[f].level_bin = SKYMILL_TRY(reader.get_array<uint8_t>());
  }
  SKYMILL_TRY(reader.finish());
  return std::shared_ptr<const Transform>(SKYMILL_TRY(make(features, std::move(bins))));
}

}  // namespace skymill
