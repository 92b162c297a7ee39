// ledger/erasure.hpp - what a sys.erasure entry says: verify judges it, and the index and whoever
// asks it must know which entries hold less than they did.
//
// Format   audit-ledger(5), "System entries"
#pragma once

#include <cstddef>
#include <cstdint>
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
  bool has_authority = false;
  bool has_reason = false;
};

// Reads the object that `json` parsed last; members that are not known are passed over.
[[nodiscard]] ErasureStatement read_erasure(const base::JsonReader& json);

// The entries that a payload names, whether or not all of it is as it must be: who doubts an entry
// too many reads it once more, who doubts one too few gives a wrong answer.
[[nodiscard]] std::vector<std::uint64_t> entries_named(base::JsonReader& json,
                                                       std::string_view payload);

}  // namespace audit::ledger
