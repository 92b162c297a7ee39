// audit/tlog_proof.hpp - one entry and its way to a signed head, as a file that stands alone.
//
// Format    c2sp.org/tlog-proof; what our `extra` holds: audit-ledger(5), "PROOFS"
// Threads   pure functions
#pragma once

#include <audit/digest.hpp>
#include <audit/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

// No proof file is larger: a line of 64 KiB, 64 hashes and the largest note.
inline constexpr std::size_t kMaxTlogProofBytes = 1'100'000;

struct TlogProof {
  std::optional<std::string> extra;  // bytes, below 48 KiB; nothing in the format vouches for them
  std::uint64_t index = 0;           // of the leaf; below 2^63
  std::vector<Digest> path;          // nearest sibling first, at most 64
  std::string note;                  // the signed checkpoint, byte for byte

  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

// True if a file that begins so is meant to be a proof, whatever its version.
[[nodiscard]] bool looks_like_tlog_proof(std::string_view head) noexcept;

// The file. parse_tlog_proof gives the same proof back, and so there is one file for each proof.
[[nodiscard]] std::string tlog_proof_text(const TlogProof& proof);

// Takes a proof apart strictly; judges nothing: neither the note's form nor its signatures nor the
// path (open_checkpoint and check_inclusion do).
[[nodiscard]] Parsed<TlogProof> parse_tlog_proof(std::string_view text);

}  // namespace audit
