#include "source/otlp_states.hpp"

#include <algorithm>

#include "source/key_tree.hpp"
#include "source/scalar.hpp"

namespace audit::source {

namespace {

// "...[truncated]", "...[TRUNCATED - Content exceeds 60KB limit]"
bool ends_truncated(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  if (text.empty() || text.back() != ']') return false;
  const std::string_view tail = text.substr(text.size() - std::min(text.size(), kLongest));
  return tail.find("[truncated") != std::string_view::npos ||
         tail.find("[TRUNCATED") != std::string_view::npos;
}

// body_truncated, truncated; a body that is kept in a file elsewhere is not in the record.
bool tells_truncated(const OtlpAttribute& attribute) {
  if (attribute.key == "body_ref") return !attribute.value.text.empty();
  return attribute.key.ends_with("truncated") &&
         (attribute.value.truth || attribute.value.text == "true");
}

bool fills_field(std::string_view key) {
  const KeyTree& tree = KeyTree::instance();
  const Place place = tree.find(KeyTree::kRoot, key);
  if (!place.known()) return false;
  const auto rows = tree.rows(place);
  return std::any_of(rows.begin(), rows.end(),
                     [](const KeyTree::Row& row) { return row.target.number <= kFieldCount; });
}

// A member of this name that is not empty, in JSON.
bool has_member(std::string_view json, std::string_view quoted_name) {
  for (std::size_t at = json.find(quoted_name); at != std::string_view::npos;
       at = json.find(quoted_name, at + 1)) {
    const std::size_t value = json.find_first_not_of(": ", at + quoted_name.size());
    if (json.substr(std::min(value, json.size())).starts_with('"') &&
        json.substr(value + 1, 1) != "\"") {
      return true;
    }
  }
  return false;
}

}  // namespace

void note_states(OtlpAttributes attributes, OtlpStates& states) {
  for (const OtlpAttribute& attribute : attributes) {
    const std::string_view text = attribute.value.text;
    states.truncated |= ends_truncated(text) || tells_truncated(attribute);
    if (is_withheld(text)) states.withheld |= !fills_field(attribute.key);
    if (attribute.key.ends_with(".encrypted_content")) states.encrypted |= !text.empty();
  }
}

void note_states(const OtlpValue& value, OtlpStates& states) {
  states.truncated |= ends_truncated(value.text);
  states.withheld |= is_withheld(value.text);
  note_states(value.map, states);
}

void note_reasoning(const Clues& clues, OtlpStates& states) {
  for (const Clue clue : {Clue::output_messages, Clue::output_value}) {
    states.encrypted |= has_member(clues.text(clue), "\"encrypted_content\"");
  }
}

}  // namespace audit::source
