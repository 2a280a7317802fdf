#include "rows/kernel_request.h"

#include <algorithm>

#include "base/error_map.h"
#include "base/text.h"

namespace skymill {
namespace {

Result<std::shared_ptr<const Transform>> read_transform(std::string_view name,
                                                        std::string_view bytes,
                                                        std::span<const TransformInfo> known) {
  for (const TransformInfo& info : known) {
    if (info.name == name) return info.read(bytes);
  }
  return Error{Code::kCorruptData, cat("unknown transform '", name, "'")};
}

}  // namespace

Bytes encode_request(const RowSchema& rows, std::span<const Job> jobs) {
  Transforms distinct;
  for (const Job& job : jobs) {
    for (const auto& transform : job.transforms) {
      if (std::ranges::find(distinct, transform) == distinct.end()) distinct.push_back(transform);
    }
  }
  Bytes out;
  ByteWriter writer(out);
  writer.put_text(row_schema_json(rows).dump());
  writer.put(static_cast<uint64_t>(distinct.size()));
  for (const auto& transform : distinct) {
    Bytes bytes;
    transform->write(bytes);
    writer.put_text(transform->name());
    writer.put_text(bytes);
  }
  writer.put(static_cast<uint64_t>(jobs.size()));
  for (const Job& job : jobs) {
    writer.put_text(job.pass);
    writer.put_text(job.parameters);
    write_selection(writer, job.rows);
    std::vector<uint32_t> indexes;
    for (const auto& transform : job.transforms) {
      indexes.push_back(
          static_cast<uint32_t>(std::ranges::find(distinct, transform) - distinct.begin()));
    }
    writer.put_array(indexes);
  }
  return out;
}

Result<KernelRequest> decode_request(std::string_view bytes,
                                     std::span<const TransformInfo> transforms) {
  ByteReader reader(bytes);
  KernelRequest request;
  const std::string rows = SKYMILL_TRY(reader.get_text());
  request.rows = SKYMILL_TRY(row_schema_from_json(SKYMILL_TRY(Json::parse(rows))));
  Transforms distinct;
  const uint64_t transform_count = SKYMILL_TRY(reader.get_count(2 * sizeof(uint64_t)));
  for (uint64_t t = 0; t < transform_count; ++t) {
    const std::string name = SKYMILL_TRY(reader.get_text());
    const std::string body = SKYMILL_TRY(reader.get_text());
    distinct.push_back(SKYMILL_TRY(read_transform(name, body, transforms)));
  }
  const uint64_t job_count = SKYMILL_TRY(reader.get_count(4 * sizeof(uint64_t)));
  for (uint64_t j = 0; j < job_count; ++j) {
    Job job;
    job.pass = SKYMILL_TRY(reader.get_text());
    job.parameters = SKYMILL_TRY(reader.get_text());
    job.rows = SKYMILL_TRY(read_selection(reader));
    for (const uint32_t index : SKYMILL_TRY(reader.get_array<uint32_t>())) {
      if (index >= distinct.size()) {
        return Error{Code::kCorruptData, "a job names no transform"};
      }
      job.transforms.push_back(distinct[index]);
    }
    request.jobs.push_back(std::move(job));
  }
  SKYMILL_TRY(reader.finish());
  return request;
}

Bytes encode_reply(const RowCounts& counts, const std::vector<std::unique_ptr<PassState>>& states) {
  Bytes out;
  ByteWriter writer(out);
  writer.put(counts.read);
  writer.put(counts.missing_label);
  writer.put(counts.missing_weight);
  writer.put(static_cast<uint64_t>(states.size()));
  for (const auto& state : states) {
    Bytes bytes;
    state->write(bytes);
    writer.put_text(bytes);
  }
  return out;
}

Result<KernelReply> decode_reply(std::string_view bytes) {
  ByteReader reader(bytes);
  KernelReply reply;
  reply.counts.read = SKYMILL_TRY(reader.get<uint64_t>());
  reply.counts.missing_label = SKYMILL_TRY(reader.get<uint64_t>());
  reply.counts.missing_weight = SKYMILL_TRY(reader.get<uint64_t>());
  const uint64_t states = SKYMILL_TRY(reader.get_count(sizeof(uint64_t)));
  for (uint64_t s = 0; s < states; ++s) reply.states.push_back(SKYMILL_TRY(reader.get_text()));
  SKYMILL_TRY(reader.finish());
  return reply;
}

Bytes encode_error(const Error& error) {
  Json out = Json::object();
  out.set("code", meaning(error.code).name);
  out.set("message", error.message);
  out.set("hint", error.hint);
  out.set("field", error.place.field);
  return out.dump();
}

Error decode_error(std::string_view bytes) {
  const auto json = Json::parse(bytes);
  if (!json) return {Code::kInternal, cat("the kernel failed: ", bytes)};
  const auto text = [&](std::string_view key) {
    const Json* value = json->find(key);
    return value != nullptr && value->is_string() ? value->as_string() : std::string();
  };
  Error error{Code::kInternal, text("message"), text("hint"), {.field = text("field")}};
  for (uint8_t c = 0; c <= static_cast<uint8_t>(Code::kInternal); ++c) {
    if (meaning(static_cast<Code>(c)).name == text("code")) error.code = static_cast<Code>(c);
  }
  return error;
}

}  // namespace skymill
