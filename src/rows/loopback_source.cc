#include "rows/loopback_source.h"

#include <dlfcn.h>

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "base/text.h"
#include "rows/kernel_abi.h"
#include "rows/kernel_request.h"

namespace skymill {
namespace {

/// The column that carries ordinals where the user named no key.
constexpr const char* kOrdinalColumn = "(row ordinal)";

/// Copies one value of `from` to the end of `to`.
void append_value(ColumnBuilder& to, const ColumnView& from, size_t row) {
  if (from.missing(row)) return to.append_missing();
  switch (from.type) {
    case Type::kBoolean:
      return to.append_boolean(from.boolean(row));
    case Type::kInteger:
    case Type::kTimestamp:
      return to.append_integer(from.integers[row]);
    case Type::kNumber:
    case Type::kFloat:
      return to.append_number(from.numbers[row]);
    case Type::kDate:
      return to.append_date(from.days[row]);
    case Type::kText:
      return to.append_text(from.text(row));
  }
}

/// Deals the rows of a stream out to partitions, in shuffled order.
Result<std::vector<Table>> deal(TableStream& stream, const LoopbackOptions& options,
                                bool with_ordinals) {
  std::vector<Table> tables;
  std::vector<std::pair<uint32_t, uint32_t>> places;  // table, row
  while (true) {
    std::optional<Table> table = SKYMILL_TRY(stream.next());
    if (!table) break;
    for (uint32_t row = 0; row < table->num_rows; ++row) {
      places.emplace_back(static_cast<uint32_t>(tables.size()), row);
    }
    tables.push_back(std::move(*table));
  }
  std::vector<uint64_t> order(places.size());
  std::iota(order.begin(), order.end(), uint64_t{0});
  std::ranges::sort(order, {}, [&](uint64_t i) { return key_hash(options.shuffle_seed, i); });

  auto schema = std::make_shared<Schema>(*stream.schema());
  if (with_ordinals) schema->fields.push_back({kOrdinalColumn, Type::kInteger});
  std::vector<Table> partitions;
  for (size_t p = 0; p < options.partitions; ++p) {
    std::vector<ColumnBuilder> builders;
    for (const Field& field : schema->fields) builders.emplace_back(field.type);
    size_t rows = 0;
    for (size_t i = p; i < order.size(); i += options.partitions, ++rows) {
      const auto [t, row] = places[order[i]];
      for (size_t c = 0; c < tables[t].columns.size(); ++c) {
        append_value(builders[c], tables[t].columns[c].view, row);
      }
      if (with_ordinals) builders.back().append_integer(static_cast<int64_t>(order[i]));
    }
    Table partition{.schema = schema, .columns = {}, .num_rows = rows};
    for (ColumnBuilder& builder : builders) partition.columns.push_back(builder.finish());
    partitions.push_back(std::move(partition));
  }
  return partitions;
}

class LoopbackSource final : public RowSource {
 public:
  LoopbackSource(std::vector<Table> partitions, RowSchema rows, RowSchema dealt,
                 SkymillKernelRun run, SkymillKernelFree free)
      : partitions_(std::move(partitions)),
        rows_(std::move(rows)),
        dealt_(std::move(dealt)),
        run_(run),
        free_(free) {}

  const RowSchema& schema() const override { return rows_; }
  RowCounts counts() const override { return counts_; }
  Result<std::vector<std::unique_ptr<PassState>>> run(std::span<const Job> jobs,
                                                      RunContext& context) override;
  /// Executors that keep blocks come with the Spark source; here nothing is gained by it.
  Result<void> keep(Transforms) override { return {}; }
  /// The rows live "elsewhere": trees grow by passes.
  Result<std::optional<BinnedTable>> resident(const Transforms&, uint64_t, RunContext&) override {
    return std::optional<BinnedTable>();
  }

 private:
  Result<KernelReply> run_partition(const Bytes& request, size_t partition) const;

  std::vector<Table> partitions_;
  RowSchema rows_;
  RowSchema dealt_;  // rows_ with the ordinal as key
  SkymillKernelRun run_;
  SkymillKernelFree free_;
  RowCounts counts_;
};

Result<KernelReply> LoopbackSource::run_partition(const Bytes& request, size_t partition) const {
  ArrowArrayStream stream = {};
  export_stream(std::make_unique<MemoryStream>(partitions_[partition].schema,
                                               std::vector<Table>{partitions_[partition]}),
                &stream);
  SkymillKernelBytes bytes = {};
  const int status = run_(request.data(), request.size(), partition, &stream, &bytes);
  const std::string_view view(bytes.data, bytes.size);
  Result<KernelReply> reply =
      status == 0 ? decode_reply(view) : Result<KernelReply>(decode_error(view));
  free_(&bytes);
  return reply;
}

Result<std::vector<std::unique_ptr<PassState>>> LoopbackSource::run(std::span<const Job> jobs,
                                                                    RunContext& context) {
  const Bytes request = encode_request(dealt_, jobs);
  std::vector<Result<KernelReply>> replies(partitions_.size(),
                                           Error{Code::kInternal, "the partition did not run"});
  context.pool.parallel_for(partitions_.size(), [&](size_t p, unsigned) {
    const auto going = context.cancel.check();
    replies[p] = going ? run_partition(request, p) : Result<KernelReply>(going.error());
  });
  std::vector<std::unique_ptr<PassState>> merged;
  for (const Job& job : jobs) {
    const PassInfo* pass = SKYMILL_TRY(context.pass(job.pass));
    merged.push_back(SKYMILL_TRY(pass->make(job.parameters)));
  }
  counts_ = {};
  for (Result<KernelReply>& reply : replies) {
    if (!reply) return std::move(reply).error();
    if (reply->states.size() != jobs.size()) {
      return Error{Code::kInternal, "the kernel answered another number of jobs"};
    }
    counts_.read += reply->counts.read;
    counts_.missing_label += reply->counts.missing_label;
    counts_.missing_weight += reply->counts.missing_weight;
    for (size_t j = 0; j < jobs.size(); ++j) {
      const PassInfo* pass = SKYMILL_TRY(context.pass(jobs[j].pass));
      auto state = SKYMILL_TRY(pass->read(jobs[j].parameters, reply->states[j]));
      SKYMILL_TRY(merged[j]->merge(std::move(*state)));
    }
  }
  return merged;
}

}  // namespace

Result<std::unique_ptr<RowSource>> make_loopback_source(const StreamFactory& factory,
                                                        RowSchema rows,
                                                        const LoopbackOptions& options) {
  // Never closed: its code may still be on the stack of a thread that ends late.
  void* library = dlopen(options.kernel_path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) {
    return Error{Code::kNotFound,
                 cat("the kernel library cannot be opened: ", dlerror()),
                 "it is built beside the program",
                 {.source = options.kernel_path}};
  }
  const auto run = reinterpret_cast<SkymillKernelRun>(dlsym(library, kKernelRunName));
  const auto free = reinterpret_cast<SkymillKernelFree>(dlsym(library, kKernelFreeName));
  if (run == nullptr || free == nullptr) {
    return Error{Code::kCorruptData,
                 "the kernel library lacks its entries",
                 "use the library of this build",
                 {.source = options.kernel_path}};
  }
  const std::unique_ptr<TableStream> stream = SKYMILL_TRY(factory());
  const bool ordinals = rows.key.empty();
  RowSchema dealt = rows;
  if (ordinals) dealt.key = kOrdinalColumn;
  auto partitions = SKYMILL_TRY(deal(*stream, options, ordinals));
  return std::make_unique<LoopbackSource>(std::move(partitions), std::move(rows), std::move(dealt),
                                          run, free);
}

}  // namespace skymill
