// The bytes of a model file (docs/formats/model_file.md):
//   0   8   magic "SKYMILL\n"
//   8   4   version, 1
//   12  4   zero
//   16  8   length of the header, H
//   24  64  SHA-256 of the header, hex
//   88  H   header, JSON
//   …       zeros to a multiple of 64; then each array, zeros to a multiple of 64
// All numbers are little-endian. The header names each array's dtype, count, offset and SHA-256.
#include "model/model_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/mapped_file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "model/body_arrays.h"
#include "model/golden_rows.h"

namespace skymill {
namespace {

constexpr std::string_view kMagic = "SKYMILL\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kHeaderStart = 88;
constexpr size_t kAlignment = 64;

size_t aligned(size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

Error damaged(const std::string& what) {
  return {Code::kCorruptData, cat("this is no good model file: ", what),
          "write the model again, or fetch it again from where it came"};
}

template <typename T>
T number_at(std::string_view bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

Result<std::string> write_model(std::shared_ptr<const Model> model, const GoldenRows& golden) {
  SKYMILL_TRY(model->validate());
  const BodyArrays body = to_arrays(model->body);
  Json header = Json::object();
  header.set("format", "skymill model");
  header.set("build", SKYMILL_BUILD_ID);
  header.set("rows", row_schema_json(model->rows));
  header.set("plan", model->plan->to_json());
  Json null_texts = Json::array();
  for (const std::string& text : model->null_texts) null_texts.push(text);
  header.set("null_texts", std::move(null_texts));
  header.set("body", body.facts);
  Json table = Json::array();
  size_t offset = 0;  // from the first array
  for (const BodyArrays::Array& array : body.arrays) {
    Json item = Json::object();
    item.set("name", array.name);
    item.set("dtype", array.dtype);
    item.set("count", array.bytes.size() / dtype_size(array.dtype));
    item.set("offset", offset);
    item.set("sha256", sha256_hex(array.bytes));
    table.push(std::move(item));
    offset += aligned(array.bytes.size());
  }
  header.set("arrays", std::move(table));
  header.set("golden", golden_json(golden));
  header.set("provenance", model->provenance);

  const std::string text = header.dump();
  std::string out(kMagic);
  ByteWriter writer(out);
  writer.put(kVersion);
  writer.put(uint32_t{0});
  writer.put(static_cast<uint64_t>(text.size()));
  out += sha256_hex(text);
  out += text;
  out.resize(aligned(out.size()), '\0');
  for (const BodyArrays::Array& array : body.arrays) {
    out += array.bytes;
    out.resize(aligned(out.size()), '\0');
  }
  return out;
}

namespace {

/// The header after every check that needs no understanding of it.
Result<Json> read_header(std::string_view bytes, size_t& header_end) {
  if (bytes.size() < kHeaderStart || !bytes.starts_with(kMagic)) {
    return damaged("it does not start as one");
  }
  const auto version = number_at<uint32_t>(bytes, 8);
  if (version != kVersion) {
    return Error{
        Code::kUnsupported,
        cat("the model file has version ", version, "; this build reads version ", kVersion),
        "use a newer skymill"};
  }
  const auto length = number_at<uint64_t>(bytes, 16);
  if (number_at<uint32_t>(bytes, 12) != 0 || length > bytes.size() - kHeaderStart) {
    return damaged("it is cut off in its header");
  }
  const std::string_view text = bytes.substr(kHeaderStart, length);
  if (sha256_hex(text) != bytes.substr(24, 64)) return damaged("its header's hash does not match");
  header_end = kHeaderStart + length;
  return Json::parse(text).context("the header of the model file");
}

/// Whether bytes [start, end) are there and zero.
bool zeros(std::string_view bytes, size_t start, size_t end) {
  return end <= bytes.size() &&
         bytes.substr(start, end - start).find_first_not_of('\0') == std::string_view::npos;
}

Result<BodyArrays> read_arrays(const Json& header, std::string_view bytes, size_t header_end) {
  const size_t data_start = aligned(header_end);
  BodyArrays body;
  const Json* facts = header.find("body");
  if (facts == nullptr) return damaged("'body' is missing");
  body.facts = *facts;
  // Arrays stand one after the other with zeros between: every byte of a file is accounted for.
  size_t end = data_start;
  if (!zeros(bytes, header_end, data_start)) return damaged("its header is followed by no zeros");
  for (const Json& item : *SKYMILL_TRY(header.array_at("arrays"))) {
    BodyArrays::Array array;
    array.name = SKYMILL_TRY(item.string_at("name"));
    array.dtype = SKYMILL_TRY(item.string_at("dtype"));
    const int64_t count = SKYMILL_TRY(item.integer_at("count"));
    const int64_t offset = SKYMILL_TRY(item.integer_at("offset"));
    const size_t width = dtype_size(array.dtype);
    if (width == 0) return damaged(cat("unknown dtype '", array.dtype, "'"));
    if (end > bytes.size() || offset < 0 || count < 0 ||
        static_cast<uint64_t>(offset) != end - data_start) {
      return damaged(cat("array '", array.name, "' is out of range"));
    }
    const size_t start = end;
    if (static_cast<uint64_t>(count) > (bytes.size() - start) / width) {
      return damaged(cat("it is cut off in array '", array.name, "'"));
    }
    array.bytes = bytes.substr(start, static_cast<size_t>(count) * width);
    if (sha256_hex(array.bytes) != SKYMILL_TRY(item.string_at("sha256"))) {
      return damaged(cat("the hash of array '", array.name, "' does not match"));
    }
    end = aligned(start + array.bytes.size());
    if (!zeros(bytes, start + array.bytes.size(), end)) {
      return damaged(cat("array '", array.name, "' is followed by no zeros"));
    }
    body.arrays.push_back(std::move(array));
  }
  if (bytes.size() != end) return damaged("it does not end where its arrays end");
  return body;
}

}  // namespace

Result<std::shared_ptr<const Model>> read_model(std::string_view bytes) {
  size_t header_end = 0;
  const Json header = SKYMILL_TRY(read_header(bytes, header_end));
  const BodyArrays body = SKYMILL_TRY(read_arrays(header, bytes, header_end));
  auto model = std::make_shared<Model>();
  const Json* rows = header.find("rows");
  const Json* plan = header.find("plan");
  const Json* golden = header.find("golden");
  const Json* provenance = header.find("provenance");
  if (rows == nullptr || plan == nullptr || golden == nullptr || provenance == nullptr) {
    return damaged("a part of its header is missing");
  }
  model->rows = SKYMILL_TRY(row_schema_from_json(*rows));
  model->plan = SKYMILL_TRY(FeaturePlan::from_json(*plan));
  model->provenance = *provenance;
  model->null_texts.clear();
  for (const Json& text : *SKYMILL_TRY(header.array_at("null_texts"))) {
    if (!text.is_string()) return damaged("'null_texts' holds a non-text");
    model->null_texts.push_back(text.as_string());
  }
  model->body = SKYMILL_TRY(from_arrays(body));
  SKYMILL_TRY(model->validate());
  const std::string build = SKYMILL_TRY(header.string_at("build"));
  SKYMILL_TRY(replay_golden_rows(*golden, model, build == SKYMILL_BUILD_ID));
  return std::shared_ptr<const Model>(std::move(model));
}

Result<std::shared_ptr<const Model>> load_model(const std::string& path) {
  const auto file = SKYMILL_TRY(MappedFile::open(path));
  return read_model(file->bytes()).at_source(path);
}

}  // namespace skymill
