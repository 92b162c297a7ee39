#include "source/otlp_json_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace audit::source {

namespace {

using base::JsonNumber;
using base::JsonValue;

constexpr int kMaxValueDepth = 100;

std::optional<std::int64_t> whole_number(const JsonNumber& number) {
  switch (number.kind) {
    case JsonNumber::Kind::signed_integer:
      return number.i;
    case JsonNumber::Kind::unsigned_integer:
      return std::nullopt;
    case JsonNumber::Kind::real:
      break;
  }
  constexpr double kLimit = 9.2e18;
  if (std::fabs(number.d) > kLimit || number.d != std::floor(number.d)) return std::nullopt;
  return static_cast<std::int64_t>(number.d);
}

OtlpValue of_text(std::string_view text) {
  OtlpValue read;
  read.kind = OtlpValue::Kind::text;
  read.text = text;
  return read;
}

// {"type":"Buffer","data":[1,2,3]}, as JavaScript prints bytes, or the list alone.
std::string byte_list(const JsonValue& value) {
  std::string bytes;
  const JsonValue list = value.member("data").value_or(value);
  list.for_elements([&](const JsonValue& element) {
    const auto number = read_integer(element);
    bytes.push_back(static_cast<char>(number.value_or(0)));
    return bytes.size() <= kTraceIdBytes;
  });
  return bytes;
}

}  // namespace

std::optional<std::int64_t> read_integer(const JsonValue& value) {
  if (value.kind() == JsonValue::Kind::number) return whole_number(value.number());
  if (value.kind() == JsonValue::Kind::string) {
    const std::string_view text = value.text();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
  }
  const auto low = value.member("low");
  const auto high = value.member("high");
  if (!low || !high || low->kind() != JsonValue::Kind::number ||
      high->kind() != JsonValue::Kind::number) {
    return std::nullopt;
  }
  const auto half = [](const JsonValue& part) {
    return static_cast<std::uint64_t>(whole_number(part.number()).value_or(0)) & 0xffffffff;
  };
  return static_cast<std::int64_t>(half(*high) << 32 | half(*low));
}

std::string_view OtlpJsonValues::text(const JsonValue& value) {
  if (value.kind() != JsonValue::Kind::string && value.kind() != JsonValue::Kind::null) {
    place_.wrong_type = true;
  }
  return value.text();
}

std::int64_t OtlpJsonValues::time(const JsonValue& value) {
  const auto number = read_integer(value);
  const bool fits = number && *number >= 0;
  if (!fits && value.kind() != JsonValue::Kind::null && !value.text().empty()) {
    place_.wrong_type = true;
  }
  return fits ? *number : 0;
}

int OtlpJsonValues::enumeration(const JsonValue& value, std::string_view prefix,
                                std::initializer_list<std::string_view> names) {
  if (const auto number = read_integer(value)) {
    return *number >= 0 && *number < 100 ? static_cast<int>(*number) : 0;
  }
  std::string_view name = value.text();
  if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  int number = 0;
  for (const std::string_view known : names) {
    if (name == known) return number;
    ++number;
  }
  place_.wrong_type |= value.kind() != JsonValue::Kind::null;
  return 0;
}

std::string_view OtlpJsonValues::id(const JsonValue& value, std::size_t bytes) {
  const std::string_view text = value.text();
  std::string hex;
  if (value.kind() == JsonValue::Kind::string) {
    if (base::from_hex(text)) {
      hex = base::to_lower_ascii(text);
    } else if (const auto decoded = base::from_base64(text); decoded && decoded->size() == bytes) {
      hex = base::to_hex(*decoded);
    } else {
      hex = text;
      place_.wrong_type = true;
    }
  } else if (value.kind() != JsonValue::Kind::null) {
    hex = base::to_hex(byte_list(value));
    place_.wrong_type |= hex.size() != 2 * bytes;
  }
  return hex.find_first_not_of('0') == std::string::npos ? std::string_view() : room_.text(hex);
}

OtlpAttributes OtlpJsonValues::attributes(const JsonValue& list, int depth) {
  std::size_t count = 0;
  list.for_elements([&](const JsonValue& element) { count += element.is_object(); });
  const std::span<OtlpAttribute> all = room_.list<OtlpAttribute>(grant(count));
  std::size_t next = 0;
  list.for_elements([&](const JsonValue& element) {
    if (!element.is_object()) return true;
    if (next == all.size()) return false;
    all[next++] = attribute(element, depth);
    return true;
  });
  return all;
}

OtlpValue OtlpJsonValues::any(const JsonValue& value, int depth) {
  if (!value.is_object()) return bare(value);
  OtlpValue read;
  value.for_members(
      [&](std::string_view key, const JsonValue& member) { any_member(key, member, depth, read); });
  return read;
}

std::size_t OtlpJsonValues::grant(std::size_t count) {
  const std::size_t granted = std::min(count, left_);
  place_.too_large |= granted < count;
  left_ -= granted;
  return granted;
}

OtlpAttribute OtlpJsonValues::attribute(const JsonValue& object, int depth) {
  OtlpAttribute attribute;
  object.for_members([&](std::string_view key, const JsonValue& member) {
    if (key == "key") attribute.key = text(member);
    if (key == "value") attribute.value = any(member, depth);
  });
  return attribute;
}

void OtlpJsonValues::any_member(std::string_view key, const JsonValue& member, int depth,
                                OtlpValue& read) {
  if (is_member(key, "stringValue", "string_value")) {
    if (member.kind() == JsonValue::Kind::string) read = of_text(member.text());
  } else if (is_member(key, "boolValue", "bool_value")) {
    read = boolean(member);
  } else if (is_member(key, "intValue", "int_value")) {
    read = integer(member);
  } else if (is_member(key, "doubleValue", "double_value")) {
    read = real(member);
  } else if (is_member(key, "bytesValue", "bytes_value")) {
    read = bytes(member);
  } else if (is_member(key, "arrayValue", "array_value")) {
    read = array(member, depth + 1);
  } else if (is_member(key, "kvlistValue", "kvlist_value")) {
    read = map(member, depth + 1);
  }
}

OtlpValue OtlpJsonValues::bare(const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::string:
      return of_text(value.text());
    case JsonValue::Kind::boolean:
      return boolean(value);
    case JsonValue::Kind::number:
      return value.number().kind == JsonNumber::Kind::real ? real(value) : integer(value);
    default:
      return {};
  }
}

OtlpValue OtlpJsonValues::boolean(const JsonValue& value) {
  OtlpValue read;
  const bool is_word = value.text() == "true" || value.text() == "false";
  if (value.kind() == JsonValue::Kind::boolean || is_word) {
    read.kind = OtlpValue::Kind::boolean;
    read.truth = is_word ? value.text() == "true" : value.truth();
  } else {
    place_.wrong_type |= value.kind() != JsonValue::Kind::null;
  }
  return read;
}

OtlpValue OtlpJsonValues::integer(const JsonValue& value) {
  OtlpValue read;
  if (const auto number = read_integer(value)) {
    read.kind = OtlpValue::Kind::integer;
    read.integer = *number;
  } else {
    place_.wrong_type |= value.kind() != JsonValue::Kind::null;
  }
  return read;
}

OtlpValue OtlpJsonValues::real(const JsonValue& value) {
  OtlpValue read;
  if (value.kind() == JsonValue::Kind::number) {
    read.kind = OtlpValue::Kind::real;
    read.real = value.number().d;
  } else if (value.kind() == JsonValue::Kind::string) {
    const std::string_view text = value.text();
    const auto end = std::from_chars(text.data(), text.data() + text.size(), read.real).ptr;
    const bool all = end == text.data() + text.size() && !text.empty();
    place_.wrong_type |= !all;
    if (all && std::isfinite(read.real)) read.kind = OtlpValue::Kind::real;
  }
  return read;
}

OtlpValue OtlpJsonValues::bytes(const JsonValue& value) {
  OtlpValue read;
  if (const auto decoded = base::from_base64(value.text())) {
    read.kind = OtlpValue::Kind::bytes;
    read.text = room_.text(*decoded);
  } else {
    place_.wrong_type = true;
  }
  return read;
}

std::optional<JsonValue> OtlpJsonValues::values_of(const JsonValue& value, int depth) {
  place_.too_large |= depth > kMaxValueDepth;
  return depth > kMaxValueDepth ? std::nullopt : value.member("values");
}

OtlpValue OtlpJsonValues::array(const JsonValue& value, int depth) {
  OtlpValue read;
  read.kind = OtlpValue::Kind::array;
  const auto values = values_of(value, depth);
  if (!values) return read;
  std::size_t count = 0;
  values->for_elements([&](const JsonValue&) { ++count; });
  const std::span<OtlpValue> all = room_.list<OtlpValue>(grant(count));
  std::size_t next = 0;
  values->for_elements([&](const JsonValue& element) {
    if (next == all.size()) return false;
    all[next++] = any(element, depth);
    return true;
  });
  read.array = all;
  return read;
}

OtlpValue OtlpJsonValues::map(const JsonValue& value, int depth) {
  OtlpValue read;
  read.kind = OtlpValue::Kind::map;
  if (const auto values = values_of(value, depth)) read.map = attributes(*values, depth);
  return read;
}

}  // namespace audit::source
