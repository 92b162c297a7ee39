// audit/fork.hpp - evidence that somebody signed two histories of one ledger: a text that stands
// alone. Whoever knows the key can check it without either ledger.
//
// Format    audit-ledger(5), "Fork evidence"
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/digest.hpp>
#include <audit/error.hpp>
#include <audit/key.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace audit {

// Two heads, the smaller one first, and what shows that the second does not contain the first.
struct Fork {
  std::string first;  // notes, byte for byte
  std::string second;
  Digest prefix;             // under the second: the root of as many entries as the first has
  std::vector<Digest> path;  // from that to the root of the second; empty if they are as large
};

// The text, with the key in it for convenience and some words for people.
[[nodiscard]] std::string fork_text(const Fork& fork, const VerifyKey& key);

// True for a text that begins as one, of whatever version.
[[nodiscard]] bool looks_like_fork(std::string_view text) noexcept;

// Reads such a text, without judging it.
[[nodiscard]] Parsed<Fork> parse_fork(std::string_view text);

// True if one of `keys` signed both heads, both are of one origin, and no ledger can have both.
//   keys    from elsewhere: what the text itself names proves nothing
[[nodiscard]] bool check_fork(const Fork& fork, const std::vector<VerifyKey>& keys);

}  // namespace audit
