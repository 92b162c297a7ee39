// source/otlp_json_values.hpp - times, ids, numbers and attributes, as any exporter writes them.
//
// The JSON mapping says one form for each; what is seen has others, also of old versions: integers
// as text or as two halves, ids in base64 or as lists of bytes, enumerations by name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/json.hpp"
#include "source/arena.hpp"
#include "source/otlp_model.hpp"

namespace audit::source {

inline constexpr std::size_t kTraceIdBytes = 16;
inline constexpr std::size_t kSpanIdBytes = 8;

// A member under either of its names.
inline bool is_member(std::string_view key, std::string_view camel, std::string_view snake) {
  return key == camel || key == snake;
}

// An integer in any of the forms that exporters give it.
[[nodiscard]] std::optional<std::int64_t> read_integer(const base::JsonValue& value);

// Reads the values of one part; notes what was not as it should be.
class OtlpJsonValues {
 public:
  OtlpJsonValues(Arena& room, OtlpPlace& place) : room_(room), place_(place) {}

  std::string_view text(const base::JsonValue& value);
  // Nanoseconds since 1970; 0 for none.
  std::int64_t time(const base::JsonValue& value);
  // The number of an enumeration, also from its name.
  int enumeration(const base::JsonValue& value, std::string_view prefix,
                  std::initializer_list<std::string_view> names);
  // An id of `bytes` bytes as lower-case hexadecimal; a text that is no id stays as it is.
  std::string_view id(const base::JsonValue& value, std::size_t bytes);
  OtlpAttributes attributes(const base::JsonValue& list, int depth = 0);
  OtlpValue any(const base::JsonValue& value, int depth);

  // How many of `count` values may be read.
  std::size_t grant(std::size_t count);

 private:
  OtlpAttribute attribute(const base::JsonValue& object, int depth);
  void any_member(std::string_view key, const base::JsonValue& member, int depth, OtlpValue& read);
  // A value that stands there without saying of which type it is.
  OtlpValue bare(const base::JsonValue& value);
  OtlpValue boolean(const base::JsonValue& value);
  OtlpValue integer(const base::JsonValue& value);
  OtlpValue real(const base::JsonValue& value);
  OtlpValue bytes(const base::JsonValue& value);
  OtlpValue array(const base::JsonValue& value, int depth);
  OtlpValue map(const base::JsonValue& value, int depth);
  // The member `values` of an array or a map; nothing where there are too many in each other.
  std::optional<base::JsonValue> values_of(const base::JsonValue& value, int depth);

  Arena& room_;
  OtlpPlace& place_;
  std::size_t left_ = kMaxOtlpValues;
};

}  // namespace audit::source
