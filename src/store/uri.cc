#include "store/uri.h"

#include <algorithm>

#include "base/text.h"

namespace skymill {
namespace {

bool valid_scheme(std::string_view scheme) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  return !scheme.empty() && scheme.front() >= 'a' && scheme.front() <= 'z' &&
         std::ranges::all_of(scheme, allowed);
}

/// container@host, as Azure's drivers for Hadoop write it: what stands before the '@' is no user.
bool names_container(std::string_view scheme, std::string_view authority) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '$';
  };
  return (scheme == "abfss" || scheme == "abfs") && authority.find('@') == authority.rfind('@') &&
         std::ranges::all_of(authority.substr(0, authority.find('@')), allowed);
}

}  // namespace

Result<Uri> Uri::parse(std::string_view text) {
  if (text.empty()) return Error{Code::kInvalidArgument, "the path is empty", "name a file"};
  if (text.find('\0') != std::string_view::npos) {
    return Error{Code::kInvalidArgument, "a path cannot hold a NUL byte"};
  }
  const size_t mark = text.find("://");
  const std::string scheme = mark == std::string_view::npos ? "" : lower(text.substr(0, mark));
  if (!valid_scheme(scheme)) return Uri{"file", "", std::string(text)};

  std::string_view rest = text.substr(mark + 3);
  std::string_view query;
  if (scheme == "http" || scheme == "https") {
    rest = rest.substr(0, rest.find('#'));  // for readers of the page, never sent
    const size_t question = std::min(rest.find('?'), rest.size());
    query = rest.substr(std::min(question + 1, rest.size()));
    rest = rest.substr(0, question);
  }
  const size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  // The text is not repeated: it would put the secret into logs.
  if (authority.find('@') != std::string_view::npos && !names_container(scheme, authority)) {
    return Error{Code::kInvalidArgument, cat("the ", scheme, ":// URI holds a user or a password"),
                 "give credentials through the environment or the provider's files"};
  }
  if (scheme == "file") {
    if (!authority.empty() || slash == std::string_view::npos) {
      return Error{Code::kInvalidArgument, "a file URI names no absolute path",
                   "write file:///absolute/path, or a plain path"};
    }
    return Uri{scheme, "", std::string(rest)};
  }
  if (authority.empty()) {
    return Error{Code::kInvalidArgument, cat("the ", scheme, ":// URI names no bucket"),
                 cat("write ", scheme, "://bucket/key")};
  }
  const std::string_view key =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  return Uri{scheme, std::string(authority), std::string(key), std::string(query)};
}

std::string Uri::text() const {
  return scheme == "file" ? path : cat(scheme, "://", bucket, "/", path);
}

std::string shown_uri(const std::string& text) {
  const auto uri = Uri::parse(text);
  return uri ? uri->text() : text;
}

}  // namespace skymill
