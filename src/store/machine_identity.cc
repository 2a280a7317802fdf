#include "store/machine_identity.h"

#include <fstream>

#include "base/text.h"
#include "store/endpoint.h"
#include "store/environment.h"

namespace skymill {

bool machine_may_be_asked() { return environment("SKYMILL_MACHINE_IDENTITY") == "1"; }

Result<std::string> machine_endpoint(const char* variable) {
  const std::string url = environment(variable);
  if (url.empty()) return std::string("http://169.254.169.254");
  return checked_endpoint(url.find("://") == std::string::npos ? "http://" + url : url);
}

Result<std::string> token_file(const std::string& path) {
  constexpr size_t kMostBytes = 64 << 10;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMostBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  std::string token(trim(text));
  if (!token.empty() && text.size() <= kMostBytes) return token;
  return Error{Code::kNotFound,
               "the token that the platform keeps in a file cannot be read",
               "the variable that names the file is set by the platform: check it",
               {.source = path}};
}

}  // namespace skymill
