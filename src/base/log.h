// Log: level, event and fields go to a sink that the program installs; the library never prints.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace skymill {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };

std::string_view log_level_name(LogLevel level);

/// Receives every entry; must be thread-safe. `fields` is an object.
using LogSink = std::function<void(LogLevel level, std::string_view event, const Json& fields)>;

/// Installs the sink; call it before threads start. Without one, entries are dropped.
void set_log_sink(LogSink sink);

/// `event` is a stable snake_case name. Secrets must not be passed.
void log(LogLevel level, std::string_view event, const Json& fields = Json::object());

}  // namespace skymill
