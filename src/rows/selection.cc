#include "rows/selection.h"

namespace skymill {

unsigned Selection::fold(uint64_t key, double label) const {
  if (cuts.empty()) return 0;
  size_t group = 0;
  if (cuts.size() > 1 && label >= 0 && label < static_cast<double>(cuts.size())) {
    group = static_cast<size_t>(label);
  }
  const uint64_t hash = key_hash(seed, key);
  unsigned fold = 0;
  for (const uint64_t cut : cuts[group]) fold += cut <= hash ? 1 : 0;
  return fold;
}

void select_rows(const Block& block, const Selection& selection, std::vector<uint32_t>& rows) {
  rows.clear();
  for (size_t i = 0; i < block.num_rows; ++i) {
    const double label = block.label.empty() ? 0 : block.label[i];
    if (selection.selects(block.key[i], label)) rows.push_back(static_cast<uint32_t>(i));
  }
}

void write_selection(ByteWriter& out, const Selection& selection) {
  out.put(selection.seed);
  out.put(static_cast<uint64_t>(selection.cuts.size()));
  for (const CutPoints& cuts : selection.cuts) out.put_array(cuts);
  out.put(selection.mask);
}

Result<Selection> read_selection(ByteReader& in) {
  Selection selection;
  selection.seed = SKYMILL_TRY(in.get<uint64_t>());
  const uint64_t groups = SKYMILL_TRY(in.get_count(sizeof(uint64_t)));
  for (uint64_t group = 0; group < groups; ++group) {
    selection.cuts.push_back(SKYMILL_TRY(in.get_array<uint64_t>()));
    if (selection.cuts.back().size() > 63) {
      return Error{Code::kCorruptData, "a selection has more than 64 folds"};
    }
  }
  selection.mask = SKYMILL_TRY(in.get<uint64_t>());
  return selection;
}

}  // namespace skymill
