// verify_bundle: chosen entries, their way to a head, and who signed that.
#include <audit/error.hpp>
#include <audit/proof.hpp>
#include <audit/tlog_proof.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "event/disclosed_entry.hpp"
#include "event/leaf.hpp"
#include "proof/bundle_manifest.hpp"
#include "proof/checkpoint.hpp"
#include "proof/note.hpp"
#include "verify/assessment.hpp"
#include "verify/bundle_reader.hpp"
#include "verify/bundle_tree.hpp"
#include "verify/checkpoints.hpp"
#include "verify/known.hpp"
#include "verify/system.hpp"
#include "verify/time_stamps.hpp"

namespace audit {

namespace verify {

namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 20;  // of README.txt and keys.txt
constexpr std::size_t kMaxRotation = std::size_t{16} << 10;
constexpr std::size_t kMaxHistoryLine = std::size_t{64} << 10;
constexpr std::size_t kMaxNodeLine = 80;

struct Stopped {};

// A history entry as those read it who read it from a ledger.
class SystemRow {
 public:
  explicit SystemRow(const event::DisclosedEntry& entry) {
    for (std::size_t i = 0; i < entry.envelope.size(); ++i) {
      const Envelope::Value value = entry.envelope.at(i);
      const FieldInfo& field = info(value.field);
      if (field.own) {
        row_.own.push_back(value);
      } else {
        event::append_field(common_, event::tag_of(field), value);
      }
    }
    row_.seq = static_cast<std::int64_t>(entry.seq);
    row_.received = entry.received;
    row_.common = common_;
    row_.stored = 1;
    row_.has_payload = entry.has_payload;
    row_.payload = entry.payload;
  }

  SystemRow(const SystemRow&) = delete;
  SystemRow& operator=(const SystemRow&) = delete;

  [[nodiscard]] const ledger::EntryRow& row() const noexcept { return row_; }

 private:
  std::string common_;
  ledger::EntryRow row_;
};

class BundleRun {
 public:
  BundleRun(const std::filesystem::path& file, const VerifyBundleOptions& options,
            const std::function<void(std::uint64_t)>& progress, const std::atomic<bool>* stop)
      : options_(options),
        progress_(progress),
        stop_(stop),
        known_(read_known(options.known)),
        reader_(file),
        said_(options.max_findings) {
    for (const Known& one : known_) {
      if (one.checkpoint) tree_.mark(one.checkpoint->size);
    }
  }

  VerifyReport run() {
    try {
      read();
      check_manifest();
      check_tree();
      check_history();
      check_signature();
      check_policy();
      check_kept();
      check_time_stamps();
    } catch (const NotABundle& refused) {
      said_.refuse("not a bundle that can be read: " + refused.why);
    } catch (const Stopped&) {
      said_.give_up("It was interrupted.");
    }
    said_.report.erased = erased_;
    add_levels();
    if (head_) add_limits();
    return said_.conclude(has_root_ && is_head_signed_);
  }

 private:
  void read();
  void begin(std::string_view name);
  void end();
  void read_checkpoint();
  void read_rotations();
  void read_history();
  void read_entries();
  void check_is_in_history(const event::DisclosedEntry& entry);
  void read_nodes();
  [[nodiscard]] std::optional<event::DisclosedEntry> read_entry(const std::string& line,
                                                                std::size_t number);
  void take_system(const event::DisclosedEntry& entry);
  void check_manifest();
  void check_history();
  void check_rotation(std::size_t i);
  void check_tree();
  void check_signature();
  void check_given_keys();
  void check_policy();
  void check_kept();
  [[nodiscard]] bool check_one(const Known& one);
  void check_time_stamps();
  void add_limits();
  void add_levels();

  // A change of keys, as the history has it.
  struct Change {
    std::uint64_t seq;
    std::string leaf;
  };

  const VerifyBundleOptions& options_;
  const std::function<void(std::uint64_t)>& progress_;
  const std::atomic<bool>* stop_;
  std::vector<Known> known_;
  BundleReader reader_;
  event::DisclosedReader lines_;
  event::Committer committer_;
  SystemReader system_;

  std::vector<proof::BundleMember> members_;
  std::uint64_t seconds_ = 0;
  std::string note_;
  std::optional<Checkpoint> head_;
  std::string keys_;
  std::vector<std::string> rotations_;
  std::string ledger_id_;
  KeyHistory history_;
  std::vector<Change> changes_;
  BundleTree tree_;
  bool has_all_lines_ = true;
  bool has_nodes_ = true;
  std::uint64_t entries_ = 0;
  std::uint64_t withheld_ = 0;
  std::uint64_t erased_ = 0;
  std::optional<std::uint64_t> first_;
  std::optional<std::uint64_t> last_;
  Digest last_hash_;
  std::string manifest_;

  bool has_root_ = false;        // everything leads to it
  bool is_head_signed_ = false;  // by the key that the history names
  bool is_signed_ = false;       // and that one is known from outside
  bool is_anchored_ = false;
  bool is_witnessed_ = false;
  Assessment said_;
};

void BundleRun::begin(std::string_view name) {
  reader_.next();
  if (reader_.member().name != name) {
    throw NotABundle{fmt::format("there is a member '{}' where {} must be",
                                 base::escape_controls(reader_.member().name), name)};
  }
  if (members_.empty()) seconds_ = reader_.member().seconds;
  if (reader_.member().seconds != seconds_) throw NotABundle{"its members have different times"};
}

void BundleRun::end() {
  const base::TarMember& member = reader_.member();
  members_.push_back({member.name, member.bytes, reader_.sha256()});
}

void BundleRun::read() {
  begin(proof::kBundleReadme);
  if (reader_.member().bytes > kMaxText) throw NotABundle{"README.txt is too long"};
  reader_.skip();
  end();
  begin(proof::kBundleCheckpoint);
  read_checkpoint();
  end();
  begin(proof::kBundleKeys);
  keys_ = reader_.text(kMaxText);
  end();
  read_rotations();
  read_history();
  end();
  begin(proof::kBundleEntries);
  read_entries();
  end();
  tree_.finish_entries(said_.findings);
  begin(proof::kBundleNodes);
  read_nodes();
  end();
  begin(proof::kBundleManifest);
  manifest_ = reader_.text(proof::kMaxManifestBytes);
  reader_.expect_end();
}

void BundleRun::read_checkpoint() {
  note_ = reader_.text(proof::kMaxNoteBytes);
  const Parsed<Checkpoint> head = parse_checkpoint(note_);
  if (!head) {
    said_.blame("head", "head",
                "the checkpoint is not a signed checkpoint: " + head.error().message);
    return;
  }
  head_ = *head;
  said_.report.size = head_->size;
  said_.report.root = head_->root;
  said_.report.origin = head_->origin;
  said_.report.note = note_;
}

// Up to the history, which is then the member in hand.
void BundleRun::read_rotations() {
  for (;;) {
    reader_.next();
    if (reader_.member().seconds != seconds_) throw NotABundle{"its members have different times"};
    const std::string& name = reader_.member().name;
    if (name == proof::kBundleHistory) return;
    if (name != proof::rotation_name(rotations_.size() + 1) ||
        rotations_.size() >= proof::kMaxRotations) {
      throw NotABundle{fmt::format("there is a member '{}' where {} must be",
                                   base::escape_controls(name), proof::kBundleHistory)};
    }
    rotations_.push_back(reader_.text(kMaxRotation));
    end();
  }
}

// An entry, and what is wrong with how it is written.
std::optional<event::DisclosedEntry> BundleRun::read_entry(const std::string& line,
                                                           std::size_t number) {
  if (stop_ != nullptr && *stop_) throw Stopped{};
  if (progress_) progress_(reader_.bytes_read());
  Parsed<event::DisclosedEntry> entry = lines_.read(line);
  if (!entry) {
    has_all_lines_ = false;
    said_.findings.add("encoding", event::number_of_line(line),
                       fmt::format("line {} of {} is not an entry: {}", number,
                                   reader_.member().name, entry.error().message));
    return std::nullopt;
  }
  if (head_ && entry->seq >= head_->size) {
    has_all_lines_ = false;
    said_.findings.add(
        "order", entry->seq,
        fmt::format("the checkpoint is of {} entries and does not vouch for it", head_->size));
    return std::nullopt;
  }
  const auto leaf = event::leaf_of(*entry, committer_);
  const Digest computed = leaf ? leaf_hash(event::encode_leaf(*leaf)) : Digest();
  if (leaf && computed == entry->hash) ++said_.report.entries_checked;
  tree_.add(entry->seq, entry->hash, computed);
  return std::move(*entry);
}

void BundleRun::read_history() {
  std::string line;
  std::optional<std::uint64_t> before;
  for (std::size_t number = 1; reader_.line(line, kMaxHistoryLine); ++number) {
    if (number > proof::kMaxRotations + 1) throw NotABundle{"history.jsonl has too many lines"};
    const auto entry = read_entry(line, number);
    if (!entry) continue;
    if (before ? entry->seq <= *before : entry->seq != 0) {
      said_.findings.add("order", entry->seq,
                         "the history begins with entry 0, and its numbers rise");
    }
    before = entry->seq;
    take_system(*entry);
  }
  said_.report.entries_checked = 0;  // those of the history are not counted
  if (!before) said_.findings.add("system", std::nullopt, "there is no entry 0 in history.jsonl");
}

void BundleRun::take_system(const event::DisclosedEntry& entry) {
  const auto complain = [&](std::string_view why) {
    said_.findings.add("system", entry.seq, std::string(why));
  };
  if (!entry.gaps().words().empty()) return complain("an entry of the history must be shown whole");
  const SystemRow row(entry);
  if (entry.seq != 0 && row.row().type() != "sys.key") {
    return complain("the history has no other entries than sys.created and sys.key");
  }
  const SystemEntry said = system_.read(row.row(), said_.findings);
  if (const auto* beginning = std::get_if<Beginning>(&said.says)) {
    history_.begin(*beginning, said_.findings);
    ledger_id_ = beginning->ledger_id;
  } else if (const auto* change = std::get_if<KeyChange>(&said.says)) {
    history_.change(entry.seq, *change, said_.findings);
    tree_.mark(entry.seq + 1);
    const auto leaf = event::leaf_of(entry, committer_);
    changes_.push_back({entry.seq, leaf ? event::encode_leaf(*leaf) : std::string()});
  }
}

// A change of keys that is shown and left out of the history would keep an ended key in force.
void BundleRun::check_is_in_history(const event::DisclosedEntry& entry) {
  const std::string_view type = entry.envelope.text(Field::type);
  if (type != "sys.key" && type != "sys.created") return;
  const bool is_there =
      type == "sys.created"
          ? entry.seq == 0
          : std::any_of(changes_.begin(), changes_.end(),
                        [&](const Change& change) { return change.seq == entry.seq; });
  if (!is_there) {
    said_.findings.add("system", entry.seq, fmt::format("a {} that is not in the history", type));
  }
}

void BundleRun::read_entries() {
  std::string line;
  for (std::size_t number = 1; reader_.line(line, event::kMaxDisclosedLine); ++number) {
    ++entries_;
    const auto entry = read_entry(line, number);
    if (!entry) continue;
    check_is_in_history(*entry);
    if (last_ && entry->seq <= *last_) {
      said_.findings.add("order", entry->seq,
                         fmt::format("it stands behind entry {}: the numbers must rise", *last_));
    } else if (last_ && entry->seq == *last_ + 1 && entry->previous != last_hash_) {
      said_.findings.add("chain", entry->seq,
                         fmt::format("the entry before it that it names is not entry {}", *last_));
    }
    if (!first_) first_ = entry->seq;
    last_ = entry->seq;
    last_hash_ = entry->hash;
    if (!entry->hidden.words().empty()) ++withheld_;
    if (!entry->erased.words().empty()) ++erased_;
  }
}

void BundleRun::read_nodes() {
  std::string line;
  for (std::size_t number = 1; reader_.line(line, kMaxNodeLine); ++number) {
    // Where an entry is missing, nobody can say which hashes must be there.
    if (!head_ || !has_all_lines_ || !has_nodes_ || entries_ == 0) continue;
    has_nodes_ = tree_.add_node(line, head_->size);
    if (!has_nodes_) {
      said_.blame("proof", "tree",
                  fmt::format("line {} of nodes.txt is not the hash that must be there", number));
    }
  }
}

void BundleRun::check_manifest() {
  const Parsed<proof::BundleManifest> manifest = proof::parse_manifest(manifest_);
  if (!manifest) return said_.blame("manifest", "manifest", manifest.error().message);
  const std::size_t before = said_.findings.kinds().size();
  const auto complain = [this](std::string why) {
    said_.blame("manifest", "manifest", std::move(why));
  };
  for (std::size_t i = 0; i < std::max(members_.size(), manifest->members.size()); ++i) {
    if (i < std::min(members_.size(), manifest->members.size()) &&
        members_[i] == manifest->members[i]) {
      continue;
    }
    complain(i < members_.size() ? fmt::format("{} is not what the manifest says", members_[i].name)
                                 : "the manifest names members that are not there");
  }
  const auto agree = [&](bool same, std::string_view what) {
    if (!same) complain(fmt::format("the manifest is wrong about {}", what));
  };
  agree(manifest->seconds == seconds_, "the time of the members");
  agree(!head_ || (manifest->origin == head_->origin && manifest->size == head_->size &&
                   manifest->root == head_->root),
        "what the checkpoint states");
  agree(manifest->ledger_id == ledger_id_, "the id of the ledger");
  agree(manifest->entries == entries_, "how many entries there are");
  agree(!has_all_lines_ || (manifest->first == first_ && manifest->last == last_),
        "the numbers of the first and the last entry");
  agree(!has_all_lines_ || (manifest->withheld == withheld_ && manifest->erased == erased_),
        "how many entries have something hidden or erased");
  agree(manifest->query.has_value() == manifest->hidden.empty() &&
            (withheld_ == 0 || !manifest->hidden.empty()),
        "whether something is hidden");
  said_.report.bundled = BundledEntries{entries_, withheld_, manifest->query};
  if (said_.findings.kinds().size() == before) {
    said_.pass("manifest", fmt::format("{} members are what it says", members_.size()));
  }
}

void BundleRun::check_history() {
  if (head_ && !history_.origin().empty() && history_.origin() != head_->origin) {
    said_.blame("head", "head", "the checkpoint is of another ledger than entry 0");
  }
  std::string keys;
  for (const VerifyKey& key : history_.keys()) keys += key.text() + '\n';
  if (keys != keys_)
    said_.blame("key", "keys", "keys.txt does not hold the keys that the history names");
  if (rotations_.size() != changes_.size()) {
    said_.blame("checkpoint", "keys",
                fmt::format("there are {} proofs of a change of keys, and {} changes",
                            rotations_.size(), changes_.size()));
  }
  for (std::size_t i = 0; i < std::min(rotations_.size(), changes_.size()); ++i) check_rotation(i);
}

// That the entry which ended a key was the last one under a checkpoint signed by it and by the next,
// and that the entries here are those of that checkpoint: the next key cannot change what it sealed.
void BundleRun::check_rotation(std::size_t i) {
  const std::string name = proof::rotation_name(i + 1);
  const Change& change = changes_[i];
  const Parsed<TlogProof> proof = parse_tlog_proof(rotations_[i]);
  const Parsed<Checkpoint> stated =
      proof ? parse_checkpoint(proof->note) : Parsed<Checkpoint>(tl::unexpected(proof.error()));
  if (!stated) {
    return said_.blame("checkpoint", "keys",
                       fmt::format("{} is not a proof: {}", name, stated.error().message));
  }
  const std::uint64_t size = change.seq + 1;
  const bool is_in =
      proof->index == change.seq && proof->extra == change.leaf &&
      check_inclusion(leaf_hash(change.leaf), change.seq, size, proof->path, stated->root);
  if (!is_in)
    said_.blame("proof", "keys", fmt::format("{} does not prove entry {}", name, change.seq));
  const std::optional<Digest> root = tree_.root_at(size);
  if (root && *root != stated->root) {
    said_.blame("checkpoint", "keys",
                fmt::format("the checkpoint of {} was signed for other entries than these", name));
  }
  CheckpointCheck check(
      history_, size, [&](std::uint64_t) { return std::optional(stated->root); }, said_.findings);
  check.check_note("checkpoint", "the checkpoint of " + name, proof->note, size);
}

void BundleRun::check_tree() {
  if (!head_ || !has_all_lines_ || !has_nodes_ || entries_ == 0) tree_.name_bad(said_.findings);
  if (!head_) return;
  if (entries_ == 0) return said_.give_up("tree", "there is no entry in it: nothing to check");
  if (!has_all_lines_) {
    said_.skip("tree", "not all entries could be read");
    return;
  }
  if (!has_nodes_) return;
  const bool is_right = tree_.check(head_->size, head_->root, said_.findings);
  has_root_ = is_right && said_.findings.empty();
  if (is_right) {
    said_.pass("tree", "every entry gives its hash, and all of them lead to the root");
  } else {
    said_.fail("tree", "the entries are not what was signed");
  }
}

void BundleRun::check_signature() {
  if (!head_) return;
  const std::vector<VerifyKey> signers = history_.signers(head_->size);
  is_head_signed_ = !signers.empty();
  for (const VerifyKey& key : signers) {
    if (judge_signatures(note_, {key}) != Signature::good) is_head_signed_ = false;
  }
  if (!is_head_signed_) {
    return said_.blame(
        "signature", "signature",
        "the checkpoint is not signed by the key that the history of the ledger names");
  }
  if (judge_signatures(note_, options_.keys) == Signature::bad) {
    return said_.blame("signature", "signature",
                       "a signature under the checkpoint does not verify");
  }
  check_given_keys();
}

void BundleRun::check_given_keys() {
  GivenKeys given = given_keys(options_.keys, options_.policy, head_->origin);
  if (!given.why_not.empty()) return said_.give_up("signature", given.why_not);
  // A witness vouches for no log.
  std::erase_if(given.keys, [](const VerifyKey& key) { return key.type != 1; });
  if (given.keys.empty()) {
    said_.pass("signature", "by the key that it names itself: self-declared");
    return;
  }
  Findings others(options_.max_findings);
  is_signed_ = verify::check_given_keys(history_, given.keys, others);
  if (is_signed_ && others.empty()) {
    said_.pass("signature", "by a key that was given, or that its holder named");
  } else {
    said_.fail("signature", others.list().front().message);
  }
  said_.findings.append(std::move(others));
}

void BundleRun::check_policy() {
  if (!options_.policy || !head_) return;
  const Policy& policy = *options_.policy;
  if (!policy.has_quorum()) {
    said_.skip("witnesses", "the policy asks for none");
    return;
  }
  is_witnessed_ = is_head_signed_ && policy.is_met_by(cosigners_of(note_, policy.witnesses()));
  said_.report.witnessed_size = is_witnessed_ ? head_->size : 0;
  if (is_witnessed_) {
    said_.pass("witnesses", fmt::format("{} cosigned the checkpoint", policy.quorum_text()));
  } else {
    said_.skip("witnesses",
               fmt::format("the checkpoint is not cosigned by {}", policy.quorum_text()));
  }
}

void BundleRun::check_kept() {
  if (!head_) return;
  is_anchored_ = said_.check_kept(known_, head_->origin, options_.known_of_others,
                                  [this](const Known& one) { return check_one(one); });
}

// True if what was kept is the head of the bundle, or of its history as far as can be seen.
bool BundleRun::check_one(const Known& one) {
  const GivenKeys given = given_keys(options_.keys, options_.policy, head_->origin);
  const KnownSigners signers = signers_of(one, history_.keys(), given.with_witnesses);
  const std::string why = why_unusable(one, head_->origin, signers);
  if (!why.empty()) {
    said_.give_up("known", why);
    return false;
  }
  const std::string name = base::escape_controls(one.file.string());
  const Checkpoint& kept = *one.checkpoint;
  std::optional<Digest> root;
  if (kept.size == head_->size) root = head_->root;
  if (kept.size < head_->size && has_root_) root = tree_.root_at(kept.size);
  if (!root) {
    said_.give_up(
        "known",
        fmt::format("{} has {} entries, and the checkpoint of this bundle {}: whether one extends "
                    "the other only the ledger can show, or a bundle made with export --known",
                    name, kept.size, head_->size));
    return false;
  }
  if (*root != kept.root) {
    said_.blame("forked", "known",
                fmt::format("{} has another root at {} entries: two histories exist; keep both",
                            name, kept.size));
    return false;
  }
  if (!signers.any()) {
    said_.give_up("known", why_unvouched(one));
    return false;
  }
  said_.pass("known", kept.size == head_->size
                          ? fmt::format("the checkpoint is that of {}", name)
                          : fmt::format("the checkpoint extends that of {}", name));
  return true;
}

// Since when the head is there.
void BundleRun::check_time_stamps() {
  if (!head_) return;
  TimeStampCheck check(options_.timestamps);
  check.offer(note_, [this](const Checkpoint&) { return is_head_signed_; });
  said_.take(check.conclude(head_->size, "not the checkpoint in this bundle"));
}

void BundleRun::add_limits() {
  if (!is_signed_ && !said_.findings.has("key") && !said_.findings.has("signature")) {
    said_.report.limits.emplace_back(
        "The signer is self-declared: no verifier key was given that says who must have signed, "
        "and a "
        "key that is found in a bundle proves nothing about its holder. Give the key you know with "
        "--key.");
  }
  if (!is_anchored_) {
    said_.report.limits.emplace_back(
        "The checkpoint is unanchored: that it is not one of two histories, both signed by the "
        "holder of the key, or by whoever kept one that a change left out here has ended, is shown "
        "only by a checkpoint that was kept elsewhere (--known).");
  }
  said_.report.limits.emplace_back(
      "A bundle shows that these entries were in the ledger when the checkpoint was signed. It "
      "does "
      "not show that they are all that answer its question, or that nothing is missing between "
      "them.");
  if (withheld_ > 0 || erased_ > 0) {
    said_.report.limits.emplace_back(
        "Something of these entries is not shown. Whether it was hidden for this bundle or erased "
        "from the ledger is the word of whoever made the bundle.");
  }
}

void BundleRun::add_levels() {
  if (!has_root_ || !is_head_signed_ || said_.is_tampered()) return;
  said_.report.level.push_back(Level::tree);
  if (is_signed_) said_.report.level.push_back(Level::signed_head);
  if (is_anchored_) said_.report.level.push_back(Level::anchored);
  if (is_witnessed_) said_.report.level.push_back(Level::witnessed);
}

}  // namespace

}  // namespace verify

VerifyReport verify_bundle(const std::filesystem::path& file, const VerifyBundleOptions& options,
                           const std::function<void(std::uint64_t)>& progress,
                           const std::atomic<bool>* stop) {
  return verify::BundleRun(file, options, progress, stop).run();
}

bool is_bundle_file(const std::filesystem::path& file) {
  // A pipe that took the place of the file must not be waited for.
  const base::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));

  struct stat facts {};

  if (!opened || ::fstat(opened.value(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  std::array<char, base::kTarBlock> head{};
  const ssize_t got = ::read(opened.value(), head.data(), head.size());
  const std::string_view block(head.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  constexpr std::size_t kMagic = 257;
  return block.size() == head.size() &&
         (block.starts_with(proof::kBundleReadme) || block.substr(kMagic).starts_with("ustar"));
}

}  // namespace audit
