#include "verify/rehash.hpp"

#include "ledger/row.hpp"

namespace audit::verify {

namespace {

bool has_no_payload(const ledger::EntryRow& row) noexcept {
  return static_cast<ledger::Stored>(row.stored) == ledger::Stored::none;
}

std::optional<Digest> payload_of(const ledger::EntryRow& row, event::Committer& committer) {
  if (!row.has_salt_p) return std::nullopt;
  if (row.has_payload) return committer.payload(row.salt_p, row.payload);
  if (has_no_payload(row)) return committer.no_payload(row.salt_p);
  return std::nullopt;
}

}  // namespace

bool is_whole(const ledger::EntryRow& row) noexcept {
  return !row.has_kept && row.kept_flags == 0 && row.has_envelope && row.has_salt_e &&
         row.has_salt_p && (row.has_payload || has_no_payload(row));
}

Commitments whole_commitments(const ledger::EntryRow& row, event::Committer& committer) {
  return {committer.envelope(row.envelope(), row.salt_e),
          payload_of(row, committer).value_or(Digest())};
}

std::optional<Commitments> erased_commitments(const ledger::EntryRow& row,
                                              event::Committer& committer) {
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

}  // namespace audit::verify
