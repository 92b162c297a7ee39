// verify/known.hpp - does the ledger still extend what someone kept elsewhere?
//
// A kept checkpoint is believed because it was kept where the ledger's writer could not reach it,
// not because of its signature. A checkpoint of another ledger or of no entries, a file that is none,
// or one with a signature that does not verify says nothing about this ledger, and neither does one
// that fits but was signed by no key that is known: then the question could not be answered, which
// is no finding and never an intact verdict.
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/key.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "verify/findings.hpp"

namespace audit::verify {

struct Known {
  std::filesystem::path file;
  std::string note;
  std::optional<Checkpoint> checkpoint;  // nothing: it is none
  std::string why_not;
};

// Who, of the keys that were given, cosigned a head.
struct Cosigned {
  std::uint64_t size = 0;
  std::vector<VerifyKey> by;
};

// Reads the files: checkpoints, or proofs of entries, of which the checkpoint counts.
//   throws    not_found, permission, io, limit
[[nodiscard]] std::vector<Known> read_known(const std::vector<std::filesystem::path>& files);

// What the signature lines of a note are worth that are of the given keys.
enum class Signature : std::uint8_t { none, good, bad };

[[nodiscard]] Signature judge_signatures(const std::string& text,
                                         const std::vector<VerifyKey>& keys);

// Those of the keys whose cosignature stands in a note; a line that does not verify is no such.
[[nodiscard]] std::vector<VerifyKey> cosigners_of(const std::string& text,
                                                  const std::vector<VerifyKey>& keys);

// Who signed a kept checkpoint: keys of the history at hand, others that are known.
struct KnownSigners {
  Signature by_own = Signature::none;
  Signature by_others = Signature::none;

  [[nodiscard]] bool any() const noexcept {
    return by_own == Signature::good || by_others == Signature::good;
  }
};

[[nodiscard]] KnownSigners signers_of(const Known& known, const std::vector<VerifyKey>& own,
                                      const std::vector<VerifyKey>& others);

// Why this checkpoint says nothing about what has this origin (empty: not known); empty if it does.
[[nodiscard]] std::string why_unusable(const Known& known, const std::string& origin,
                                       const KnownSigners& signers);

// Why one that fits does not count if nobody who is known signed it.
[[nodiscard]] std::string why_unvouched(const Known& known);

// A head of this ledger's key that this ledger does not extend.
struct KnownFork {
  std::string note;
  std::uint64_t size = 0;
};

struct KnownResult {
  bool is_extended = true;            // all of them are
  bool is_signed = false;             // one of them was signed by a key of the ledger's own history
  std::vector<std::string> unusable;  // what could not be compared, and why
  std::optional<KnownFork> fork;      // the first one found
  std::vector<Cosigned> cosigned;     // of those that the ledger extends and its key signed
};

//   own       the keys of the ledger's history
//   others    keys from outside, those of witnesses too
[[nodiscard]] KnownResult check_known(
    const std::vector<Known>& known, const std::string& origin, std::uint64_t size,
    const std::vector<VerifyKey>& own, const std::vector<VerifyKey>& others,
    const std::function<std::optional<Digest>(std::uint64_t)>& root_at, Findings& findings);

}  // namespace audit::verify
