// ledger/writer.hpp - appends prepared events to the evidence: dedupe, chain, tree, head, commit.
//
// Owns      one connection that writes; between begin() and commit() the write lock
// Threads   one
// Errors    audit::Error; after a throw the transaction is rolled back and the writer must be
//           discarded (its memory may be ahead of the file)
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "crypto/random.hpp"
#include "event/commitment.hpp"
#include "ledger/database.hpp"
#include "ledger/evidence.hpp"
#include "ledger/ids.hpp"
#include "ledger/row.hpp"

namespace audit::ledger {

// An event whose content is already committed to; what is left is its place in the chain.
struct Draft {
  Envelope envelope;
  std::string_view payload;
  bool has_payload = true;
  std::int64_t received = 0;  // set by the writer: when the transaction that holds it began
  event::Salt salt_e{};
  event::Salt salt_p{};
  Digest envelope_hash;
  Digest payload_hash;
  Digest hash;  // set by the writer: of the entry it became
};

// One event of a record that holds several: its bytes are cut out of the record, or it has none and
// is told by a part that has.
struct PartDraft {
  Draft draft;
  std::uint64_t offset = 0;  // of its bytes in the record
  std::uint64_t index = 0;   // of the part, among all of the record
  bool completes = false;    // it may follow an earlier state of the same that was pending
  bool is_once = false;      // told by a part, and by others too: its id says whether it is there

  // Set by the writer.
  bool stored = false;
  bool conflict = false;
  std::uint64_t seq = 0;  // of its entry; where it is there already, of the earlier one
};

// The parts of a record, and what is left of it without them.
struct RecordDraft {
  std::string_view bytes;  // all of it, as it arrived
  std::string rest;        // `bytes` without those of the parts
  std::vector<PartDraft> parts;
  std::size_t count = 0;  // of `parts` in use, ascending by offset

  // Puts into `rest` the bytes that are not in parts for which is_cut(part) holds.
  template <class IsCut>
  void take_out(IsCut&& is_cut) {
    rest.clear();
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const PartDraft& part = parts[i];
      if (!part.draft.has_payload || !is_cut(part)) continue;
      const auto offset = static_cast<std::size_t>(part.offset);
      rest.append(bytes.substr(at, offset - at));
      at = offset + part.draft.payload.size();
    }
    rest.append(bytes.substr(at));
  }
};

// Draws salts and computes the two hashes of a draft whose envelope and payload are set.
class Sealer {
 public:
  void seal(Draft& draft);
  // The same but for the envelope, whose last word is not yet spoken: reseal_envelope() must follow.
  void seal_payload(Draft& draft);
  // Only the envelope, after it was changed; the salts stay.
  void reseal_envelope(Draft& draft);

 private:
  event::Committer committer_;
  crypto::RandomPool random_;
};

class Writer {
 public:
  Writer(const std::filesystem::path& file, const OpenOptions& options);

  // Takes the write lock (waits, then throws busy) and takes in what others appended.
  void begin();

  // Appends one event unless it is there already. On a conflict the draft's envelope is flagged; or,
  // where conflicts are not to be stored, nothing is appended.
  Ledger::Outcome add(Draft& draft, bool store_conflicts = true);

  // Appends what is left of a record and, behind it, its parts, which then name it. Where all parts
  // are there already nothing is appended; where some are, their bytes stay with the record.
  //   carrier   the entry of what is left, sealed; its payload is record.rest, and is sealed anew if
  //             that changes
  //   requires  the payloads of the parts are sealed
  //   returns   the outcome of the record: a conflict if a part is one
  Ledger::Outcome add_record(Draft& carrier, RecordDraft& record, bool store_conflicts = true);

  // Signs the new head and commits; durable on return. Without anything added, just lets go.
  void commit();

  // After a commit: if other writers are about, leaves the lock to them for a moment.
  void let_others_in();

  // Lets go without keeping what was added since begin(); the writer must be discarded then.
  void abandon() noexcept;

  [[nodiscard]] const Checkpoint& head() const noexcept { return head_; }

  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

  // Entries so far, those of an open transaction included.
  [[nodiscard]] std::uint64_t size() const noexcept { return tree_.size(); }

  // When the open transaction began: what its entries are received at.
  [[nodiscard]] std::int64_t transaction_time() const noexcept { return began_; }

  // Keeps the ids seen for the next start. The write-ahead log goes when the last connection does.
  void close();

 private:
  void take_in_others();
  void load_key();
  [[nodiscard]] bool find_same(const Draft& draft, bool completes, Ledger::Outcome& outcome);
  [[nodiscard]] bool is_pending(std::uint64_t seq);
  [[nodiscard]] bool is_told(const PartDraft& part, std::unordered_set<std::string_view>& told);
  [[nodiscard]] bool find_parts(RecordDraft& record, Ledger::Outcome& outcome);
  void keep_known_parts(Draft& carrier, RecordDraft& record);
  [[nodiscard]] bool is_payload(std::string_view wanted);
  void append(Draft& draft);
  void save_checkpoint();
  void persist_ids(bool force);

  std::filesystem::path file_;
  std::filesystem::path key_file_;
  Database database_;
  Identity identity_;
  std::unique_ptr<SigningKey> key_;
  Checkpoint head_;
  std::string head_note_;
  proof::CompactRange tree_;
  Digest previous_;
  bool in_transaction_ = false;
  std::int64_t began_ = 0;    // when the transaction did: what its entries were received at
  unsigned others_seen_ = 0;  // transactions left in which to expect other writers

  WordWriter words_;
  RowWriter rows_;
  SeenIds ids_;
  Sealer sealer_;
  event::Committer committer_;
  Statement select_head_;
  Statement update_head_;
  Statement insert_checkpoint_;
  Statement insert_subtree_;
  Statement select_same_;
  Statement select_status_;
  std::vector<std::uint64_t> candidates_;
  std::string unpacked_;
};

}  // namespace audit::ledger
