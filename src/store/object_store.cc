#include "store/object_store.h"

#include <random>

#include "base/sha256.h"
#include "base/text.h"

namespace skymill {

Result<void> check_key(const std::string& key) {
  const auto refused = [](const char* why) {
    return Error{Code::kInvalidArgument, cat("not a name for an object: ", why),
                 "name an object, relative to its store"};
  };
  if (key.empty()) return refused("it is empty");
  if (key.find('\0') != std::string::npos) return refused("it holds a NUL byte");
  for (const std::string& part : split(key, '/')) {
    if (part.empty()) return refused("it has an empty part beside a '/'");
    if (part == "." || part == "..") return refused("it has a part '.' or '..'");
  }
  return {};
}

Error object_changed(const std::string& where) {
  return {Code::kCorruptData,
          "the file has changed since it was first read",
          "run again when nothing writes to it",
          {.source = where}};
}

std::string new_write_id() {
  std::random_device random;
  std::string bytes;
  for (int i = 0; i < 16; ++i) bytes += static_cast<char>(random());
  return hex_text(bytes);
}

Result<std::string> read_object(ObjectStore& store, const std::string& key, uint64_t limit) {
  const ObjectInfo info = SKYMILL_TRY(store.stat(key));
  if (info.size > limit) {
    return Error{Code::kResourceExhausted,
                 cat("the object has ", format_bytes(info.size), ", at most ", format_bytes(limit),
                     " are read"),
                 {},
                 {.source = store.where(key)}};
  }
  return store.read(key, 0, info.size, info.etag);
}

Result<void> write_object(ObjectStore& store, const std::string& key, std::string_view bytes,
                          WriteMode mode) {
  auto writer = SKYMILL_TRY(store.write(key, mode));
  SKYMILL_TRY(writer->append(bytes));
  return writer->commit();
}

}  // namespace skymill
