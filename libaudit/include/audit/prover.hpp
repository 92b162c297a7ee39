// audit/prover.hpp - shows of single entries, and of how a ledger grew, that they are what was signed,
// without verifying the whole ledger.
//
// Place     ledger -> [verify]
// Format    audit-ledger(5), "What is hashed", "TREE"; proofs are those of audit/proof.hpp
// Threads   one thread at a time per object and its view
// Errors    throws what is named at each call; that an entry is not proved is a value
//
//   audit::Prover prover(view, {key});
//   for (audit::Search search(view, question); search.next();) {
//     const auto proof = prover.prove(search.entry());
//     if (!proof) return report(search.entry().seq, proof.error());
//   }
//   keep(view.head_note());
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/digest.hpp>
#include <audit/key.hpp>
#include <audit/ledger.hpp>
#include <audit/tlog_proof.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace audit {

// That an entry is in the tree of a checkpoint: check_inclusion(entry.hash, index, size, path, root).
struct EntryProof {
  std::uint64_t index = 0;   // of the leaf: the entry's seq
  std::uint64_t size = 0;    // of the tree
  std::vector<Digest> path;  // nearest sibling first
  bool is_whole = true;      // false: something was erased; what is left was rehashed with the
                             // digests that were kept of it
};

// That a tree extends another one:
// check_consistency(old_size, old_root, new_size, new_root, path).
struct ConsistencyProof {
  std::uint64_t old_size = 0;
  Digest old_root;
  std::uint64_t new_size = 0;
  Digest new_root;
  std::vector<Digest> path;
};

// Loads what proofs are checked with, in a thread of its own, while the caller opens a ledger: two
// milliseconds, which is a third of what one proof takes. Its end is waited for when the result is
// destroyed; it never throws.
[[nodiscard]] std::future<void> prepare_proving();

// What it shows of an entry: its fields, its salts and its payload as they are stored give its hash,
// and its hash is in the tree whose root the head states; and of the head: it is signed by the key
// that the ledger's own entries name, who are in that tree too. What it does not show is that
// nothing is missing between them, and that what was erased was named by a sys.erasure:
// verify_ledger does.
//
// Memory    1 MiB and the ledger's dictionary (at most 16 MiB), whatever the number of proofs
// Cost      0.1 ms for a proof far from those made before, a fifth of that beside one
class Prover {
 public:
  // Checks the head of the view.
  //   view      outlives this object
  //   keys      from outside: who must have signed, as in VerifyOptions
  //   throws    damaged where the head is not what a ledger like this must have, or was signed by
  //             somebody else: nothing can be proved then; busy as verify_ledger does
  explicit Prover(const LedgerView& view, const std::vector<VerifyKey>& keys = {});
  explicit Prover(const LedgerView&& view, const std::vector<VerifyKey>& keys = {}) = delete;
  Prover(Prover&&) noexcept;
  Prover& operator=(Prover&&) noexcept;
  ~Prover();

  // What the head of the view states; its text is the view's head_note().
  [[nodiscard]] const Checkpoint& head() const noexcept;

  // True if it was signed by one of the keys that were given; else the signer is self-declared.
  [[nodiscard]] bool is_signed_by_given_key() const noexcept;

  // The proof of an entry, or why there is none: what follows "entry 7 is not proved: ".
  //   entry     of the view, read with all its fields and its payload
  //   throws    io; busy
  [[nodiscard]] tl::expected<EntryProof, std::string> prove(const Entry& entry);

  // The proof of an entry as a file that stands alone: with the signed head of the view and, as
  // `extra`, the bytes that the entry is in the tree. Nothing of its content is in it.
  //   throws    io; busy
  [[nodiscard]] tl::expected<TlogProof, std::string> tlog_proof(std::uint64_t seq);

  // That the first `new_size` entries extend the first `old_size`; both were found in the tree of the
  // head. What was signed at a size is compared with the root here: checkpoint.root == old_root.
  // old_size 0 is extended by all and shows nothing.
  //   throws    invalid_argument unless old_size <= new_size <= head().size; io; busy
  [[nodiscard]] tl::expected<ConsistencyProof, std::string> consistency(std::uint64_t old_size,
                                                                        std::uint64_t new_size);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
