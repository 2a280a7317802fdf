// The little of XML that stores answer with: elements without attributes that matter, and text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace skymill {

/// The raw content of every <name>…</name> in `xml`, in order. Elements of one name must not nest.
std::vector<std::string_view> xml_elements(std::string_view xml, std::string_view name);
/// The text of the first one, its entities undone; empty when there is none.
std::string xml_text(std::string_view xml, std::string_view name);

}  // namespace skymill
