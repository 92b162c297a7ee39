#include "verify/checkpoints.hpp"

#include <audit/checkpoint.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "ledger/schema.hpp"
#include "proof/note.hpp"

namespace audit::verify {

namespace {

constexpr std::uint64_t kEvery = ledger::kCheckpointEvery;

constexpr std::uint64_t kMaxMissing = 1000;

// Every size at which there must be a checkpoint, ascending, without keeping a list of them.
class WantedSizes {
 public:
  WantedSizes(const std::vector<std::uint64_t>& ends, std::uint64_t size)
      : ends_(ends), size_(size) {}

  // The first one at or behind `from`; nothing if there is none.
  [[nodiscard]] std::optional<std::uint64_t> first_from(std::uint64_t from) const {
    std::uint64_t next = from == 0 ? kEvery : (from + kEvery - 1) / kEvery * kEvery;
    const auto end = std::lower_bound(ends_.begin(), ends_.end(), from);
    if (end != ends_.end()) next = std::min(next, *end);
    return next <= size_ ? std::optional(next) : std::nullopt;
  }

 private:
  const std::vector<std::uint64_t>& ends_;
  std::uint64_t size_;
};

}  // namespace

HeadFacts CheckpointCheck::check_head(ledger::EvidenceScan& scan) {
  HeadFacts head;
  const auto rows = scan.heads();
  if (rows.size() != 1 || rows.front().key != 1) {
    findings_.add(
        "head", std::nullopt,
        rows.empty() ? "there is no signed head" : "there is not exactly one signed head");
  }
  if (rows.empty()) return head;
  if (!check_stored("head", "the head", rows.front())) return head;
  head.note = rows.front().text;
  const Parsed<Checkpoint> stated = parse_checkpoint(head.note);
  if (!stated) {
    findings_.add("head", std::nullopt,
                  fmt::format("the head is not a signed checkpoint: {}", stated.error().message));
    return head;
  }
  head.size = stated->size;
  if (stated->size > size_) {
    findings_.add(
        "head", std::nullopt,
        fmt::format("the head was signed for {} entries, and there are {}", stated->size, size_));
    findings_.add_each("missing", {size_, stated->size},
                       "it is not there, and the signed head counts it");
  } else if (stated->size < size_) {
    findings_.add("head", stated->size,
                  fmt::format("the head was signed for {} entries, and there are {}: no signature "
                              "covers the entries from {} on",
                              stated->size, size_, stated->size));
  }
  check_note("head", "the head", head.note, stated->size);
  return head;
}

std::uint64_t CheckpointCheck::check_checkpoints(ledger::EvidenceScan& scan,
                                                 const HeadFacts& head) {
  const WantedSizes wanted(keys_.ends(), size_);
  std::uint64_t count = 0;
  std::uint64_t next = 0;
  const auto missing_until = [&](std::uint64_t until) {
    std::uint64_t listed = 0;
    for (auto size = wanted.first_from(next); size && *size < until;
         size = wanted.first_from(*size + 1)) {
      if (++listed > kMaxMissing) {  // a single number far too large would make this endless
        findings_.add(
            "checkpoint", std::nullopt,
            fmt::format("there is no checkpoint at {} entries, nor at others behind", *size));
        return;
      }
      findings_.add("checkpoint", std::nullopt,
                    fmt::format("there is no checkpoint at {} entries", *size));
    }
  };
  scan.each_checkpoint([&](const ledger::EvidenceScan::Note& row) {
    ++count;
    const auto size = static_cast<std::uint64_t>(row.key);
    if (row.key < 0 || wanted.first_from(size) != size) {
      findings_.add(
          "checkpoint", std::nullopt,
          fmt::format("there is a checkpoint at {} entries, where there must be none", row.key));
      return;
    }
    missing_until(size);
    next = size + 1;
    const std::string what = fmt::format("the checkpoint at {} entries", size);
    if (!check_stored("checkpoint", what, row)) return;
    check_note("checkpoint", what, row.text, size);
    if (head.size == size && row.text != head.note) {
      findings_.add(
          "checkpoint", std::nullopt,
          fmt::format("the head and the checkpoint at {} entries are not the same", size));
    }
  });
  missing_until(size_ + 1);
  return count;
}

bool CheckpointCheck::check_stored(std::string_view kind, const std::string& what,
                                   const ledger::EvidenceScan::Note& row) {
  if (!row.unreadable.empty()) {
    findings_.add("structure", std::nullopt,
                  fmt::format("{} cannot be read: {}", what, row.unreadable));
  } else if (!row.is_text) {
    findings_.add(kind, std::nullopt, fmt::format("{} is not stored as text", what));
  }
  return row.unreadable.empty();
}

void CheckpointCheck::check_note(std::string_view kind, const std::string& what,
                                 std::string_view note, std::uint64_t size) {
  const auto complain = [&](std::string_view how) {
    findings_.add(kind, std::nullopt, fmt::format("{} {}", what, how));
  };
  const Parsed<Checkpoint> stated = parse_checkpoint(note);
  if (!stated)
    return complain(fmt::format("is not a signed checkpoint: {}", stated.error().message));
  const std::optional<Digest> root = root_at_(size);
  if (!keys_.origin().empty() && stated->origin != keys_.origin()) {
    complain("is of another ledger: its origin is not the one of entry 0");
  } else if (stated->size != size) {
    complain(fmt::format("states {} entries", stated->size));
  } else if (root && stated->root != *root) {
    complain("was signed for other entries: its root is not the one of the entries that are there");
  } else if (!note.starts_with(checkpoint_text(*stated) + "\n")) {
    complain("says more than origin, size and root");
  }
  check_signatures(what, note, size);
}

void CheckpointCheck::check_signatures(const std::string& what, std::string_view note,
                                       std::uint64_t size) {
  const auto complain = [&](std::string_view how) {
    findings_.add("signature", std::nullopt, fmt::format("{} {}", what, how));
  };
  const Parsed<proof::Note> opened = proof::parse_note(note);
  if (!opened) return complain(fmt::format("is not a signed note: {}", opened.error().message));
  const std::vector<VerifyKey> signers = keys_.signers(size);
  if (signers.empty()) return complain("cannot be checked: the key that signed then is not known");
  if (opened->signatures.size() != signers.size()) {
    return complain(
        fmt::format("has {} signature lines, not {}", opened->signatures.size(), signers.size()));
  }
  for (std::size_t i = 0; i < signers.size(); ++i) {
    const proof::NoteSignature& line = opened->signatures[i];
    if (line.name != signers[i].name || line.id != signers[i].id()) {
      complain("is signed by another key than the one in force");
    } else if (!check_signature(signers[i], opened->text, line.bytes)) {
      complain("has a signature that does not verify");
    }
  }
}

}  // namespace audit::verify
