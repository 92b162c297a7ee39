// audit/checkpoint.hpp - a signed statement "this ledger has this many entries and this root".
//
// Format    c2sp.org/tlog-checkpoint and c2sp.org/signed-note: audit-ledger(5), "Checkpoints"
#pragma once

#include <audit/digest.hpp>
#include <audit/error.hpp>
#include <audit/key.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

struct Checkpoint {
  // The ledger's name, 1 to 255 bytes. What we sign has no white space and no '+' in it; what
  // others signed may.
  std::string origin;
  std::uint64_t size = 0;  // below 2^63
  Digest root;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// A checkpoint in its note, with whoever of the given keys was found to have signed it.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::string note;                    // the whole file, byte for byte
  std::vector<std::string> signed_by;  // vkey texts of the given keys that verified
};

// The three lines that are signed.
[[nodiscard]] std::string checkpoint_text(const Checkpoint& checkpoint);

// The checkpoint as a note signed by `key` (whose name should be the origin).
//   throws    invalid_argument for an origin or size that is not allowed, or size 0 with a root
//             that is not empty_root()
[[nodiscard]] std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);

// Reads the text of a note strictly, without judging its signatures. Extension lines (non-empty
// lines after the third) are allowed and left out of the result, so compare checkpoint_text with
// the note where there must be none.
[[nodiscard]] Parsed<Checkpoint> parse_checkpoint(std::string_view note);

// Reads a note and checks the signatures of the given keys: a line of a given key that does not
// verify refuses the whole note, and so does a note that none of them signed. Keys of type 4 check
// cosignatures (c2sp.org/tlog-cosignature); whether a witness alone is enough is for the caller.
//   throws    configuration when two different keys have the same name and id
[[nodiscard]] Parsed<SignedCheckpoint> open_checkpoint(std::string_view note,
                                                       const std::vector<VerifyKey>& keys);

}  // namespace audit
