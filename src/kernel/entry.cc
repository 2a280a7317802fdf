// The C entry: one partition of rows in, the states of the jobs out. No exception leaves it.
#include <cstring>
#include <new>

#include "base/text.h"
#include "kernel/kernel.h"
#include "rows/job_runner.h"
#include "rows/kernel_abi.h"
#include "rows/kernel_request.h"
#include "rows/roles.h"

namespace skymill {
namespace {

Result<Bytes> run_partition(std::string_view request_bytes, uint64_t partition,
                            ArrowArrayStream* rows) {
  std::unique_ptr<TableStream> stream = SKYMILL_TRY(import_stream(rows));
  const KernelRequest request = SKYMILL_TRY(decode_request(request_bytes, kernel_transforms()));
  ThreadPool pool(1);  // an executor runs many partitions side by side
  const Cancel cancel;
  const RunContext context{
      .passes = kernel_passes(), .transforms = kernel_transforms(), .pool = pool, .cancel = cancel};
  auto runner = SKYMILL_TRY(JobRunner::make(request.jobs, request.rows.features, context));
  BlockReader reader(std::move(stream), std::make_shared<Roles>(request.rows, true), partition);
  std::vector<BlockBuffer> buffers(kRunBlocks);
  for (uint64_t run = 0;; ++run) {
    std::vector<JobRunner::Input> inputs;
    for (BlockBuffer& buffer : buffers) {
      const std::optional<Block> block = SKYMILL_TRY(reader.next(buffer));
      if (!block) break;
      inputs.push_back({.raw = *block});
    }
    if (inputs.empty()) break;
    SKYMILL_TRY(runner->add_run(run, inputs, 0));
  }
  const auto states = SKYMILL_TRY(runner->finish());
  return encode_reply(reader.counts(), states);
}

/// A copy that skymill_kernel_free can give back.
bool hand_over(std::string_view bytes, SkymillKernelBytes* out) {
  char* copy = new (std::nothrow) char[bytes.size() + 1];
  if (copy == nullptr) return false;
  std::memcpy(copy, bytes.data(), bytes.size());
  *out = {copy, bytes.size()};
  return true;
}

}  // namespace
}  // namespace skymill

extern "C" int skymill_kernel_run(const char* request, uint64_t request_size, uint64_t partition,
                                  ArrowArrayStream* rows, SkymillKernelBytes* out) {
  *out = {nullptr, 0};
  try {
    auto reply = skymill::run_partition({request, request_size}, partition, rows);
    if (reply) return skymill::hand_over(*reply, out) ? 0 : 1;
    skymill::hand_over(skymill::encode_error(reply.error()), out);
  } catch (const std::bad_alloc&) {
    const skymill::Error error{skymill::Code::kResourceExhausted, "the kernel ran out of memory"};
    skymill::hand_over(skymill::encode_error(error), out);
  } catch (const std::exception& failure) {
    const skymill::Error error{skymill::Code::kInternal,
                               skymill::cat("the kernel failed: ", failure.what())};
    skymill::hand_over(skymill::encode_error(error), out);
  }
  return 1;
}

extern "C" void skymill_kernel_free(SkymillKernelBytes* bytes) {
  delete[] bytes->data;
  *bytes = {nullptr, 0};
}
