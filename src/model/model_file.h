// Model file: a model as bytes, data only. docs/formats/model_file.md draws the layout.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/model.h"

namespace skymill {

/// Rows kept in the file with their predictions; loading replays them.
struct GoldenRows {
  Table table;                 // the model's input columns
  std::vector<double> scores;  // row-major
};

/// The first `limit` rows of `table` with the model's predictions.
Result<GoldenRows> make_golden_rows(std::shared_ptr<const Model> model, const Table& table,
                                    size_t limit = 8);

/// The same model gives the same bytes.
Result<std::string> write_model(std::shared_ptr<const Model> model, const GoldenRows& golden);

/// Bounds-checked: any bytes give a model or an error. Verifies the hashes, validates the parts and
/// replays the golden rows (bit-equal from the same build, within 1e-12 from another).
Result<std::shared_ptr<const Model>> read_model(std::string_view bytes);

/// Larger files are not read into memory.
inline constexpr uint64_t kMaxModelBytes = uint64_t{16} << 30;

/// Reads a model file from a path.
Result<std::shared_ptr<const Model>> load_model(const std::string& path);

}  // namespace skymill
