// ledger/writer.hpp - appends prepared events to the evidence: dedupe, chain, tree, head, commit.
//
// Owns      one connection that writes; between begin() and commit() the write lock
// Threads   one
// Errors    audit::Error; after a throw call abandon(), which rolls back, and begin no other
//           transaction: its memory may be ahead of the file. remove_words() and close() may follow:
//           close() writes nothing down that may not be so
#pragma once

#include <audit/ledger.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/json.hpp"
#include "crypto/random.hpp"
#include "event/commitment.hpp"
#include "ledger/database.hpp"
#include "ledger/eraser.hpp"
#include "ledger/evidence.hpp"
#include "ledger/ids.hpp"
#include "ledger/known_record.hpp"
#include "ledger/row.hpp"
#include "ledger/signer.hpp"

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
  bool was_erased = false;  // it was there, and its bytes must not come back with this record
  std::optional<std::uint64_t> carrier;  // of the earlier one: the entry of its record
  std::uint64_t seq = 0;  // of its entry; where it is there already, of the earlier one
};

// The parts of a record, and what is left of it without them.
struct RecordDraft {
  std::string_view bytes;  // all of it, as it arrived
  std::string rest;        // `bytes` without those of the parts
  std::vector<PartDraft> parts;
  std::size_t count = 0;  // of `parts` in use, ascending by offset

  // Puts into `rest` the bytes that are not in parts for which is_cut(part) holds; of other parts that
  // were erased an empty object, or blanks, of their length.
  template <class IsCut>
  void take_out(IsCut&& is_cut) {
    rest.clear();
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const PartDraft& part = parts[i];
      const bool is_out = is_cut(part);
      if (!part.draft.has_payload || !(is_out || part.was_erased)) continue;
      const auto offset = static_cast<std::size_t>(part.offset);
      const std::size_t length = part.draft.payload.size();
      rest.append(bytes.substr(at, offset - at));
      if (!is_out) rest.append(length, ' ');
      if (!is_out && part.draft.payload.starts_with('{') && length > 1) {
        rest.replace(rest.size() - length, 2, "{}");
      }
      at = offset + length;
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

// What a sys.erasure says beside the numbers of entries.
struct ErasureWords {
  std::string_view what;
  std::string_view authority;
  std::string_view reason;
};

class Writer {
 public:
  Writer(const std::filesystem::path& file, const OpenOptions& options);

  // Takes the write lock (waits, then throws busy) and takes in what others appended.
  void begin();

  // Appends one event unless it is there already. On a conflict the draft's envelope is flagged; or,
  // where conflicts are not to be stored, nothing is appended.
  Ledger::Outcome add(Draft& draft, bool store_conflicts = true);

  // Appends what is left of a record and, behind it, its parts, which then name it. Where the record
  // is there already, byte for byte, nothing is appended; else the bytes of parts that are there stay
  // with the record.
  //   carrier   the entry of what is left, sealed; its payload is record.rest, and is sealed anew if
  //             that changes
  //   requires  the payloads of the parts are sealed
  //   returns   the outcome of the record: a conflict if a part is one
  Ledger::Outcome add_record(Draft& carrier, RecordDraft& record, bool store_conflicts = true);

  // Appends an entry of the program's own: type, time and payload. The index gathers its words itself.
  //   payload   one JSON object on one line; not looked at here
  //   returns   its number
  std::uint64_t append_own(std::string_view type, std::string_view payload);

  // Takes content out of entries and appends the sys.erasure that says so; nothing where nothing of it
  // is left.
  //   entries   ascending, at most kMaxErasedAtOnce
  //   what      as the sys.erasure says it
  //   returns   the numbers of those it took something from
  //   throws    damaged: an entry does not have its hash
  std::vector<std::uint64_t> erase(std::span<const std::uint64_t> entries, const Taking& taking,
                                   const ErasureWords& words);

  // Throws what erase() would, and takes nothing; for more than one call of erase().
  void check_erasable(std::span<const std::uint64_t> entries, const Taking& taking,
                      const ErasureWords& words);

  // Appends the sys.key by which the key in force hands over to `next`, as the last entry under the old
  // key, and commits: durable on return. The files are the caller's to put in place.
  //   requires  begin(), and nothing appended since
  //   returns   the number of the entry
  std::uint64_t hand_over(SigningKey next);

  // Signs the new head and commits; durable on return. Without anything added, just lets go.
  void commit();

  // Once the index has passed what erase() appended: true if nothing of what was erased is in any file
  // any more; false if somebody reads or writes, so that it may be. Whoever closes next tries again.
  //   wait      how long to wait for these
  [[nodiscard]] bool remove_words(std::chrono::milliseconds wait);

  // After a commit: if other writers are about, leaves the lock to them for a moment.
  void let_others_in();

  // Lets go without keeping what was added since begin(); if anything was, no begin() may follow.
  void abandon() noexcept;

  [[nodiscard]] const Checkpoint& head() const noexcept { return head_; }

  [[nodiscard]] const Identity& identity() const noexcept { return identity_; }

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

  // Entries so far, those of an open transaction included.
  [[nodiscard]] std::uint64_t size() const noexcept { return tree_.size(); }

  // False if there is no entry of this type, as of the last begin(). True says little.
  [[nodiscard]] bool may_hold_type(std::string_view type) const { return words_.may_be_used(type); }

  // The hash of an entry.  requires an open transaction, and that there is such an entry
  [[nodiscard]] Digest hash_of(std::uint64_t seq);

  // When the open transaction began: what its entries are received at.
  [[nodiscard]] std::int64_t transaction_time() const noexcept { return began_; }

  [[nodiscard]] Signer& signer() noexcept { return signer_; }

  // Keeps the ids seen for the next start. The write-ahead log goes when the last connection does.
  void close();

 private:
  void take_in_others();
  [[nodiscard]] bool find_same(const Draft& draft, bool completes, Ledger::Outcome& outcome);
  [[nodiscard]] bool is_erased(std::string_view id, std::uint64_t& by);
  [[nodiscard]] bool others_erased_since(std::uint64_t seq);
  [[nodiscard]] bool is_pending(std::uint64_t seq);
  [[nodiscard]] bool is_told(PartDraft& part, std::unordered_set<std::string_view>& told);
  [[nodiscard]] bool find_parts(RecordDraft& record, Ledger::Outcome& outcome);
  void find_part(PartDraft& part);
  [[nodiscard]] bool is_known(RecordDraft& record, Ledger::Outcome& outcome);
  [[nodiscard]] std::optional<std::uint64_t> find_rest(RecordDraft& record);
  void keep_known_parts(Draft& carrier, RecordDraft& record);
  [[nodiscard]] bool is_payload(std::string_view wanted);
  void append(Draft& draft);
  [[nodiscard]] std::string sign_head() const;
  void save_checkpoint();
  void finish_erasures();
  void persist_ids(bool force);

  std::filesystem::path file_;
  Database database_;
  Identity identity_;
  Signer signer_;
  const SigningKey* next_key_ = nullptr;  // while it takes over: it signs, too
  Checkpoint head_;
  std::string head_note_;
  proof::CompactRange tree_;
  Digest previous_;
  bool in_transaction_ = false;
  bool is_ahead_ = false;   // of the file, for good: it knows entries that were not committed
  std::int64_t began_ = 0;  // when the transaction did: what its entries were received at
  std::optional<std::uint64_t> found_carrier_;  // of what find_same() found
  bool has_erasures_ = false;                   // there is a sys.erasure among the entries
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
  Statement select_told_;
  Statement select_erasure_;
  Statement select_hash_;
  base::JsonReader json_;
  std::vector<std::uint64_t> candidates_;
  std::string unpacked_;
  std::unique_ptr<KnownRecords> records_;  // made when first needed
};

}  // namespace audit::ledger
