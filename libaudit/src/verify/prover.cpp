#include <audit/error.hpp>
#include <audit/proof.hpp>
#include <audit/prover.hpp>

#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "ledger/entry_check.hpp"
#include "verify/findings.hpp"
#include "verify/signed_head.hpp"

namespace audit {

namespace {

Checkpoint stated_head(const LedgerView& view) {
  Parsed<Checkpoint> head = parse_checkpoint(view.head_note());
  if (head) return std::move(*head);
  throw Error(ErrorCode::damaged,
              fmt::format("the head of {} is not a signed checkpoint: {}", view.file().string(),
                          head.error().message),
              "run 'audit verify' on it");
}

bool is_same(const Envelope::Value& a, const Envelope::Value& b) {
  return a.field == b.field && a.kind == b.kind && a.number == b.number && a.text == b.text;
}

bool is_same(const Envelope& a, const Envelope& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!is_same(a.at(i), b.at(i))) return false;
  }
  return true;
}

// What was read, and shown, is what was hashed: not another row that another way through the file
// leads to.
bool says_the_same(const Entry& entry, const ledger::EntryRow& row) {
  const bool has_payload = entry.payload_state == Entry::Payload::present;
  return entry.hash == row.hash && nanoseconds(entry.received) == row.received &&
         has_payload == row.has_payload && entry.payload == row.payload &&
         is_same(entry.envelope, row.envelope());
}

}  // namespace

struct Prover::Impl {
  std::filesystem::path file;
  std::string note;
  ledger::EntryCheck entries;
  bool is_signed = false;

  Impl(const LedgerView& view, const std::vector<VerifyKey>& keys)
      : file(view.file()), note(view.head_note()), entries(view, stated_head(view)) {
    verify::Findings findings(1);
    const verify::KeyHistory history = verify::check_signed_head(entries, findings);
    if (findings.empty() && !keys.empty()) {
      is_signed = verify::check_given_keys(history, keys, findings);
    }
    if (findings.empty()) return;
    check_is_not_overtaken();
    const Finding& first = findings.list().front();
    const std::string place = first.seq ? fmt::format("entry {}: ", *first.seq) : std::string();
    throw Error(
        ErrorCode::damaged,
        fmt::format("nothing in {} can be proved: {}{}", file.string(), place, first.message),
        "run 'audit verify' on it");
  }

  tl::expected<EntryProof, std::string> prove(const Entry& entry) {
    auto path = entries.check(entry.seq);
    if (!path) return tl::unexpected(std::move(path.error()));
    if (!says_the_same(entry, entries.row())) {
      return tl::unexpected<std::string>(
          "what a search reads of it is not what its number leads to: the file is damaged");
    }
    return EntryProof{entry.seq, entries.head().size, std::move(*path), !entries.row().has_kept};
  }

  tl::expected<TlogProof, std::string> tlog_proof(std::uint64_t seq) {
    auto path = entries.check(seq);
    if (!path) return tl::unexpected(std::move(path.error()));
    return TlogProof{event::encode_leaf(entries.leaf()), seq, std::move(*path), note};
  }

  tl::expected<ConsistencyProof, std::string> consistency(std::uint64_t old_size,
                                                          std::uint64_t new_size) {
    try {
      ConsistencyProof proof{old_size, {}, new_size, {}, entries.consistency(old_size, new_size)};
      const auto old_root = entries.root_at(old_size);
      const auto new_root = entries.root_at(new_size);
      if (old_root && new_root) {
        proof.old_root = *old_root;
        proof.new_root = *new_root;
        if (check_consistency(old_size, *old_root, new_size, *new_root, proof.path)) return proof;
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::damaged) throw;
      return tl::unexpected(error.message());
    }
    return tl::unexpected<std::string>(
        "the stored hashes of the tree do not lead to the root that was signed");
  }

  // What another program wrote meanwhile into a file that is read without locks is no damage.
  void check_is_not_overtaken() const {
    if (!entries.scan().was_overtaken(file)) return;
    throw Error(
        ErrorCode::busy,
        fmt::format("{} was written to while it was read, and it cannot be locked from here",
                    file.string()),
        "try again when nobody writes to it, or search in a copy");
  }
};

std::future<void> prepare_proving() {
  return std::async(std::launch::async, [] {
    // Any key and any signature: what is wanted is that OpenSSL has looked up both functions.
    const Digest some = leaf_hash({});
    VerifyKey key;
    key.key = some.bytes;
    (void)check_signature(key, {}, std::string(64, '\0'));
  });
}

Prover::Prover(const LedgerView& view, const std::vector<VerifyKey>& keys)
    : impl_(std::make_unique<Impl>(view, keys)) {}

Prover::Prover(Prover&&) noexcept = default;
Prover& Prover::operator=(Prover&&) noexcept = default;
Prover::~Prover() = default;

const Checkpoint& Prover::head() const noexcept { return impl_->entries.head(); }

bool Prover::is_signed_by_given_key() const noexcept { return impl_->is_signed; }

tl::expected<EntryProof, std::string> Prover::prove(const Entry& entry) {
  auto proof = impl_->prove(entry);
  if (!proof) impl_->check_is_not_overtaken();
  return proof;
}

tl::expected<TlogProof, std::string> Prover::tlog_proof(std::uint64_t seq) {
  auto proof = impl_->tlog_proof(seq);
  if (!proof) impl_->check_is_not_overtaken();
  return proof;
}

tl::expected<ConsistencyProof, std::string> Prover::consistency(std::uint64_t old_size,
                                                                std::uint64_t new_size) {
  auto proof = impl_->consistency(old_size, new_size);
  if (!proof) impl_->check_is_not_overtaken();
  return proof;
}

}  // namespace audit
