// ledger/erasure.hpp - what a sys.erasure entry says: verify judges it, and the index and whoever
// asks it must know which entries hold less than they did.
//
// Format   audit-ledger(5), "System entries"
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace audit::ledger {

inline constexpr std::string_view kErasureType = "sys.erasure";

inline constexpr std::size_t kMaxErasedAtOnce = 10'000;

struct ErasureStatement {
  std::vector<std::uint64_t> entries;  // strictly ascending; without what is not as it must be
  std::string what;
  bool has_bad_entries = false;  // something else than such numbers was among them
  std::string authority;         // empty, as it must not be
  std::string reason;
};

// Reads the object that `json` parsed last; members that are not known are passed over.
[[nodiscard]] ErasureStatement read_erasure(const base::JsonReader& json);

// The entries that a payload names, whether or not all of it is as it must be: who doubts an entry
// too many reads it once more, who doubts one too few gives a wrong answer.
[[nodiscard]] std::vector<std::uint64_t> entries_named(base::JsonReader& json,
                                                       std::string_view payload);

// The payload of a sys.erasure entry.
//   fingerprints   of the ids of entries erased as a whole, ascending
[[nodiscard]] std::string erasure_payload(std::span<const std::uint64_t> entries,
                                          std::string_view what, std::string_view authority,
                                          std::string_view reason,
                                          std::span<const std::uint64_t> fingerprints);

// What a ledger remembers of the event_id of an entry that was erased as a whole, so that the same is
// refused when it comes again.
//   ledger_id   its 32 hexadecimal digits
[[nodiscard]] std::uint64_t fingerprint_of_erased(std::string_view ledger_id, std::string_view id);

// The fingerprints that a payload lists.
[[nodiscard]] std::vector<std::uint64_t> fingerprints_named(base::JsonReader& json,
                                                            std::string_view payload);

}  // namespace audit::ledger
