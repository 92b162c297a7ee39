// event/value.hpp - field values as text, the same in every format.
#pragma once

#include <audit/event.hpp>
#include <audit/field.hpp>
#include <audit/time.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace audit::event {

void append_integer(std::string& out, std::int64_t value);
void append_integer(std::string& out, std::uint64_t value);

// value / unit exactly, without trailing zeros: 1'500'000 of 1'000'000 is "1.5".
//   requires  unit is a power of ten
void append_decimal(std::string& out, std::int64_t value, std::int64_t unit);

inline constexpr std::int64_t kCostUnit = 1'000'000'000;

// RFC 3339, as to_rfc3339().
void append_time(std::string& out, Timestamp time);

void append_hex(std::string& out, std::string_view bytes);

// A field's value as text: integers in the unit they are shown in, times as RFC 3339, booleans as
// true and false, hashes as hex, texts as they are.
void append_value(std::string& out, const Envelope::Value& value);

// True for a value that append_value() writes as a number.
[[nodiscard]] bool is_numeric(const Envelope::Value& value) noexcept;

}  // namespace audit::event
