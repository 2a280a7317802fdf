// A request to run jobs where rows live, and the reply, as bytes.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "rows/row_source.h"

namespace skymill {

struct KernelRequest {
  RowSchema rows;
  std::vector<Job> jobs;
};

/// Equal transforms (the same objects) are written once.
Bytes encode_request(const RowSchema& rows, std::span<const Job> jobs);
Result<KernelRequest> decode_request(std::string_view bytes,
                                     std::span<const TransformInfo> transforms);

struct KernelReply {
  RowCounts counts;
  std::vector<Bytes> states;  // in the order of the jobs
};

Bytes encode_reply(const RowCounts& counts, const std::vector<std::unique_ptr<PassState>>& states);
Result<KernelReply> decode_reply(std::string_view bytes);

/// An error as the kernel hands it over, and back.
Bytes encode_error(const Error& error);
Error decode_error(std::string_view bytes);

}  // namespace skymill
