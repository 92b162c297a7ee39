// ledger/record.hpp - puts a record together again from its entry and its parts.
//
// Format   audit-ledger(5), "Records and parts"
#pragma once

#include <audit/ledger.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace audit::ledger {

// The bytes of the largest record that is taken apart.
inline constexpr std::size_t kMaxRecordBytes = std::size_t{64} << 20;

// How an entry says that it holds a record that is no line (field record_end).
inline constexpr std::int64_t kNoLine = 2;

enum class Whole : std::uint8_t {
  yes,
  erased,  // of the record, or of a part, the bytes are gone
};

// Appends the bytes of a record as they arrived.
//   carrier   an entry of `view` that is no part, read with all fields and its payload
//   throws    damaged: parts that cannot have stood in it
[[nodiscard]] Whole append_record(const LedgerView& view, const Entry& carrier, std::string& out);

}  // namespace audit::ledger
