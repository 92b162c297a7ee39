#include "verify/signed_head.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "ledger/schema.hpp"
#include "proof/merkle.hpp"
#include "proof/note.hpp"
#include "verify/checkpoints.hpp"

namespace audit::verify {

namespace {

using Note = ledger::EvidenceScan::Note;

// What an entry that must be in the tree says; nothing, and a finding, if it is not.
std::optional<SystemEntry> read_system(ledger::EntryCheck& entries, std::uint64_t seq,
                                       Findings& findings) {
  if (const auto path = entries.check(seq); !path) {
    findings.add("entry", seq, path.error());
    return std::nullopt;
  }
  return SystemReader().read(entries.row(), findings);
}

// A checkpoint that is there because a key ended.
bool ends_a_key(const Note& checkpoint) {
  if (static_cast<std::uint64_t>(checkpoint.key) % ledger::kCheckpointEvery != 0) return true;
  // Nearly all have one signature, behind three lines of text and an empty one.
  constexpr auto kLinesOfOneSigner = 5;
  const std::string& text = checkpoint.text;
  if (std::count(text.begin(), text.end(), '\n') <= kLinesOfOneSigner) return false;
  const Parsed<proof::Note> note = proof::parse_note(checkpoint.text);
  return note && note->signatures.size() > 1;
}

void take_change(ledger::EntryCheck& entries, const Note& checkpoint, KeyHistory& keys,
                 Findings& findings) {
  const auto size = static_cast<std::uint64_t>(checkpoint.key);
  if (checkpoint.key <= 0 || size > entries.head().size) {
    findings.add("checkpoint", std::nullopt,
                 fmt::format("there is a checkpoint at {} entries, where there must be none",
                             checkpoint.key));
    return;
  }
  const std::optional<SystemEntry> entry = read_system(entries, size - 1, findings);
  if (!entry) return;
  if (const auto* change = std::get_if<KeyChange>(&entry->says)) {
    keys.change(entry->seq, *change, findings);
  } else {
    findings.add("checkpoint", std::nullopt,
                 fmt::format("the checkpoint at {} entries is one of the end of a key, and no key "
                             "ended there",
                             size));
  }
}

}  // namespace

KeyHistory read_keys_before(ledger::EntryCheck& entries, std::uint64_t size, Findings& findings) {
  KeyHistory keys;
  const std::optional<SystemEntry> first = read_system(entries, 0, findings);
  if (!first) return keys;
  if (const auto* beginning = std::get_if<Beginning>(&first->says)) {
    keys.begin(*beginning, findings);
  }
  entries.scan().each_checkpoint([&](const Note& checkpoint) {
    if (checkpoint.key > 0 && static_cast<std::uint64_t>(checkpoint.key) > size) return;
    if (findings.empty() && ends_a_key(checkpoint)) {
      take_change(entries, checkpoint, keys, findings);
    }
  });
  return keys;
}

KeyHistory check_signed_head(ledger::EntryCheck& entries, Findings& findings) {
  KeyHistory keys = read_keys_before(entries, proof::kMaxTreeSize, findings);
  if (!findings.empty()) return keys;
  const auto root_at = [&](std::uint64_t size) {
    const std::optional<Digest> root = entries.root_at(size);
    if (!root) {
      findings.add(
          "subtree", std::nullopt,
          fmt::format("the stored hashes of the tree do not show that the first {} entries "
                      "are those of the head",
                      size));
    }
    return root;
  };
  CheckpointCheck check(keys, entries.head().size, root_at, findings);
  (void)check.check_head(entries.scan());
  const auto& ends = keys.ends();
  if (ends.empty()) return keys;
  entries.scan().each_checkpoint([&](const Note& checkpoint) {
    const auto size = static_cast<std::uint64_t>(checkpoint.key);
    if (!findings.empty() || !std::binary_search(ends.begin(), ends.end(), size)) return;
    check.check_note("checkpoint", fmt::format("the checkpoint at {} entries", size),
                     checkpoint.text, size);
  });
  return keys;
}

}  // namespace audit::verify
