// event/domains.hpp - the first bytes of what is hashed: no message of one kind is one of another.
//
// Format   audit-ledger(5), "What is hashed"
#pragma once

#include <string_view>

namespace audit::event {

inline constexpr char kLeafDomain = 0x00;  // RFC 6962: an entry is a leaf
inline constexpr char kSaltDomain = 0x10;
inline constexpr char kFieldDomain = 0x11;
inline constexpr char kEnvelopeDomain = 0x12;
inline constexpr char kPayloadDomain = 0x13;

// Name and version of the format, behind the domain of an entry.
inline constexpr std::string_view kEntryVersion = "audit\x01";

}  // namespace audit::event
