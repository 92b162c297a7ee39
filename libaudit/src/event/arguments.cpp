#include "event/arguments.hpp"

#include <string>

#include "base/canonical_json.hpp"
#include "crypto/sha256.hpp"

namespace audit::event {

namespace {

std::optional<Digest> hash_value(const base::JsonValue& value) {
  std::string canonical;
  if (value.kind() == base::JsonValue::Kind::null) return std::nullopt;
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
