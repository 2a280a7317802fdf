#include "base/log.h"

#include <utility>

namespace skymill {
namespace {

LogSink& sink() {
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

void set_log_sink(LogSink installed) { sink() = std::move(installed); }

void log(LogLevel level, std::string_view event, const Json& fields) {
  if (sink()) sink()(level, event, fields);
}

}  // namespace skymill
