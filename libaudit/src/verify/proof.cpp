// verify_proof: one entry, its way to a head, and who signed that.
#include <audit/error.hpp>
#include <audit/proof.hpp>
#include <audit/tlog_proof.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <array>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "event/leaf.hpp"
#include "proof/checkpoint.hpp"
#include "proof/note.hpp"
#include "verify/assessment.hpp"
#include "verify/known.hpp"
#include "verify/source_ledger.hpp"
#include "verify/time_stamps.hpp"

namespace audit {

namespace verify {

namespace {

constexpr std::uint64_t kMaxFindings = 1000;

class ProofRun {
 public:
  ProofRun(const std::filesystem::path& file, const VerifyProofOptions& options)
      : options_(options), known_(read_known(options.known)) {
    text_ = base::read_file(file, kMaxTlogProofBytes);
  }

  VerifyReport run() {
    if (read()) {
      check_signature();
      check_entry();
      check_source();
      check_kept();
      check_time_stamps();
      add_limits();
    }
    add_levels();
    return said_.conclude();
  }

 private:
  [[nodiscard]] bool read();
  void check_signature();
  void judge_signer();
  void check_entry();
  [[nodiscard]] std::optional<Digest> entry_hash();
  void check_source();
  void check_kept();
  [[nodiscard]] bool check_one(const Known& one);
  [[nodiscard]] std::optional<Digest> root_at(std::uint64_t size);
  void check_time_stamps();
  void add_limits();
  void add_levels();

  const VerifyProofOptions& options_;
  std::vector<Known> known_;
  std::string text_;
  TlogProof proof_;
  Checkpoint head_;
  std::optional<SourceLedger> source_;
  bool extends_source_ = false;  // or the other way round: the ledger has this root at this size
  bool has_signer_ = false;      // a key that is known has signed
  bool is_signed_ = false;       // one that was given, or that its holder named
  bool is_anchored_ = false;
  bool has_path_ = false;

  Assessment said_{kMaxFindings};
};

// Takes the file apart.
bool ProofRun::read() {
  Parsed<TlogProof> proof = parse_tlog_proof(text_);
  const auto refuse = [this](const ParseError& error, std::size_t offset) {
    said_.refuse(fmt::format("not a proof that can be read: {}, at byte {}", error.message,
                             error.offset + offset));
    return false;
  };
  if (!proof) return refuse(proof.error(), 0);
  proof_ = std::move(*proof);
  const Parsed<Checkpoint> head = parse_checkpoint(proof_.note);
  if (!head) return refuse(head.error(), text_.size() - proof_.note.size());
  head_ = *head;
  said_.report.size = head_.size;
  said_.report.root = head_.root;
  said_.report.origin = head_.origin;
  said_.report.note = proof_.note;
  said_.pass("file", fmt::format("a proof of entry {}, under a head of {} entries", proof_.index,
                                 head_.size));
  source_.emplace(options_.ledger, head_.origin);
  return true;
}

void ProofRun::check_signature() {
  std::vector<VerifyKey> all = options_.keys;
  if (source_->is_usable()) {
    const std::vector<VerifyKey> named = source_->history().signers(head_.size);
    all.insert(all.end(), named.begin(), named.end());
  }
  if (judge_signatures(proof_.note, all) == Signature::bad) {
    said_.blame(
        "signature", "signature",
        "a signature under the head does not verify: the head or the signature was changed");
    return;
  }
  judge_signer();
}

// Whose signature counts: a log's own key has its origin as name, whoever else signed.
void ProofRun::judge_signer() {
  std::vector<VerifyKey> given;
  std::copy_if(options_.keys.begin(), options_.keys.end(), std::back_inserter(given),
               [this](const VerifyKey& key) { return key.type == 1 && key.name == head_.origin; });
  if (judge_signatures(proof_.note, given) == Signature::good) {
    has_signer_ = is_signed_ = true;
    said_.pass("signature", "by a key that was given from outside");
    return;
  }
  const bool by_named =
      source_->is_usable() &&
      judge_signatures(proof_.note, source_->history().signers(head_.size)) == Signature::good;
  Findings others(1);
  if (by_named && !given.empty() && check_given_keys(source_->history(), given, others)) {
    has_signer_ = is_signed_ = true;
    said_.pass("signature", "by a key that the holder of one that was given has named");
  } else if (by_named && given.empty()) {
    has_signer_ = true;
    said_.pass("signature", fmt::format("by the key that {} names: self-declared",
                                        base::escape_controls(source_->file().string())));
  }
}

// The hash that the path must begin with.
std::optional<Digest> ProofRun::entry_hash() {
  const std::optional<std::string>& bytes = options_.leaf ? options_.leaf : proof_.extra;
  if (!bytes) {
    said_.give_up(
        "entry",
        "the proof does not carry what the entry is in the tree, and nothing else says so");
    return std::nullopt;
  }
  const std::optional<event::Leaf> leaf = event::decode_leaf(*bytes);
  if (!leaf && !options_.leaf) {
    said_.give_up("entry",
                  "what the proof carries as extra is not an entry of a ledger of version 1");
    return std::nullopt;
  }
  said_.report.proved = ProvedEntry{proof_.index, leaf_hash(*bytes), {}};
  if (!leaf) return said_.report.proved->hash;
  said_.report.proved->received = from_nanoseconds(leaf->received);
  if (leaf->seq != proof_.index) {
    said_.blame("proof", "entry",
                fmt::format("the entry says that its number is {}, and the proof that it is {}",
                            leaf->seq, proof_.index),
                proof_.index);
    return std::nullopt;
  }
  return said_.report.proved->hash;
}

void ProofRun::check_entry() {
  const std::optional<Digest> hash = entry_hash();
  if (!hash) return;
  said_.pass("entry", fmt::format("its hash is {}", to_hex(*hash)));
  has_path_ = check_inclusion(*hash, proof_.index, head_.size, proof_.path, head_.root);
  if (!has_path_) {
    said_.blame("proof", "path", "the entry does not lead to the root that the head states",
                proof_.index);
    return;
  }
  said_.report.entries_checked = 1;
  said_.pass("path", fmt::format("{} hashes lead from the entry to the root", proof_.path.size()));
}

// Is the head one that the ledger at hand had?
void ProofRun::check_source() {
  if (!source_->why_not().empty()) said_.report.limits.push_back(source_->why_not());
  if (!source_->is_usable()) return;
  const std::string name = base::escape_controls(source_->file().string());
  const std::optional<Digest> root = source_->root_at(head_.size);
  if (!root) {
    said_.report.limits.push_back(
        fmt::format("{} has {} entries and cannot say anything about a head of {}: if it is the "
                    "ledger that this "
                    "proof is from, it was cut or is an old copy.",
                    name, source_->size(), head_.size));
  } else if (*root == head_.root) {
    extends_source_ = true;
    said_.pass("ledger", fmt::format("{} had this head", name));
  } else {
    said_.blame("forked", "ledger",
                fmt::format("{} has another root at {} entries: two histories exist; keep both",
                            name, head_.size));
  }
}

// A root that is known to be one of the same history.
std::optional<Digest> ProofRun::root_at(std::uint64_t size) {
  if (size == head_.size) return head_.root;
  return extends_source_ ? source_->root_at(size) : std::nullopt;
}

// True if the proof's head and the one that was kept are of one history.
bool ProofRun::check_one(const Known& one) {
  std::vector<VerifyKey> own;
  if (source_->is_usable()) own = source_->history().keys();
  const KnownSigners signers = signers_of(one, own, options_.keys);
  const std::string why = why_unusable(one, head_.origin, signers);
  if (!why.empty()) {
    said_.give_up("known", why);
    return false;
  }
  const std::string name = base::escape_controls(one.file.string());
  const Checkpoint& kept = *one.checkpoint;
  const std::optional<Digest> root = root_at(kept.size);
  if (!root) {
    said_.give_up(
        "known",
        fmt::format("{} has {} entries, and the head of this proof is {}: it has {}. Whether one "
                    "extends the other only the ledger can show (-l LEDGER)",
                    name, kept.size, kept.size > head_.size ? "older" : "newer", head_.size));
  } else if (*root != kept.root) {
    said_.blame(
        "forked", "known",
        fmt::format(
            "{} has another root at {} entries: two histories exist{}; keep both", name, kept.size,
            signers.any() ? ""
                          : ", or somebody made this file, which no key that is known signed"));
  } else if (!signers.any() && !(own.empty() && options_.keys.empty())) {
    said_.give_up("known", why_unvouched(one));
  } else {
    said_.pass("known", fmt::format("{} is of the same history", name));
    return true;
  }
  return false;
}

void ProofRun::check_kept() {
  is_anchored_ = said_.check_kept(known_, head_.origin, options_.known_of_others,
                                  [this](const Known& one) { return check_one(one); });
}

// Since when the head is there.
void ProofRun::check_time_stamps() {
  TimeStampCheck check(options_.timestamps);
  check.offer(proof_.note, [this](const Checkpoint&) { return has_signer_ || is_anchored_; });
  said_.take(check.conclude(head_.size, "not the head in this proof"));
}

void ProofRun::add_limits() {
  const bool is_bad = said_.findings.has("signature");
  if (!has_signer_ && !is_bad) {
    const bool has_keys = !options_.keys.empty();
    const std::string why =
        has_keys ? fmt::format("no key that was given, of the name {}, has signed this head",
                               base::escape_controls(head_.origin))
                 : "the signature was not checked: no key is known";
    // A root that somebody kept needs no signature.
    if (is_anchored_ && !has_keys) {
      said_.skip("signature", why);
    } else {
      said_.give_up("signature", why + ". Give the key of the ledger with --key");
    }
  }
  if (!is_signed_ && !is_bad) {
    said_.report.limits.emplace_back(
        "The signer is self-declared: no verifier key was given that says who must have signed. "
        "Give "
        "the key you know with --key.");
  }
  if (!is_anchored_) {
    said_.report.limits.emplace_back(
        "The head is unanchored: that it is not one of two histories, both signed by the holder of "
        "the key, is shown only by a checkpoint that was kept elsewhere (--known).");
  }
  said_.report.limits.emplace_back(
      "A proof shows that this entry was in the ledger when the head was signed. It says nothing "
      "of "
      "other entries, and it does not hold what the entry says, only digests that stand for it.");
}

void ProofRun::add_levels() {
  if (!has_path_ || !(has_signer_ || is_anchored_)) return;
  said_.report.level.push_back(Level::tree);
  if (is_signed_) said_.report.level.push_back(Level::signed_head);
  if (is_anchored_) said_.report.level.push_back(Level::anchored);
}

}  // namespace

}  // namespace verify

VerifyReport verify_proof(const std::filesystem::path& file, const VerifyProofOptions& options) {
  return verify::ProofRun(file, options).run();
}

bool is_proof_file(const std::filesystem::path& file) {
  // A pipe that took the place of the file must not be waited for.
  const base::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));

  struct stat facts {};

  if (!opened || ::fstat(opened.value(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  std::array<char, 64> head{};
  const ssize_t got = ::read(opened.value(), head.data(), head.size());
  return got > 0 && looks_like_tlog_proof({head.data(), static_cast<std::size_t>(got)});
}

}  // namespace audit
