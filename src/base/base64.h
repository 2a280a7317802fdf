// Base64 (RFC 4648), with padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace skymill {

std::string base64_text(std::string_view bytes);
/// Nothing when the text is no base64.
std::optional<std::string> base64_bytes(std::string_view text);

}  // namespace skymill
