// siem/source.hpp - what a mapping table can take a value from: a field, or one of a few other facts.
#pragma once

#include <audit/field.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace audit::siem {

// The ledger that entries come from.
struct Origin {
  std::string_view ledger_id;
  std::string_view name;  // its origin
};

struct Source {
  enum class Kind : std::uint8_t {
    field,
    seq,             // of the entry
    hash,            // of the entry
    received,        // when
    when,            // the event's time, else when it was received
    end,             // that and how long it took
    ledger,          // its id
    origin,          // of the ledger
    severity,        // as the format says it
    name,            // of the kind, for people
    message,         // kind, what it is about, and what came of it: nothing from content
    cost,            // in whole units
    policy_version,  // POLICY@VERSION
    payload,         // only if asked for
    version,         // of this program
  };

  Kind kind = Kind::field;
  Field field{};  // of kind field and cost
};

// The source of this name: that of a field, or one of the words above.
[[nodiscard]] std::optional<Source> find_source(std::string_view name) noexcept;

// This program's version.
[[nodiscard]] std::string_view product_version() noexcept;

}  // namespace audit::siem
