// audit/rotate.hpp - a ledger goes on under a new signing key.
//
// Place     [ledger]
// Owns      nothing; changes the ledger, its key file and LEDGER.pub
// Threads   any; other writers go on, and take the new key before they write
// Errors    throws audit::Error with the codes named below
// Format    audit-ledger(5), "Key history"
//
//   const auto rotated = audit::rotate_key("run.ledger");
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace audit {

struct RotateOptions {
  OpenOptions open{};              // key_file: the key in force, which the new one replaces
  AskPassphrase new_passphrase{};  // the new key is encrypted with it; empty: not encrypted
};

struct Rotated {
  std::uint64_t seq = 0;                  // of the sys.key, the last entry under the old key
  std::string verify_key;                 // of the new key
  std::string previous;                   // of the old one
  std::filesystem::path key_file;         // holds the new key now
  std::filesystem::path verify_key_file;  // has a line more; empty if it has not, or is not there
  // Why the new key has no line in LEDGER.pub, which is there. Whoever writes next tries again; until
  // then the first line stands for the ledger, as it does for ever.
  std::optional<Error> public_half;
};

// Makes a new key, lets the one in force hand over to it in the ledger, and puts it into its file. The
// old private key is unlinked: no writer can sign with it again, but copies of it are out of reach,
// and so are the bytes that the disk still holds. Whatever was signed under it stays as it is for
// all who know it. A crash leaves the one key in force or the other, and the next writer finishes.
// Other ledgers that are signed with the same file cannot be written any more.
//   throws    as Ledger::open; already_exists when KEYFILE.new is there and is not the key in force.
//             Where the message says that an entry changed the key, the ledger was rotated, and the
//             next writer puts the file in its place
[[nodiscard]] Rotated rotate_key(const std::filesystem::path& ledger,
                                 const RotateOptions& options = {});

// KEYFILE.new, if it is there. A writer that was opened since has put it in place if it is the key in
// force: what is left then belongs to no head of this ledger, and nobody touches it.
//   key_file  empty: LEDGER.key
[[nodiscard]] std::optional<std::filesystem::path> left_key_file(
    const std::filesystem::path& ledger, const std::filesystem::path& key_file = {});

}  // namespace audit
