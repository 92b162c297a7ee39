#include "event/value.hpp"

#include <charconv>
#include <string_view>

namespace audit::event {
namespace {

constexpr std::size_t kMaxDigits = 20;

template <class Integer>
void append_digits(std::string& out, Integer value) {
  char digits[kMaxDigits + 1];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, end);
}

}  // namespace

void append_integer(std::string& out, std::int64_t value) { append_digits(out, value); }

void append_integer(std::string& out, std::uint64_t value) { append_digits(out, value); }

void append_decimal(std::string& out, std::int64_t value, std::int64_t unit) {
  const auto divisor = static_cast<std::uint64_t>(unit);
  // Not -value: the least number has no opposite.
  const auto magnitude = value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                                   : static_cast<std::uint64_t>(value);
  if (value < 0) out.push_back('-');
  append_digits(out, magnitude / divisor);
  std::uint64_t rest = magnitude % divisor;
  if (rest == 0) return;
  out.push_back('.');
  for (std::uint64_t place = divisor / 10; rest != 0; place /= 10) {
    out.push_back(static_cast<char>('0' + rest / place));
    rest %= place;
  }
}

void append_time(std::string& out, Timestamp time) { out.append(to_rfc3339(time)); }

void append_hex(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const std::size_t start = out.size();
  out.resize(start + 2 * bytes.size());
  char* to = out.data() + start;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 15];
  }
}

bool is_numeric(const Envelope::Value& value) noexcept {
  const FieldType type = info(value.field).type;
  return value.kind == ValueKind::integer && type != FieldType::time && type != FieldType::boolean;
}

void append_value(std::string& out, const Envelope::Value& value) {
  if (value.kind == ValueKind::text) {
    out.append(value.text);
  } else if (value.kind == ValueKind::hash) {
    append_hex(out, value.text);
  } else if (const FieldInfo& field = info(value.field); field.type == FieldType::time) {
    append_time(out, from_nanoseconds(value.number));
  } else if (field.type == FieldType::boolean) {
    out.append(value.number != 0 ? "true" : "false");
  } else {
    append_decimal(out, value.number, field.unit);
  }
}

}  // namespace audit::event
