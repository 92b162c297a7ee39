#include <audit/error.hpp>
#include <audit/prover.hpp>

#include <filesystem>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "verify/entry_check.hpp"
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
  verify::EntryCheck entries;
  bool is_signed = false;

  Impl(const LedgerView& view, const std::vector<VerifyKey>& keys)
      : file(view.file()), entries(view, stated_head(view)) {
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

}  // namespace audit
