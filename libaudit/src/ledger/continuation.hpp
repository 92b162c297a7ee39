// ledger/continuation.hpp - the member `continues` of sys.created: which head of which ledger this one
// follows.
//
// Format   audit-ledger(5), "System entries"
#pragma once

#include <audit/ledger.hpp>

#include <optional>
#include <string>

#include "base/json.hpp"

namespace audit::ledger {

// Appends the object.
void append_continues(std::string& json, const Predecessor& predecessor);

// What the object says; nothing if it does not say it as it must, or the key in it did not sign the note.
[[nodiscard]] std::optional<Predecessor> read_continues(const base::JsonValue& value);

// The same, of a predecessor that somebody put together.
[[nodiscard]] bool is_signed(const Predecessor& predecessor);

}  // namespace audit::ledger
