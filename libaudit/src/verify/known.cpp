#include "verify/known.hpp"

#include <audit/tlog_proof.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "ledger/foreign_file.hpp"
#include "proof/note.hpp"

namespace audit::verify {

namespace {

// The checkpoint in a file: that of a proof, too.
Parsed<Checkpoint> find_checkpoint(std::string& note) {
  if (!looks_like_tlog_proof(note)) return parse_checkpoint(note);
  Parsed<TlogProof> proof = parse_tlog_proof(note);
  if (!proof) return tl::make_unexpected(std::move(proof.error()));
  note = std::move(proof->note);
  return parse_checkpoint(note);
}

// What a kept head of the same size and another root shows.
std::string_view fork_text(const KnownSigners& signers) {
  if (signers.by_own == Signature::good) return "two histories exist, both signed by its key";
  if (signers.by_others == Signature::good) return "two histories exist, signed by different keys";
  return "two histories exist, or somebody made this file, which no key that is known signed";
}

}  // namespace

std::vector<VerifyKey> cosigners_of(const std::string& text, const std::vector<VerifyKey>& keys) {
  std::vector<VerifyKey> cosigners;
  const Parsed<proof::Note> note = proof::parse_note(text);
  if (!note) return cosigners;
  for (const VerifyKey& key : keys) {
    const bool signed_it =
        key.type == 4 &&
        std::any_of(note->signatures.begin(), note->signatures.end(), [&](const auto& line) {
          return key.name == line.name && key.id() == line.id &&
                 proof::check_cosignature(key, note->text, line.bytes);
        });
    if (signed_it) cosigners.push_back(key);
  }
  return cosigners;
}

Signature judge_signatures(const std::string& text, const std::vector<VerifyKey>& keys) {
  const Parsed<proof::Note> note = proof::parse_note(text);
  Signature found = Signature::none;
  if (!note) return Signature::bad;
  for (const proof::NoteSignature& line : note->signatures) {
    for (const VerifyKey& key : keys) {
      if (key.name != line.name || key.id() != line.id) continue;
      const bool verifies = key.type == 1 ? check_signature(key, note->text, line.bytes)
                                          : proof::check_cosignature(key, note->text, line.bytes);
      if (!verifies) return Signature::bad;
      found = Signature::good;
    }
  }
  return found;
}

KnownSigners signers_of(const Known& known, const std::vector<VerifyKey>& own,
                        const std::vector<VerifyKey>& others) {
  return {judge_signatures(known.note, own), judge_signatures(known.note, others)};
}

std::string why_unvouched(const Known& known) {
  return fmt::format(
      "{} fits, but no key of the ledger and none that was given signed it, so that anybody may "
      "have "
      "made it",
      base::escape_controls(known.file.string()));
}

std::string why_unusable(const Known& known, const std::string& origin,
                         const KnownSigners& signers) {
  const std::string name = base::escape_controls(known.file.string());
  if (!known.checkpoint) return fmt::format("{} is not a checkpoint: {}", name, known.why_not);
  if (!origin.empty() && known.checkpoint->origin != origin) {
    return fmt::format(
        "{} is a checkpoint of {} and says nothing about this ledger, which is {}: either the "
        "wrong file was named, or another ledger was put in its place",
        name, base::escape_controls(known.checkpoint->origin), base::escape_controls(origin));
  }
  if (known.checkpoint->size == 0) {
    return fmt::format("{} is a checkpoint of no entries, which every ledger extends", name);
  }
  if (signers.by_own == Signature::bad || signers.by_others == Signature::bad) {
    return fmt::format("a signature of {} does not verify, so it proves nothing", name);
  }
  return {};
}

std::vector<Known> read_known(const std::vector<std::filesystem::path>& files) {
  std::vector<Known> known;
  for (const std::filesystem::path& file : files) {
    Known one{file, base::read_file(file, kMaxTlogProofBytes), std::nullopt, {}};
    Parsed<Checkpoint> checkpoint = find_checkpoint(one.note);
    if (checkpoint) {
      one.checkpoint = std::move(*checkpoint);
    } else {
      const std::string_view kind =
          ledger::describe_foreign(std::string_view(one.note).substr(0, ledger::kForeignHeadBytes));
      const bool is_meant_as_one =
          kind.empty() || kind.starts_with("a checkpoint") || looks_like_tlog_proof(one.note);
      one.why_not = is_meant_as_one ? checkpoint.error().message : fmt::format("it is {}", kind);
    }
    known.push_back(std::move(one));
  }
  return known;
}

KnownResult check_known(const std::vector<Known>& known, const std::string& origin,
                        std::uint64_t size, const std::vector<VerifyKey>& own,
                        const std::vector<VerifyKey>& others,
                        const std::function<std::optional<Digest>(std::uint64_t)>& root_at,
                        Findings& findings) {
  KnownResult result;
  for (const Known& one : known) {
    const KnownSigners signers = signers_of(one, own, others);
    const std::string unusable = why_unusable(one, origin, signers);
    if (!unusable.empty()) {
      result.unusable.push_back(unusable);
      result.is_extended = false;
      continue;
    }
    const Checkpoint& kept = *one.checkpoint;
    const std::string name = base::escape_controls(one.file.string());
    const std::optional<Digest> root = root_at(kept.size);
    if (kept.size > size) {
      findings.add("rolled-back", std::nullopt,
                   fmt::format("{} was made when the ledger had {} entries; now it has {}", name,
                               kept.size, size));
      result.is_extended = false;
    } else if (!root) {
      result.unusable.push_back(fmt::format(
          "the root at {} entries, which {} states, could not be computed", kept.size, name));
      result.is_extended = false;
    } else if (*root != kept.root) {
      findings.add("forked", std::nullopt,
                   fmt::format("{} has another root at {} entries than this ledger: {}; keep both",
                               name, kept.size, fork_text(signers)));
      if (signers.by_own == Signature::good && !result.fork) result.fork = {one.note, kept.size};
      result.is_extended = false;
    } else if (!signers.any()) {
      result.unusable.push_back(why_unvouched(one));
      result.is_extended = false;
    } else {
      result.is_signed = result.is_signed || signers.by_own == Signature::good;
      if (signers.by_own == Signature::good) {
        result.cosigned.push_back({kept.size, cosigners_of(one.note, others)});
      }
    }
  }
  return result;
}

}  // namespace audit::verify
