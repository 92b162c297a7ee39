// verify/signed_head.hpp - whether the head is signed by whom the ledger's own entries name, without
// reading all of them.
//
// Changes of keys are found by their checkpoints: the last one under a key stands at the size of the
// sys.key entry and has two signatures. Whoever hides one leaves a head that is signed by a key
// nobody named.
//
// Format   audit-ledger(5), "CHECKPOINTS AND KEYS"
#pragma once

#include "ledger/entry_check.hpp"
#include "verify/findings.hpp"
#include "verify/system.hpp"

namespace audit::verify {

// Checks the head, every entry that names a key, and the checkpoint under each former key. Returns
// who signed when.
//   cost      reads the table checkpoint once, or twice where keys changed; a proof and two signatures
//             for each change of keys
//   throws    damaged where the hashes of the tree, or rows that notes are in, cannot be read
[[nodiscard]] KeyHistory check_signed_head(ledger::EntryCheck& entries, Findings& findings);

// The keys that entries before `size` name, found in the same way.
//   throws    damaged where the hashes of the tree, or rows that notes are in, cannot be read
[[nodiscard]] KeyHistory read_keys_before(ledger::EntryCheck& entries, std::uint64_t size,
                                          Findings& findings);

}  // namespace audit::verify
