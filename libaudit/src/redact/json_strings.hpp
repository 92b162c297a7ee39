// redact/json_strings.hpp - where the strings and numbers of a JSON text stand, and under which name.
//
// A walk over the bytes as they are: what is masked is replaced in place, and all else stays as it
// was written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace audit::redact {

struct JsonToken {
  enum class What : std::uint8_t { key, string, number } what;
  std::size_t begin;  // of the bytes between the quotation marks; of the number
  std::size_t end;
  // The name it stands under, without escapes; of a value in an attribute of OpenTelemetry
  // ({"key":...,"value":{"stringValue":...}}), the attribute's.
  std::string_view name;
  // The nearest name above it that may_name_secret(), where an object stands under it; else empty.
  std::string_view within;
  std::size_t depth;  // 1: in the outermost object
};

//   returns   false where it is no JSON after all; what was told until then may be wrong
[[nodiscard]] bool for_json_tokens(std::string_view text,
                                   const std::function<void(const JsonToken&)>& take);

}  // namespace audit::redact
