// rule/alert.hpp - what is written about a rule that matched, and read again by the next run.
//
// Format    audit-rules(5), ENTRIES
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "rule/engine.hpp"

namespace audit::rule {

// What Field::format says of the entries that rules make, and of no other.
inline constexpr std::string_view kFormat = "rules";

// The kind of the entry that a firing becomes.
[[nodiscard]] std::string_view kind_of(Action action) noexcept;

// The envelope but for its time.
//   about   the event; null where it is not in hand
[[nodiscard]] Envelope to_envelope(const Firing& firing, const Envelope* about);

// The payload: one JSON object on one line.
[[nodiscard]] std::string to_json(const Firing& firing);

// What a payload says; nothing if it is none of ours.
[[nodiscard]] std::optional<Earlier> read_alert(base::JsonReader& json, std::string_view payload);

}  // namespace audit::rule
