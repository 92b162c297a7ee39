// query/run_entry.hpp - an entry as those see it who put a run together: its place, time and fields.
#pragma once

#include <audit/ledger.hpp>
#include <audit/trace.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audit::query {

struct RunEntry {
  Place place;
  Timestamp when;
  Envelope envelope;

  [[nodiscard]] std::string_view text(Field field) const { return envelope.text(field); }

  [[nodiscard]] std::string_view type() const { return envelope.text(Field::type); }
};

using RunEntries = std::vector<RunEntry>;

// A text as it is; a hash as hexadecimal digits, or as the source gave it.
[[nodiscard]] std::string value_text(const Envelope::Value& value);

// The fields that matter to a run.
[[nodiscard]] const FieldSet& run_fields();

// Whose format it is: "codex" of codex-app-server.
[[nodiscard]] inline std::string_view product_of(std::string_view format) {
  return format.substr(0, format.find('-'));
}

// Entries that join with each other into one step.
enum class Family : std::uint8_t {
  action,  // a tool call, what was decided about it, what came of it
  model,   // a model call
  other,
};

[[nodiscard]] Family family_of(const Envelope& envelope);

[[nodiscard]] inline Family family_of(const RunEntry& entry) { return family_of(entry.envelope); }

}  // namespace audit::query
