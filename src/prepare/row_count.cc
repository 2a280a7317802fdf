#include "prepare/row_count.h"

#include "prepare/prepare_passes.h"

namespace skymill {
namespace {

class RowCountState final : public PassState {
 public:
  uint64_t rows = 0;

  void add(const Block& block) override { rows += block.num_rows; }
  Result<void> merge(PassState&& other) override {
    rows += same_state<RowCountState>(other).rows;
    return {};
  }
  void write(Bytes& out) const override { ByteWriter(out).put(rows); }
};

Result<std::unique_ptr<PassState>> make_state(std::string_view) {
  return std::make_unique<RowCountState>();
}

Result<std::unique_ptr<PassState>> read_state(std::string_view, std::string_view bytes) {
  auto state = std::make_unique<RowCountState>();
  ByteReader reader(bytes);
  state->rows = SKYMILL_TRY(reader.get<uint64_t>());
  SKYMILL_TRY(reader.finish());
  return state;
}

}  // namespace

PassInfo row_count_pass() { return {"row_count", true, make_state, read_state}; }

Result<uint64_t> count_rows(RowSource& source, const Selection& rows, const Transforms& transforms,
                            RunContext& context) {
  Job job{.pass = "row_count", .parameters = {}, .rows = rows, .transforms = transforms};
  return SKYMILL_TRY(run_one<RowCountState>(source, std::move(job), context))->rows;
}

}  // namespace skymill
