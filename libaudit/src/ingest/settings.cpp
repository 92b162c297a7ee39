#include "ingest/settings.hpp"

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <charconv>

#include <fmt/format.h>

#include "base/text.hpp"
#include "event/kind.hpp"

namespace audit::ingest {

namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view value, std::string_view why) {
  throw Error(ErrorCode::invalid_argument,
              fmt::format("cannot set {}={}: {}", base::escape_controls(name),
                          base::escape_controls(value), why),
              "fields and their types: audit-events(5)");
}

std::int64_t as_number(const FieldInfo& field, std::string_view value) {
  if (field.type == FieldType::boolean) {
    if (value == "true" || value == "1") return 1;
    if (value == "false" || value == "0") return 0;
    refuse(field.name, value, "it is neither true nor false");
  }
  if (field.type == FieldType::time) {
    const Parsed<Timestamp> time = parse_timestamp(value);
    if (!time) refuse(field.name, value, time.error().message);
    return nanoseconds(*time);
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    refuse(field.name, value, "it is not a whole number");
  }
  return number;
}

// What is stored for a word of a closed list; any other word would be found by no query.
std::string closed_word(Field field, std::string_view value) {
  std::string_view known;
  if (field == Field::status) known = event::canonical_status(value);
  if (field == Field::decision) known = event::canonical_decision(value);
  if (field == Field::approval) known = event::canonical_approval(value);
  if (field == Field::risk) known = event::canonical_risk(value);
  if (!known.empty()) return std::string(known);
  std::string words;
  for (const std::string_view word : event::closed_words(field)) {
    words += fmt::format("{}{}", words.empty() ? "" : ", ", word);
  }
  refuse(name_of(field), value, fmt::format("it is one of {}", words));
}

}  // namespace

Settings::Settings(const std::vector<std::pair<std::string, std::string>>& set) {
  for (const auto& [name, value] : set) {
    const std::optional<Field> field = find_field(name);
    if (!field) {
      const std::string_view near = nearest_field(name);
      refuse(name, value,
             near.empty() ? "there is no such field"
                          : fmt::format("there is no such field; did you mean {}?", near));
    }
    const FieldInfo& facts = info(*field);
    if (facts.from_program) refuse(name, value, "only the program writes this field");
    if (value.empty() || value.size() > kMaxFieldBytes || !base::is_utf8(value)) {
      refuse(name, value, "it is empty, too long or not UTF-8");
    }
    const bool is_text = facts.type == FieldType::text || facts.type == FieldType::list ||
                         facts.type == FieldType::hash;
    std::string text = value;
    if (*field == Field::type) text = event::canonical_kind(value);
    if (!event::closed_words(*field).empty()) text = closed_word(*field, value);
    if (*field == Field::type && event::is_reserved_kind(value)) {
      refuse(name, value, "only the program writes sys.* entries");
    }
    settings_.push_back({*field, is_text, std::move(text), is_text ? 0 : as_number(facts, value)});
  }
}

void Settings::apply(Envelope& envelope) const {
  for (const Setting& setting : settings_) {
    envelope.erase(setting.field);
  }
  for (const Setting& setting : settings_) {
    if (setting.is_text) {
      envelope.set_text(setting.field, setting.text);
    } else {
      envelope.set_number(setting.field, setting.number);
    }
    envelope.set_text(Field::set_by_user, name_of(setting.field));
  }
}

}  // namespace audit::ingest
