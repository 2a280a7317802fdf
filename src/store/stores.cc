// The list of stores: a new one is a file beside this and a line here.
#include "store/stores.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "store/aws_settings.h"
#include "store/azure_settings.h"
#include "store/azure_store.h"
#include "store/gcs_settings.h"
#include "store/gcs_store.h"
#include "store/hdfs_settings.h"
#include "store/http_store.h"
#include "store/local_store.h"
#include "store/memory_store.h"
#include "store/s3_store.h"
#include "store/webhdfs_store.h"

namespace skymill {
namespace {

Result<ObjectLocation> open_local(const Uri& uri) {
  std::string path = uri.path;
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ObjectLocation{local_store(""), std::move(path)};
  return ObjectLocation{local_store(path.substr(0, slash + 1)), path.substr(slash + 1)};
}

Result<ObjectLocation> open_memory(const Uri& uri) {
  return ObjectLocation{memory_store(uri.bucket), uri.path};
}

Result<ObjectLocation> open_s3(const Uri& uri) {
  return ObjectLocation{SKYMILL_TRY(s3_store(uri.bucket).at_source(uri.text())), uri.path};
}

Result<std::string> own_user(const Uri&) { return std::string("the user of this process"); }

Result<std::string> aws_account(const Uri&) {
  const AwsSettings settings = SKYMILL_TRY(aws_settings());
  return cat("credentials from ", settings.credentials.origin, ", region ", settings.region,
             settings.endpoint.empty() ? "" : ", endpoint " + settings.endpoint);
}

Result<std::string> azure_account(const Uri& uri) {
  const AzureSettings settings = SKYMILL_TRY(azure_settings(host_of_azure(uri)));
  return cat("account ", settings.account, ", credentials from ", settings.origin, ", endpoint ",
             settings.endpoint);
}

Result<ObjectLocation> open_gcs(const Uri& uri) {
  return ObjectLocation{SKYMILL_TRY(gcs_store(uri.bucket).at_source(uri.text())), uri.path};
}

Result<std::string> gcs_account(const Uri&) {
  const GcsSettings settings = SKYMILL_TRY(gcs_settings());
  const std::string& email = settings.credentials.email;
  return cat(email.empty() ? "" : cat("account ", email, ", "), "credentials from ",
             settings.credentials.origin, ", endpoint ", settings.endpoint);
}

Result<std::string> hdfs_account(const Uri& uri) {
  const HdfsSettings settings = SKYMILL_TRY(hdfs_settings(uri.scheme, uri.bucket));
  return cat(settings.user.text(), ", endpoint ", settings.endpoint);
}

Result<std::string> nobody(const Uri&) { return std::string("nobody: nothing is signed"); }

constexpr std::array<StoreInfo, 7> kStores = {{
    {"file", "files and folders of this machine", open_local, own_user},
    {"s3", "Amazon S3 and what speaks its language", open_s3, aws_account},
    {"gs", "Google Cloud Storage", open_gcs, gcs_account},
    {"az", "Azure Blob Storage; abfss:// too", open_azure, azure_account, true, {"abfss", "abfs"}},
    {"hdfs",
     "HDFS, through WebHDFS; webhdfs:// and swebhdfs:// too",
     open_webhdfs,
     hdfs_account,
     true,
     {"webhdfs", "swebhdfs"}},
    {"https",
     "files of web servers, to read; http:// on this machine",
     open_http,
     nobody,
     false,
     {"http"}},
    {"memory", "objects in this process's memory, gone when it ends", open_memory, own_user},
}};

}  // namespace

std::span<const StoreInfo> stores() { return kStores; }

const StoreInfo* store_of(std::string_view scheme) {
  const auto* found = std::ranges::find_if(kStores, [scheme](const StoreInfo& store) {
    return store.scheme == scheme || std::ranges::find(store.also, scheme) != store.also.end();
  });
  return found == kStores.end() ? nullptr : found;
}

Result<ObjectLocation> locate(std::string_view uri) {
  const Uri parsed = SKYMILL_TRY(Uri::parse(uri));
  const size_t colon = std::min(uri.find(':'), uri.find("//"));
  const std::string before = colon == std::string_view::npos ? "" : lower(uri.substr(0, colon));
  if (parsed.scheme == "file" && !before.empty() && before != "file" && before != "memory" &&
      store_of(before) != nullptr) {
    const size_t rest = std::min(uri.size(), uri.find_first_not_of(":/", colon));
    return Error{Code::kInvalidArgument, cat("'", parsed.text(), "' is neither a path nor a URI"),
                 cat("write ", before, "://", uri.substr(rest), ", or ./", parsed.text())};
  }
  std::vector<std::string> known;
  if (const StoreInfo* store = store_of(parsed.scheme); store != nullptr) {
    return store->open(parsed);
  }
  for (const StoreInfo& store : kStores) known.emplace_back(store.scheme);
  return Error{Code::kUnsupported,
               cat("there is no store for ", parsed.scheme, "://"),
               suggest(parsed.scheme, known),
               {.source = parsed.text()}};
}

}  // namespace skymill
