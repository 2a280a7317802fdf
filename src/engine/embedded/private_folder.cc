#include "engine/embedded/private_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/mapped_file.h"
#include "base/text.h"

namespace skymill {

Result<std::string> make_private_folder(const std::string& parent, const std::string& purpose) {
  std::error_code unknown;
  const std::string folder =
      parent.empty() ? std::filesystem::temp_directory_path(unknown).string() : parent;
  std::string path = cat(unknown ? std::string("/tmp") : folder, "/skymill-", purpose, "-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {  // mode 0700
    return file_error(path, cat("making a folder for ", purpose, " files"), errno);
  }
  return path;
}

}  // namespace skymill
