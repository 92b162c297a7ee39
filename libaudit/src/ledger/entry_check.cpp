#include "ledger/entry_check.hpp"

#include <audit/error.hpp>
#include <audit/proof.hpp>

#include <utility>

#include "ledger/rehash.hpp"

namespace audit::ledger {

EntryCheck::EntryCheck(const LedgerView& view, Checkpoint head)
    : EntryCheck(snapshot_of(view), std::move(head)) {}

EntryCheck::EntryCheck(const std::shared_ptr<const EvidenceSnapshot>& snapshot, Checkpoint head)
    : head_(std::move(head)), scan_(snapshot), decoder_(words_), tree_(snapshot) {
  words_.load(scan_.database());
}

tl::expected<std::vector<Digest>, std::string> EntryCheck::check(std::uint64_t seq) {
  try {
    std::string wrong = read(seq);
    if (wrong.empty()) wrong = rehash(seq);
    if (!wrong.empty()) return tl::unexpected(std::move(wrong));
    std::vector<Digest> path = tree_.inclusion(seq);
    if (check_inclusion(row_.hash, seq, head_.size, path, head_.root)) return path;
    return tl::unexpected<std::string>(
        "its hash does not lead to the root that was signed: it, the hash of an entry near it, or "
        "a "
        "stored hash of the tree was changed");
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    return tl::unexpected(error.message());
  }
}

// What is wrong with how it is stored; empty if nothing is.
std::string EntryCheck::read(std::uint64_t seq) {
  scan_.read(seq, seq + 1, decoder_);
  if (!scan_.next(row_) || row_.seq != static_cast<std::int64_t>(seq)) return "it is not there";
  if (!row_.knows_storage) return "it is stored in a way that this version does not know";
  return row_.problem;
}

std::string EntryCheck::rehash(std::uint64_t seq) {
  const std::optional<Digest> previous = seq == 0 ? Digest() : scan_.hash_of(seq - 1);
  if (!previous) return "the hash of the entry before it is not there";
  const auto leaf = leaf_from_row(row_, seq, *previous, committer_);
  if (!leaf) return "what was kept of it does not agree with what is left";
  leaf_ = *leaf;
  if (leaf_hash(event::encode_leaf(leaf_)) == row_.hash) return {};
  return "its content, or the hash of the entry before it, does not match its hash";
}

std::optional<Digest> EntryCheck::root_at(std::uint64_t size) {
  const Digest root = tree_.root(size);
  if (size == head_.size) return root;
  const bool is_prefix =
      check_consistency(size, root, head_.size, head_.root, tree_.consistency(size, head_.size));
  return is_prefix ? std::optional(root) : std::nullopt;
}

}  // namespace audit::ledger
