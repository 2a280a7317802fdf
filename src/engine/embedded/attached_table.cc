#include "engine/embedded/attached_table.h"

#include <map>

#include "base/text.h"
#include "engine/embedded/watch.h"

namespace skymill {

Result<void> check_names(const std::vector<std::string>& names, const std::string& file) {
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto [first, added] = seen.emplace(lower(names[i]), i);
    if (added) continue;
    const bool equal = names[first->second] == names[i];
    return Error{Code::kSchemaMismatch,
                 equal ? cat("two columns are named '", names[i], "': number ", first->second + 1,
                             " and ", i + 1)
                       : cat("the columns '", names[first->second], "' and '", names[i],
                             "' differ only in case, which SQL does not tell apart"),
                 "rename one of them in the file",
                 {.source = file, .line = 1, .field = names[i]}};
  }
  return {};
}

Result<void> check_given_schema(const Schema& given, const std::vector<std::string>& names,
                                const std::string& file) {
  for (const Field& field : given.fields) {
    if (std::find(names.begin(), names.end(), field.name) == names.end()) {
      return Error{Code::kSchemaMismatch,
                   cat(file, " has no column '", field.name, "'"),
                   suggest(field.name, names),
                   {.source = file, .field = field.name}};
    }
  }
  for (const std::string& name : names) {
    if (!given.find(name)) {
      return Error{Code::kSchemaMismatch,
                   cat(file, " has a column '", name, "' that the schema does not name"),
                   suggest(name, given.names()),
                   {.source = file, .field = name}};
    }
  }
  return {};
}

Result<DuckRows> watched_rows(const AttachContext& context, const DuckConnection& connection,
                              const std::string& sql) {
  const Cancel* cancel = context.options.cancel;
  auto rows = [&] {
    const Watch watch(connection.get(), cancel, context.options.progress);
    return duck_rows(connection.get(), sql);
  }();
  if (cancel != nullptr) SKYMILL_TRY(cancel->check());
  return rows;
}

}  // namespace skymill
