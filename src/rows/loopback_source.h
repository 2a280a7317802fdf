// The loopback source: the same rows in shuffled partitions, each folded by libskymill_kernel.so
// with every parameter, transform and state going through bytes. The cheapest proof that a trainer
// will work on a cluster.
#pragma once

#include <memory>
#include <string>

#include "rows/local_source.h"

namespace skymill {

struct LoopbackOptions {
  std::string kernel_path;  // of libskymill_kernel.so
  size_t partitions = 3;
  uint64_t shuffle_seed = 1;
};

/// Reads all rows into memory and deals them out. Rows keep the keys that the local source would
/// give them. Errors: the kernel library cannot be opened.
Result<std::unique_ptr<RowSource>> make_loopback_source(const StreamFactory& factory,
                                                        RowSchema rows,
                                                        const LoopbackOptions& options);

}  // namespace skymill
