// Radix selection by counting: each round splits the cells that still hold a wanted rank into
// 65,536 parts by the next 16 key bits. Covered by quantiles_test.cc, which compares with sorting.
#include "prepare/quantiles.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "prepare/prepare_passes.h"

namespace skymill {
namespace {

constexpr unsigned kWideBits = 16;
constexpr size_t kCountBytes = size_t{256} << 20;  // of all counts at once
constexpr unsigned kNarrowBits = 8;
constexpr size_t kFewPrefixes = 2;

/// What one target counts in one round: values whose leading bits are one of the prefixes.
struct CountedTarget {
  QuantileTarget target;
  unsigned shift = 64 - kWideBits;      // of the cell within the key
  unsigned bits = kWideBits;            // of the cell
  std::vector<uint64_t> prefixes = {};  // ascending: key >> (shift + bits); round 1: {0}

  size_t cells() const { return size_t{1} << bits; }
  bool first_round() const { return shift + bits == 64; }
};

void write_parameters(Bytes& out, const std::vector<CountedTarget>& targets) {
  ByteWriter writer(out);
  writer.put(static_cast<uint64_t>(targets.size()));
  for (const CountedTarget& counted : targets) {
    writer.put(counted.target.by);
    writer.put(counted.target.feature);
    writer.put(counted.target.seed);
    writer.put(counted.target.label_class);
    writer.put(counted.shift);
    writer.put(counted.bits);
    writer.put_array(counted.prefixes);
  }
}

Result<std::vector<CountedTarget>> read_parameters(std::string_view bytes) {
  ByteReader reader(bytes);
  const uint64_t count = SKYMILL_TRY(reader.get_count(16));
  std::vector<CountedTarget> targets(count);
  for (CountedTarget& counted : targets) {
    counted.target.by = SKYMILL_TRY(reader.get<RankedBy>());
    counted.target.feature = SKYMILL_TRY(reader.get<uint32_t>());
    counted.target.seed = SKYMILL_TRY(reader.get<uint64_t>());
    counted.target.label_class = SKYMILL_TRY(reader.get<int32_t>());
    counted.shift = SKYMILL_TRY(reader.get<unsigned>());
    counted.bits = SKYMILL_TRY(reader.get<unsigned>());
    counted.prefixes = SKYMILL_TRY(reader.get_array<uint64_t>());
    if (counted.target.by > RankedBy::kKeyHash || counted.bits < 1 || counted.bits > kWideBits ||
        counted.shift > 64 - counted.bits || counted.prefixes.empty() ||
        counted.prefixes.size() > 1024) {
      return Error{Code::kCorruptData, "the parameters of a quantile pass are damaged"};
    }
  }
  SKYMILL_TRY(reader.finish());
  return targets;
}

class QuantileState final : public PassState {
 public:
  explicit QuantileState(std::vector<CountedTarget> targets) : targets_(std::move(targets)) {
    for (const CountedTarget& counted : targets_) {
      counts_.emplace_back(counted.prefixes.size() * counted.cells());
    }
  }

  const std::vector<uint64_t>& counts(size_t target) const { return counts_[target]; }

  void add(const Block& block) override {
    for (size_t t = 0; t < targets_.size(); ++t) {
      const QuantileTarget& target = targets_[t].target;
      if (target.by == RankedBy::kFeature) {
        const double* values = block.features[target.feature].number;
        for (size_t i = 0; i < block.num_rows; ++i) {
          if (!std::isnan(values[i])) count(t, order_key(values[i]));
        }
        continue;
      }
      for (size_t i = 0; i < block.num_rows; ++i) {
        if (target.label_class >= 0 && block.label[i] != target.label_class) continue;
        count(t, key_hash(target.seed, block.key[i]));
      }
    }
  }

  Result<void> merge(PassState&& other) override {
    auto& state = same_state<QuantileState>(other);
    for (size_t t = 0; t < counts_.size(); ++t) {
      for (size_t c = 0; c < counts_[t].size(); ++c) counts_[t][c] += state.counts_[t][c];
    }
    return {};
  }

  void write(Bytes& out) const override {
    ByteWriter writer(out);
    for (const auto& counts : counts_) writer.put_array(counts);
  }

  Result<void> read(std::string_view bytes) {
    ByteReader reader(bytes);
    for (auto& counts : counts_) {
      auto given = SKYMILL_TRY(reader.get_array<uint64_t>());
      if (given.size() != counts.size()) {
        return Error{Code::kCorruptData, "the state of a quantile pass is damaged"};
      }
      counts = std::move(given);
    }
    return reader.finish();
  }

 private:
  void count(size_t t, uint64_t key) {
    const CountedTarget& counted = targets_[t];
    const uint64_t cell = key >> counted.shift & (counted.cells() - 1);
    if (counted.first_round()) {
      ++counts_[t][cell];
      return;
    }
    const uint64_t prefix = key >> (counted.shift + counted.bits);
    const auto found = std::ranges::lower_bound(counted.prefixes, prefix);
    if (found == counted.prefixes.end() || *found != prefix) return;
    ++counts_[t][static_cast<size_t>(found - counted.prefixes.begin()) * counted.cells() + cell];
  }

  std::vector<CountedTarget> targets_;
  std::vector<std::vector<uint64_t>> counts_;
};

Result<std::unique_ptr<PassState>> make_state(std::string_view parameters) {
  return std::make_unique<QuantileState>(SKYMILL_TRY(read_parameters(parameters)));
}

Result<std::unique_ptr<PassState>> read_state(std::string_view parameters, std::string_view bytes) {
  auto state = std::make_unique<QuantileState>(SKYMILL_TRY(read_parameters(parameters)));
  SKYMILL_TRY(state->read(bytes));
  return state;
}

/// Where a wanted rank has been narrowed down to.
struct Narrowed {
  uint64_t prefix = 0;  // leading bits found so far
  uint64_t rank = 0;    // within the cell of that prefix
};

/// Moves each rank into its part of the cell, from the counts of the round.
void narrow(std::vector<Narrowed>& wanted, const CountedTarget& counted,
            const std::vector<uint64_t>& counts) {
  for (Narrowed& item : wanted) {
    const size_t slot = static_cast<size_t>(
        std::ranges::lower_bound(counted.prefixes, item.prefix) - counted.prefixes.begin());
    const uint64_t* cells = counts.data() + slot * counted.cells();
    size_t cell = 0;
    while (cell + 1 < counted.cells() && item.rank >= cells[cell]) item.rank -= cells[cell++];
    item.prefix = item.prefix << counted.bits | cell;
  }
}

std::vector<uint64_t> distinct_prefixes(const std::vector<Narrowed>& wanted) {
  std::vector<uint64_t> prefixes;
  for (const Narrowed& item : wanted) {
    if (prefixes.empty() || prefixes.back() != item.prefix) prefixes.push_back(item.prefix);
  }
  return prefixes;
}

Result<std::vector<QuantileCounts>> count_batch(RowSource& source, const RankedRows& ranked,
                                                const std::vector<QuantileTarget>& targets,
                                                const WantedRanks& ranks, unsigned bits,
                                                RunContext& context) {
  std::vector<QuantileCounts> out(targets.size());
  std::vector<std::vector<Narrowed>> wanted(targets.size(), std::vector<Narrowed>(1));
  unsigned known = 0;
  for (unsigned round_bits = kWideBits; known < bits; known += round_bits) {
    std::vector<CountedTarget> counted;
    std::vector<size_t> owners;
    size_t most = 0;
    for (size_t t = 0; t < targets.size(); ++t) {
      if (wanted[t].empty()) continue;
      counted.push_back({.target = targets[t], .prefixes = distinct_prefixes(wanted[t])});
      owners.push_back(t);
      most = std::max(most, counted.back().prefixes.size());
    }
    if (counted.empty()) break;
    round_bits = most <= kFewPrefixes ? kWideBits : kNarrowBits;
    for (CountedTarget& target : counted) {
      target.bits = round_bits;
      target.shift = 64 - known - round_bits;
    }
    Job job{.pass = "quantile_counts",
            .parameters = {},
            .rows = ranked.rows,
            .transforms = ranked.transforms};
    write_parameters(job.parameters, counted);
    const auto state = SKYMILL_TRY(run_one<QuantileState>(source, std::move(job), context));
    for (size_t c = 0; c < counted.size(); ++c) {
      const size_t t = owners[c];
      const std::vector<uint64_t>& counts = state->counts(c);
      if (known == 0) {
        for (const uint64_t count : counts) out[t].count += count;
        wanted[t].clear();
        if (out[t].count == 0) continue;
        for (const uint64_t rank : ranks(t, out[t].count)) wanted[t].push_back({0, rank});
      }
      narrow(wanted[t], counted[c], counts);
    }
  }
  for (size_t t = 0; t < targets.size(); ++t) {
    for (const Narrowed& item : wanted[t]) {
      out[t].keys.push_back(known >= 64 ? item.prefix
                                        : item.prefix << (64 - known) | (~uint64_t{0} >> known));
    }
  }
  return out;
}

}  // namespace

PassInfo quantile_pass() { return {"quantile_counts", true, make_state, read_state}; }

Result<std::vector<QuantileCounts>> exact_quantiles(RowSource& source, const RankedRows& ranked,
                                                    const std::vector<QuantileTarget>& targets,
                                                    const WantedRanks& ranks, unsigned bits,
                                                    RunContext& context) {
  // Each thread counts in a state of its own, and one more waits to be merged.
  const size_t target_bytes = (size_t{8} << kWideBits) * (context.pool.threads() + 1);
  const size_t batch = std::max<size_t>(1, kCountBytes / target_bytes);
  std::vector<QuantileCounts> out;
  for (size_t first = 0; first < targets.size(); first += batch) {
    const auto begin = targets.begin() + static_cast<std::ptrdiff_t>(first);
    const size_t count = std::min(batch, targets.size() - first);
    const auto batch_ranks = [&](size_t target, uint64_t values) {
      return ranks(first + target, values);
    };
    auto counts =
        SKYMILL_TRY(count_batch(source, ranked, {begin, begin + static_cast<std::ptrdiff_t>(count)},
                                batch_ranks, bits, context));
    std::ranges::move(counts, std::back_inserter(out));
  }
  return out;
}

}  // namespace skymill
