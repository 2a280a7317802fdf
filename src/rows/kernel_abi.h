// The C entry of libskymill_kernel.so, as its callers see it. Plain C, so that any executor can
// load the library; nothing of C++ crosses.
#pragma once

#include <cstdint>

#include "table/arrow_c.h"

extern "C" {

/// Bytes that the kernel owns until skymill_kernel_free.
struct SkymillKernelBytes {
  const char* data;
  uint64_t size;
};

/// Folds one partition. `request` is what encode_request made; `rows` is consumed. Returns 0 with
/// the reply (decode_reply) in `out`, or 1 with an error (JSON: code, message, hint, field).
typedef int (*SkymillKernelRun)(const char* request, uint64_t request_size, uint64_t partition,
                                struct ArrowArrayStream* rows, struct SkymillKernelBytes* out);
typedef void (*SkymillKernelFree)(struct SkymillKernelBytes* bytes);

}  // extern "C"

namespace skymill {

inline constexpr const char* kKernelRunName = "skymill_kernel_run";
inline constexpr const char* kKernelFreeName = "skymill_kernel_free";

}  // namespace skymill
