#include "base/log.h"

#include <utility>

namespace skymill {
namespace {

LogSink& installed_sink() {
  static LogSink installed;
  return installed;
}

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

void set_log_sink(LogSink sink) { installed_sink() = std::move(sink); }

void log(LogLevel level, std::string_view event, const Json& fields) {
  if (installed_sink()) installed_sink()(level, event, fields);
}

}  // namespace skymill
