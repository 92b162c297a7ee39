// ledger/newest.hpp - the newest entry of a kind, without reading all entries.
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace audit::ledger {

// The number of the newest entry of `type` among those from `first` on; nothing if there is none.
//   cost     what the index does not hold is read; where there is no index all of it
//   throws   damaged, io
[[nodiscard]] std::optional<std::uint64_t> newest_of_type(const LedgerView& view,
                                                          std::string_view type,
                                                          std::uint64_t first = 0);

}  // namespace audit::ledger
