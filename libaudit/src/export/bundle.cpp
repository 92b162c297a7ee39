// Chosen entries, what proves them, and the tar that holds it.
#include <audit/bundle.hpp>
#include <audit/checkpoint.hpp>
#include <audit/error.hpp>
#include <audit/proof.hpp>
#include <audit/tlog_proof.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/tar.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "event/disclosed_entry.hpp"
#include "event/leaf.hpp"
#include "export/bundle_readme.hpp"
#include "export/disclose.hpp"
#include "export/spool.hpp"
#include "ledger/scan.hpp"
#include "ledger/stored_tree.hpp"
#include "proof/bundle_manifest.hpp"
#include "proof/cover.hpp"
#include "proof/merkle.hpp"
#include "proof/note.hpp"
#include "proof/path.hpp"

namespace audit {

namespace exports {

namespace {

[[noreturn]] void fail_damaged(const std::string& why) {
  throw Error(ErrorCode::damaged, why, "run 'audit verify' on the ledger");
}

// Rows by their numbers, which mostly rise.
class Rows {
 public:
  explicit Rows(const LedgerView& view) : scan_(view), decoder_(words_) {
    words_.load(scan_.database());
  }

  // The row of one entry; previous() is then the hash of the one before it.
  //   throws    damaged
  [[nodiscard]] const ledger::EntryRow& at(std::uint64_t seq) {
    if (seq == next_ && seq > 0) {
      previous_ = row_.hash;
    } else {
      const auto before = seq == 0 ? Digest() : scan_.hash_of(seq - 1);
      if (!before) fail_damaged(fmt::format("the hash of entry {} is not there", seq - 1));
      previous_ = *before;
      scan_.read(seq, proof::kMaxTreeSize, decoder_);
    }
    next_ = seq + 1;
    if (!scan_.next(row_) || row_.seq != static_cast<std::int64_t>(seq)) {
      fail_damaged(fmt::format("entry {} is not there", seq));
    }
    return row_;
  }

  [[nodiscard]] const Digest& previous() const noexcept { return previous_; }

  [[nodiscard]] ledger::EvidenceScan& scan() noexcept { return scan_; }

 private:
  ledger::EvidenceScan scan_;
  ledger::WordTable words_;
  ledger::EntryDecoder decoder_;
  ledger::EntryRow row_;
  Digest previous_;
  std::uint64_t next_ = 0;
};

// A leaf that is shown.
struct Leaf {
  std::uint64_t seq;
  Digest hash;
};

// The text of one member of a JSON object; empty if there is none.
std::string text_member(std::string_view json, std::string_view key) {
  base::JsonReader reader;
  if (reader.parse(json) != base::JsonStatus::ok) return {};
  const auto value = reader.root().member(key);
  return std::string(value ? value->text() : std::string_view());
}

// The signed checkpoint in a file: that of a proof, too.
std::string note_in(const std::filesystem::path& file) {
  std::string text = base::read_file(file, kMaxTlogProofBytes);
  if (!looks_like_tlog_proof(text)) return text;
  Parsed<TlogProof> proof = parse_tlog_proof(text);
  return proof ? std::move(proof->note) : text;
}

class BundleMaker {
 public:
  BundleMaker(const LedgerView& view, const Query& query, const BundleOptions& options)
      : view_(view),
        query_(query),
        options_(options),
        hiding_(options.hide),
        rows_(view),
        tree_(view),
        entries_(options.spool),
        nodes_(options.spool) {
    take_checkpoint();
    check_query();
  }

  // Everything but writing; false if there is nothing to write.
  [[nodiscard]] bool make() {
    if (hiding_.has_fields()) gather_hidden();
    add_history();
    add_entries();
    entries_.finish();
    if (is_stopped() || counts_.entries == 0) return false;
    add_nodes();
    nodes_.finish();
    describe();
    return true;
  }

  [[nodiscard]] BundleCounts counts() const noexcept { return counts_; }

  void write(const Sink& sink) const {
    for (std::size_t i = 0; i < manifest_.members.size(); ++i) {
      const proof::BundleMember& member = manifest_.members[i];
      begin_member(sink, member.name, member.bytes);
      if (const Spool* const spool = spool_of(member.name)) {
        spool->copy_to(sink);
      } else {
        sink(texts_[i]);
      }
      sink(std::string(base::tar_padding(member.bytes), '\0'));
    }
    const std::string last = manifest_text(manifest_);
    begin_member(sink, proof::kBundleManifest, last.size());
    sink(last);
    sink(std::string(base::tar_padding(last.size()), '\0') + base::tar_end());
  }

  [[nodiscard]] Bundle take(std::size_t max_bytes) {
    std::uint64_t bytes = 0;
    for (const proof::BundleMember& member : manifest_.members) bytes += member.bytes;
    if (bytes > max_bytes) {
      throw Error(ErrorCode::limit,
                  fmt::format("{} entries with their proofs have {} bytes, and {} is the most",
                              counts_.entries, bytes, max_bytes),
                  "choose fewer entries, or write a bundle: --bundle");
    }
    Bundle bundle{counts_,
                  texts_[0],
                  texts_[1],
                  texts_[2],
                  std::move(rotations_),
                  history_,
                  {},
                  {},
                  manifest_text(manifest_)};
    const auto append_to = [](std::string& text) {
      return [&text](std::string_view piece) { text.append(piece); };
    };
    entries_.copy_to(append_to(bundle.entries));
    nodes_.copy_to(append_to(bundle.nodes));
    return bundle;
  }

 private:
  // The checkpoint, which this ledger must extend.
  void take_checkpoint() {
    const Parsed<Checkpoint> head = parse_checkpoint(view_.head_note());
    if (!head || head->size != view_.size() || head->root != tree_.root(head->size)) {
      fail_damaged("the hashes of the ledger do not lead to its head");
    }
    note_ = options_.known.empty() ? view_.head_note() : note_in(options_.known);
    const Parsed<Checkpoint> given = parse_checkpoint(note_);
    if (!given) refuse("is no signed checkpoint: " + given.error().message);
    checkpoint_ = *given;
    if (checkpoint_.origin != view_.origin()) {
      refuse("is one of " + base::escape_controls(checkpoint_.origin));
    }
    if (checkpoint_.size == 0) refuse("is one of no entries");
    if (checkpoint_.size > head->size) {
      refuse(fmt::format("has {} entries, and the ledger has {}", checkpoint_.size, head->size));
    }
    const bool is_prefix =
        checkpoint_.root == tree_.root(checkpoint_.size) &&
        check_consistency(checkpoint_.size, checkpoint_.root, head->size, head->root,
                          tree_.consistency(checkpoint_.size, head->size));
    if (!is_prefix) refuse("has another root than this ledger at its size: two histories exist");
    manifest_.origin = checkpoint_.origin;
    manifest_.size = counts_.size = checkpoint_.size;
    manifest_.root = checkpoint_.root;
    manifest_.ledger_id = view_.ledger_id();
    manifest_.hidden = options_.hide;
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(
        ErrorCode::invalid_argument,
        fmt::format("nothing can be proved under the checkpoint that was given: it {}", why),
        "give one that 'audit verify --save' wrote of this ledger");
  }

  void check_query() {
    const std::string& text = options_.query_text;
    if (!hiding_.is_anything()) manifest_.query = text;
    if (text.size() <= proof::kMaxManifestQuery && base::is_utf8(text)) return;
    throw Error(ErrorCode::limit, "the query is longer than 64 KiB, or not UTF-8");
  }

  [[nodiscard]] bool is_stopped() {
    counts_.is_stopped = counts_.is_stopped || (options_.stop != nullptr && *options_.stop);
    return counts_.is_stopped;
  }

  // Calls each(row) for every answer.
  template <class Each>
  void each_answer(Each&& each) {
    SearchOptions options;
    options.order = Order::oldest_first;
    options.limit = options_.limit;
    options.wanted = {};
    options.with_payload = false;
    options.stop = options_.stop;
    Search search(view_, query_, options);
    while (search.next()) {
      const std::uint64_t seq = search.entry().seq;
      if (seq >= checkpoint_.size) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("entry {} is an answer, and the checkpoint that was given is of {} "
                                "entries",
                                seq, checkpoint_.size),
                    fmt::format("add seq:..{} to the query, or give a later checkpoint",
                                checkpoint_.size - 1));
      }
      each(rows_.at(seq));
      if (is_stopped()) return;
    }
  }

  void gather_hidden() {
    each_answer([this](const ledger::EntryRow& row) { hiding_.gather(row); });
    hiding_.finish();
  }

  // How it began, and each change of keys.
  void add_history() {
    add_to_history(0, "key");
    manifest_.seconds = 0;
    std::vector<ledger::EvidenceScan::Note> ends;
    rows_.scan().each_checkpoint([&](const ledger::EvidenceScan::Note& note) {
      const Parsed<proof::Note> parsed = proof::parse_note(note.text);
      const bool is_within =
          note.key > 0 && static_cast<std::uint64_t>(note.key) <= checkpoint_.size;
      if (is_within && parsed && parsed->signatures.size() > 1) ends.push_back(note);
    });
    if (ends.size() > proof::kMaxRotations) {
      throw Error(ErrorCode::limit, "the key of this ledger changed more than 1,000 times");
    }
    for (const ledger::EvidenceScan::Note& note : ends) add_rotation(note);
  }

  // Returns the leaf data.
  std::string add_to_history(std::uint64_t seq, std::string_view key) {
    const ledger::EntryRow& row = rows_.at(seq);
    if (hiding_.is_in(row)) {
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("a value that is to be hidden stands in entry {}, which every bundle "
                              "must show",
                              seq),
                  "entry 0 holds the origin of the ledger and its key, others the keys after that");
    }
    keys_ += text_member(row.payload, key) + '\n';
    const event::DisclosedEntry entry = discloser_.disclose(row, rows_.previous(), {});
    event::append_disclosed_line(history_, entry);
    history_ += '\n';
    shown_.push_back({seq, entry.hash});
    return event::encode_leaf(*event::leaf_of(entry, committer_));
  }

  void add_rotation(const ledger::EvidenceScan::Note& note) {
    const auto size = static_cast<std::uint64_t>(note.key);
    TlogProof proof;
    proof.index = size - 1;
    proof.extra = add_to_history(proof.index, "key");
    proof.path = proof::make_inclusion(
        proof.index, size,
        [this](unsigned level, std::uint64_t index) { return tree_.subtree(level, index); });
    proof.note = note.text;
    rotations_.push_back(tlog_proof_text(proof));
  }

  void add_entries() {
    const std::size_t history = shown_.size();
    each_answer([this](const ledger::EntryRow& row) {
      const event::Parts hidden = hiding_.is_anything() ? hiding_.of(row) : event::Parts();
      const event::DisclosedEntry entry = discloser_.disclose(row, rows_.previous(), hidden);
      const std::size_t before = entries_.buffer().size();
      event::append_disclosed_line(entries_.buffer(), entry);
      if (!event::is_within_bounds(std::string_view(entries_.buffer()).substr(before))) {
        throw Error(ErrorCode::limit, fmt::format("entry {} is too large for a bundle", entry.seq),
                    "--hide payload proves it without its payload");
      }
      entries_.buffer().push_back('\n');
      entries_.line_done();
      ++counts_.entries;
      if (!entry.hidden.words().empty()) ++counts_.withheld;
      if (!entry.erased.words().empty()) ++counts_.erased;
      shown_.push_back({entry.seq, entry.hash});
      if (options_.progress) options_.progress(counts_.entries);
    });
    if (counts_.entries == 0) return;
    manifest_.first = shown_[history].seq;
    manifest_.last = shown_.back().seq;
    manifest_.entries = counts_.entries;
    manifest_.withheld = counts_.withheld;
    manifest_.erased = counts_.erased;
  }

  // The hashes between what is shown; with it they must give the root.
  void add_nodes() {
    std::ranges::sort(shown_, {}, &Leaf::seq);
    const auto twice = std::ranges::unique(shown_, {}, &Leaf::seq);
    shown_.erase(twice.begin(), twice.end());
    proof::CompactRange whole;
    const auto fill_to = [&](std::uint64_t end) {
      proof::each_subtree_within(whole.size(), end, [&](const proof::Subtree& gap) {
        const Digest root = tree_.subtree(gap.level, gap.index);
        fmt::format_to(std::back_inserter(nodes_.buffer()), "{} {} {}\n", gap.level, gap.index,
                       to_base64(root));
        nodes_.line_done();
        whole.append_subtree(gap.level, root);
      });
    };
    for (const Leaf& leaf : shown_) {
      fill_to(leaf.seq);
      whole.append(leaf.hash);
    }
    fill_to(checkpoint_.size);
    if (whole.root() != checkpoint_.root) {
      fail_damaged(
          "the entries and the hashes of the ledger do not lead to the root that was signed");
    }
  }

  void describe() {
    manifest_.seconds = seconds();
    texts_ = {bundle_readme(manifest_), note_, keys_};
    texts_.insert(texts_.end(), rotations_.begin(), rotations_.end());
    texts_.push_back(history_);
    const std::vector<std::string> names = proof::bundle_names(rotations_.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (const Spool* const spool = spool_of(names[i])) {
        manifest_.members.push_back({names[i], spool->bytes(), spool->sha256()});
      } else {
        manifest_.members.push_back({names[i], texts_[i].size(), crypto::sha256(texts_[i])});
      }
    }
  }

  [[nodiscard]] std::uint64_t seconds() {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const std::int64_t time =
        options_.time ? nanoseconds(*options_.time) : rows_.at(checkpoint_.size - 1).received;
    return std::min(base::kMaxTarNumber,
                    static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0) / kSecond));
  }

  [[nodiscard]] const Spool* spool_of(std::string_view name) const {
    if (name == proof::kBundleEntries) return &entries_;
    return name == proof::kBundleNodes ? &nodes_ : nullptr;
  }

  void begin_member(const Sink& sink, std::string_view name, std::uint64_t bytes) const {
    if (bytes > base::kMaxTarNumber) {
      throw Error(ErrorCode::limit, fmt::format("{} would have more than 8 GiB", name),
                  "export fewer entries at a time");
    }
    sink(base::tar_header({std::string(name), bytes, manifest_.seconds}));
  }

  const LedgerView& view_;
  const Query& query_;
  const BundleOptions& options_;
  Hiding hiding_;
  Rows rows_;
  ledger::StoredTree tree_;
  Discloser discloser_;
  event::Committer committer_;

  std::string note_;
  Checkpoint checkpoint_;
  std::string keys_;
  std::vector<std::string> rotations_;
  std::string history_;
  Spool entries_;
  Spool nodes_;
  std::vector<Leaf> shown_;
  BundleCounts counts_;
  proof::BundleManifest manifest_;
  std::vector<std::string> texts_;  // of the members that are in memory, which come first
};

}  // namespace

}  // namespace exports

BundleCounts write_bundle(const LedgerView& view, const Query& query, const BundleOptions& options,
                          const Sink& sink) {
  exports::require_all(view);
  exports::BundleMaker maker(view, query, options);
  if (maker.make()) maker.write(sink);
  return maker.counts();
}

Bundle make_bundle(const LedgerView& view, const Query& query, const BundleOptions& options,
                   std::size_t max_bytes) {
  exports::require_all(view);
  exports::BundleMaker maker(view, query, options);
  if (maker.make()) return maker.take(max_bytes);
  return Bundle{maker.counts(), {}, {}, {}, {}, {}, {}, {}, {}};
}

}  // namespace audit
