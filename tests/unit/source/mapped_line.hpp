// What a line of JSON maps to, as text that a test can spell out.
#pragma once

#include <audit/event.hpp>
#include <audit/field.hpp>
#include <audit/time.hpp>

#include <string>
#include <string_view>

#include "source/jsonl.hpp"

namespace audit::test {

// 2026-06-01T00:00:00Z
inline constexpr std::int64_t kReceived = 1'780'272'000'000'000'000;

inline Envelope map_line(std::string_view line) {
  source::JsonlMapper mapper;
  Envelope envelope;
  static_cast<void>(mapper.map(line, false, from_nanoseconds(kReceived), envelope));
  return envelope;
}

// One "name=value" a line, ascending by field number; times in nanoseconds, hashes in hexadecimal.
inline std::string to_lines(const Envelope& envelope) {
  std::string out;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    out.append(name_of(value.field)).append("=");
    if (value.kind == ValueKind::integer) {
      out.append(std::to_string(value.number));
    } else if (value.kind == ValueKind::hash) {
      for (const char c : value.text) {
        static constexpr char kHex[] = "0123456789abcdef";
        out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
        out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
      }
    } else {
      out.append(value.text);
    }
    out.push_back('\n');
  }
  return out;
}

inline std::string mapped(std::string_view line) { return to_lines(map_line(line)); }

}  // namespace audit::test
