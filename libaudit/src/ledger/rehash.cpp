#include "ledger/rehash.hpp"

#include "ledger/row.hpp"
#include "ledger/scan.hpp"

namespace audit::ledger {

namespace {

bool has_no_payload(const EntryRow& row) noexcept {
  return static_cast<Stored>(row.stored) == Stored::none;
}

std::optional<Digest> payload_of(const EntryRow& row, event::Committer& committer) {
  if (!row.has_salt_p) return std::nullopt;
  if (row.has_payload) return committer.payload(row.salt_p, row.payload);
  if (has_no_payload(row)) return committer.no_payload(row.salt_p);
  return std::nullopt;
}

std::optional<Commitments> commitments(const EntryRow& row, event::Committer& committer) {
  if (is_whole(row)) return whole_commitments(row, committer);
  return erased_commitments(row, committer);
}

}  // namespace

bool is_whole(const EntryRow& row) noexcept {
  return !row.has_kept && row.kept_flags == 0 && row.has_envelope && row.has_salt_e &&
         row.has_salt_p && (row.has_payload || has_no_payload(row));
}

Commitments whole_commitments(const EntryRow& row, event::Committer& committer) {
  return {committer.envelope(row.envelope(), row.salt_e),
          payload_of(row, committer).value_or(Digest())};
}

std::optional<Commitments> erased_commitments(const EntryRow& row, event::Committer& committer) {
  if (!row.has_kept || !row.has_envelope || !row.knows_storage) return std::nullopt;
  std::optional<Digest> envelope = row.kept.envelope;
  if (!envelope && row.kept.common) envelope = committer.envelope(row.envelope(), row.kept);
  if (!envelope && !row.kept.common && row.has_salt_e) {
    envelope = committer.envelope(row.envelope(), row.salt_e);
  }
  std::optional<Digest> payload = row.kept.payload;
  if (!payload) payload = payload_of(row, committer);
  if (!envelope || !payload) return std::nullopt;
  return Commitments{*envelope, *payload};
}

std::optional<event::Leaf> leaf_from_row(const EntryRow& row, std::uint64_t seq,
                                         const Digest& before, event::Committer& committer) {
  const std::optional<Commitments> found = commitments(row, committer);
  if (!found) return std::nullopt;
  return event::Leaf{seq, row.received, before, found->envelope, found->payload};
}

std::optional<Digest> hash_from_row(const EntryRow& row, std::uint64_t seq, const Digest& before,
                                    event::Committer& committer) {
  const std::optional<Commitments> found = commitments(row, committer);
  if (!found) return std::nullopt;
  return committer.entry(seq, row.received, before, found->envelope, found->payload);
}

bool have_their_hashes(const LedgerView& view, std::uint64_t first, std::uint64_t last) {
  EvidenceScan scan(view);
  WordTable words;
  words.load(scan.database());
  EntryDecoder decoder(words);
  event::Committer committer;
  std::optional<Digest> before = first == 0 ? Digest() : scan.hash_of(first - 1);
  EntryRow row;
  scan.read(first, last, decoder);
  for (std::uint64_t seq = first; seq < last && before; ++seq) {
    if (!scan.next(row) || row.seq != static_cast<std::int64_t>(seq)) return false;
    if (!row.knows_storage || !row.problem.empty()) return false;
    if (hash_from_row(row, seq, *before, committer) != row.hash) return false;
    before = row.hash;
  }
  return before.has_value();
}

}  // namespace audit::ledger
