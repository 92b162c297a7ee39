#include "event/arguments.hpp"

#include <cmath>
#include <string>

#include "base/canonical_json.hpp"
#include "crypto/sha256.hpp"

namespace audit::event {

namespace {

// An integer above this is another one to whoever reads numbers as doubles (RFC 7493, section 2.2):
// two calls would have one digest.
constexpr double kMostExact = 9007199254740992.0;

bool is_exact(const base::JsonValue& value) {
  using Kind = base::JsonValue::Kind;
  if (value.kind() == Kind::number) return std::fabs(value.number().d) < kMostExact;
  bool exact = true;
  value.for_members(
      [&](std::string_view, const base::JsonValue& member) { return exact = is_exact(member); });
  value.for_elements([&](const base::JsonValue& element) { return exact = is_exact(element); });
  return exact;
}

std::optional<Digest> hash_value(const base::JsonValue& value) {
  std::string canonical;
  if (value.kind() == base::JsonValue::Kind::null || !is_exact(value)) return std::nullopt;
  if (!base::append_canonical_json(canonical, value)) return std::nullopt;
  return crypto::sha256(canonical);
}

// A text that is no JSON, as the string of JSON it would be.
std::optional<Digest> hash_string(base::JsonReader& reader, std::string_view text) {
  std::string quoted;
  base::append_json_string(quoted, text);
  if (reader.parse(quoted) != base::JsonStatus::ok) return std::nullopt;
  return hash_value(reader.root());
}

}  // namespace

std::optional<Digest> hash_arguments(const base::JsonValue& arguments) {
  if (arguments.kind() == base::JsonValue::Kind::string) return hash_arguments(arguments.text());
  return hash_value(arguments);
}

std::optional<Digest> hash_arguments(std::string_view text) {
  if (text.empty()) return std::nullopt;
  base::JsonReader reader;
  const base::JsonStatus status = reader.parse(text);
  if (status == base::JsonStatus::ok) return hash_value(reader.root());
  if (status == base::JsonStatus::duplicate_key) return std::nullopt;
  return hash_string(reader, text);
}

}  // namespace audit::event
