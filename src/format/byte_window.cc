#include "format/byte_window.h"

#include <algorithm>
#include <cstring>

namespace skymill {
namespace {

constexpr size_t kPiece = 1 << 20;

}  // namespace

ByteWindow::ByteWindow(ObjectLocation location, ObjectInfo object)
    : location_(std::move(location)), object_(std::move(object)), bytes_(kPadding, '\n') {}

Result<ByteWindow> ByteWindow::open(const ObjectLocation& location, ObjectInfo object) {
  ByteWindow window(location, std::move(object));
  SKYMILL_TRY(window.refill(window.begin()));
  const std::string_view bytes(window.begin(), window.size());
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    return Error{Code::kCorruptData,
                 "the file is UTF-16",
                 "convert it to UTF-8",
                 {.source = location.text(), .line = 1}};
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) window.skipped_ = 3;
  return window;
}

Result<void> ByteWindow::refill(const char* keep) {
  const auto kept = static_cast<size_t>(end() - keep);
  const uint64_t wanted = std::min<uint64_t>(object_.size - offset_, std::max(kPiece, kept));
  const std::string piece =
      SKYMILL_TRY(location_.store->read(location_.key, offset_, wanted, object_.etag));
  if (piece.size() != wanted) return object_changed(location_.text());
  offset_ += wanted;
  std::memmove(bytes_.data(), keep, kept);
  size_ = kept + piece.size();
  skipped_ = 0;
  bytes_.resize(size_ + kPadding);
  std::memcpy(bytes_.data() + kept, piece.data(), piece.size());
  std::memset(bytes_.data() + size_, '\n', kPadding);
  return {};
}

}  // namespace skymill
