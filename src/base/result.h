// Result<T>: a value or an Error that says what failed, where, and what to do next.
// The vocabulary is std::expected's (which GCC 12 lacks in C++20); see docs/decisions/001.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

namespace skymill {

/// What kind of failure this is; error_map.h gives each its exit status and HTTP status.
enum class Code : uint8_t {
  kInvalidArgument,    // the caller asked for something that cannot be
  kNotFound,           // a file, column, model or name does not exist
  kAlreadyExists,      // a create-if-absent lost
  kPermissionDenied,   // a store, a token or the SQL sandbox said no
  kSchemaMismatch,     // a value or column does not fit the schema
  kCorruptData,        // bytes that are not what their format says
  kUnsupported,        // valid, but not by this build
  kResourceExhausted,  // memory, disk or a stated limit was reached
  kTimeout,
  kCancelled,
  kUnavailable,  // try again later
  kGateFailed,   // a check, threshold or gate was not met
  kInternal,     // a library failed in a way nobody foresaw
};

/// Where in the input the failure sits; zero and empty mean "not known". Lines and columns count
/// from 1.
struct Place {
  std::string source = {};
  uint64_t line = 0;
  uint64_t column = 0;
  std::string field = {};

  bool operator==(const Place&) const = default;
};

struct Error {
  Code code = Code::kInternal;
  std::string message = {};  // what failed, about which object
  std::string hint = {};     // the way out; may be empty
  Place place = {};

  /// "message (file:line:column, field x); hint" for people.
  std::string text() const;
};

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

/// Our own bugs only: unreachable from any input.
#define SKYMILL_CHECK(condition)                               \
  do {                                                         \
    if (!(condition)) [[unlikely]]                             \
      ::skymill::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

template <typename T>
class [[nodiscard]] Result {
  using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

 public:
  using value_type = T;

  // Values and errors become results by themselves: that is what makes `return` read well.
  // NOLINTBEGIN(google-explicit-constructor)
  Result()
    requires std::is_void_v<T>
      : state_(std::in_place_index<0>) {}
  Result(Stored value)
    requires(!std::is_void_v<T>)
      : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  /// A derived pointer or other convertible value: `return std::make_unique<Derived>()`.
  template <typename U>
    requires(!std::is_void_v<T> && std::is_convertible_v<U, Stored> &&
             !std::is_same_v<std::remove_cvref_t<U>, Stored> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> &&
             !std::is_same_v<std::remove_cvref_t<U>, Result>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}
  // NOLINTEND(google-explicit-constructor)

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  Stored& value() & {
    SKYMILL_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  const Stored& value() const& {
    SKYMILL_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  Stored&& value() && {
    SKYMILL_CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  Stored& operator*() & { return value(); }
  const Stored& operator*() const& { return value(); }
  Stored&& operator*() && { return std::move(*this).value(); }
  Stored* operator->() { return &value(); }
  const Stored* operator->() const { return &value(); }

  Error& error() & {
    SKYMILL_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    SKYMILL_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    SKYMILL_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  /// Prefixes the message of an error, if there is one, with what was being done.
  Result context(const std::string& doing) && {
    if (!has_value()) error().message = doing + ": " + error().message;
    return std::move(*this);
  }
  /// Names the source of an error that does not name one yet.
  Result at_source(const std::string& source) && {
    if (!has_value() && error().place.source.empty()) error().place.source = source;
    return std::move(*this);
  }

 private:
  std::variant<Stored, Error> state_;
};

/// Yields the value of a Result or returns its error from the enclosing function. Not for the
/// second and later members of a braced initializer: GCC leaks the members already built.
#define SKYMILL_TRY(expression)                                                                  \
  __extension__({                                                                                \
    auto skymill_result = (expression);                                                          \
    if (!skymill_result.has_value()) return ::skymill::Error(std::move(skymill_result).error()); \
    std::move(skymill_result).value();                                                           \
  })

}  // namespace skymill
