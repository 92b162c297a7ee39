// audit/ledger.hpp - the append-only, hash-chained store.
//
// Place     source -> event -> [ledger] -> query -> export, report
// Owns      one SQLite file, the evidence; beside it FILE.index, derived and disposable
// Threads   one thread at a time per object; any number of LedgerViews, in any process, beside it
// Errors    throws audit::Error with the codes named below; never prints, never exits
// Format    audit-ledger(5)
//
//   audit::create_ledger("run.ledger", {.origin = "example.com/agents"});
//   auto ledger = audit::Ledger::open("run.ledger");
//   auto added = ledger.append(events);                       // durable on return
//   auto view = audit::LedgerView::open("run.ledger");
//   for (auto rows = view.entries({0, view.size()}); rows.next();) use(rows.entry());
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/digest.hpp>
#include <audit/error.hpp>
#include <audit/event.hpp>
#include <audit/key.hpp>
#include <audit/time.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

class LedgerView;

namespace ledger {
struct EvidenceSnapshot;  // libaudit/src/ledger/evidence.hpp
std::shared_ptr<const EvidenceSnapshot> snapshot_of(const LedgerView& view);
}  // namespace ledger

// The bytes of one record that are stored; a longer one is stored as a stub (ingest.hpp).
inline constexpr std::size_t kMaxPayloadBytes = std::size_t{16} << 20;

// Positions [first, last); entries are numbered from 0 without holes.
struct SequenceRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  [[nodiscard]] std::uint64_t count() const noexcept { return last - first; }
};

// A part of the index. The digest covers every byte of it, so that what was found right once is known
// again; it follows from the entries, and from what was erased of them.
struct IndexSegment {
  SequenceRange range;
  Digest digest;
};

// Parts of an index that are right of one state of a ledger, and of each that extends it.
struct IndexState {
  std::string ledger_id;
  std::uint64_t size = 0;  // entries of the ledger then
  Digest last_hash;        // of entry size - 1
  std::vector<IndexSegment> segments;

  // Merged of parts, not all of which were made at the same time: right if all of these are.
  struct Merge {
    IndexSegment whole;
    std::vector<IndexSegment> parts;
  };

  std::vector<Merge> merges;
};

// One entry as it is read back.
struct Entry {
  enum class Payload : std::uint8_t {
    none,      // the event had none
    present,   // in `payload`, or not asked for
    erased,    // lawfully erased; see the sys.erasure entry that names it
    withheld,  // there is one, and the view does not hand it out (Disclosure::envelopes)
  };

  std::uint64_t seq = 0;
  Digest hash;
  Timestamp received;
  Envelope envelope;
  Payload payload_state = Payload::none;
  std::string payload;  // the record's bytes as they arrived, uncompressed; empty if not asked for

  // The event's own time, else when it was received: what since and until compare.
  [[nodiscard]] Timestamp when() const {
    const auto time = envelope.number(Field::time);
    return time ? from_nanoseconds(*time) : received;
  }
};

// The last head of a ledger, as entry 0 of the one that continues it names it
// (audit/continuation.hpp).
struct Predecessor {
  std::string ledger_id;  // 32 hexadecimal digits
  std::string origin;
  std::uint64_t size = 0;  // entries; at least 1
  Digest root;
  std::string verify_key;  // that signed the note
  std::string note;        // its signed checkpoint at that size
};

struct CreateOptions {
  std::string origin{};              // empty: "audit.local/<ledger id>"
  std::filesystem::path key_file{};  // empty: LEDGER.key, which must be new; else used if there
  std::optional<Timestamp> now{};    // empty: the system clock
  AskPassphrase passphrase{};        // of a key file that is there and encrypted
  AskPassphrase new_passphrase{};  // a key that is made is encrypted with it; empty: not encrypted
  std::optional<Predecessor> continues{};  // the ledger that ends where this one begins
  std::string group{};                     // who may read it beside its owner: share_with_group
};

struct Created {
  std::string origin;
  std::string ledger_id;  // 32 hexadecimal digits
  std::string verify_key;
  std::filesystem::path ledger_file;
  std::filesystem::path key_file;
  std::filesystem::path verify_key_file;
  bool key_was_made = false;
};

// Makes a ledger with its entry 0, its signing key and LEDGER.pub. All or nothing.
//   throws    already_exists (the ledger, or LEDGER.pub), invalid_argument (origin, group,
//             predecessor), permission, io, configuration (an existing key file that is no key)
Created create_ledger(const std::filesystem::path& file, const CreateOptions& options = {});

// Lets the members of a group of this machine read a ledger that is there: the file and its index get
// that group and mode 0640, and so does what writers make beside them from then on. The signing key
// stays its owner's alone. Who may write does not change.
//   throws    invalid_argument (no such group), permission (not the owner, or no member of the
//             group), not_found, damaged, unsupported, io
void share_with_group(const std::filesystem::path& ledger, const std::string& group);

// The files beside a ledger.
[[nodiscard]] std::filesystem::path default_key_file(const std::filesystem::path& ledger);
[[nodiscard]] std::filesystem::path verify_key_file(const std::filesystem::path& ledger);
[[nodiscard]] std::filesystem::path index_file(const std::filesystem::path& ledger);

struct OpenOptions {
  std::filesystem::path key_file{};  // empty: LEDGER.key
  // How long to wait for another writer before `busy`.
  std::chrono::milliseconds wait{30'000};
  AskPassphrase passphrase{};  // of an encrypted key; asked again when a rotation changed the file
};

// One writer. Several processes may each have one: the write lock is held per append.
class Ledger {
 public:
  // What became of one event of append().
  struct Outcome {
    enum class Kind : std::uint8_t { stored, conflict, duplicate } kind;
    std::uint64_t seq;  // of the entry; of the earlier one for a duplicate
    // It, or a part of it, was erased earlier and is not stored again: its bytes were not compared.
    bool is_of_erased = false;
  };

  //   throws    not_found, damaged, unsupported, permission, io; configuration if the key is missing
  //             or is not the ledger's
  [[nodiscard]] static Ledger open(const std::filesystem::path& file,
                                   const OpenOptions& options = {});
  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  ~Ledger();

  // Appends events in the given order: all of them or none, durable on return.
  //   events    payloads of at most kMaxPayloadBytes; an event_id seen before with the same bytes
  //             is a duplicate and adds nothing, with other bytes is stored and flagged `conflict`
  //   returns   one outcome per event
  //   throws    invalid_event, busy, limit, io, configuration (the key was rotated away); after a
  //             throw the file is as it was and this object must be discarded
  //   cost      one transaction; about eight small hashes per event
  std::vector<Outcome> append(std::span<const Event> events);

  // Appends a note of the caller's own.
  //   type      "sys.*", but none of those the ledger itself rests on: sys.created, sys.key,
  //             sys.erasure, sys.retention, sys.hold and sys.schema have functions of their own
  //   payload   one JSON object on one line
  //   returns   its number
  //   throws    invalid_argument for any other; what append() throws
  std::uint64_t append_system(std::string_view type, std::string_view payload);

  // Entries committed and their root, as of this object's last append or open.
  [[nodiscard]] const Checkpoint& head() const;

  // Brings the index up to the last entry. Not needed for a right answer, only for a fast one.
  void update_index();

  // Leaves the ledger at rest, and takes the words out of its files that an erasure had to leave. The
  // destructor closes too, but cannot report what goes wrong.
  void close();

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

enum class Order : std::uint8_t { oldest_first, newest_first };

// How much of its entries a view hands out.
enum class Disclosure : std::uint8_t {
  all,
  // No payload, and no field that was taken from content (FieldInfo::from_content). A view for people
  // who need not see content, and no protection from those who may read the file.
  envelopes,
};

// Walks entries of a view in order of sequence. Valid while its view lives.
class EntryCursor {
 public:
  EntryCursor(EntryCursor&&) noexcept;
  EntryCursor& operator=(EntryCursor&&) noexcept;
  ~EntryCursor();

  // Steps to the next entry; false at the end.  throws damaged, io
  [[nodiscard]] bool next();

  // Goes to entry `seq`, for callers that know which ones they want; false if there is none.
  // next() afterwards ends.
  [[nodiscard]] bool seek(std::uint64_t seq);

  // Begins again at the start (or end) of another range, cut to the view's size, as if it had been
  // opened there.
  void restart(SequenceRange range);

  // The entry next() or seek() stepped to; replaced by the following one.
  [[nodiscard]] const Entry& entry() const;

 private:
  friend class LedgerView;
  struct Impl;
  explicit EntryCursor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A read-only snapshot: what was committed when it was opened, however the file grows meanwhile.
// Opening checks the file's identity and its whole schema before the first row is read; it does not
// check hashes (verify.hpp does). Never writes beside the ledger.
class LedgerView {
 public:
  //   throws    not_found, damaged (not a ledger, foreign schema), unsupported (version), permission,
  //             io
  [[nodiscard]] static LedgerView open(const std::filesystem::path& file,
                                       Disclosure disclosure = Disclosure::all);
  LedgerView(LedgerView&&) noexcept;
  LedgerView& operator=(LedgerView&&) noexcept;
  ~LedgerView();

  [[nodiscard]] const std::filesystem::path& file() const noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept;  // entries; at least 1
  [[nodiscard]] const std::string& origin() const noexcept;
  [[nodiscard]] const std::string& ledger_id() const noexcept;         // 32 hexadecimal digits
  [[nodiscard]] const std::string& first_verify_key() const noexcept;  // self-declared: entry 0's
  [[nodiscard]] const std::string& head_note() const noexcept;         // newest signed checkpoint
  [[nodiscard]] Disclosure disclosure() const noexcept;

  // One entry, or nothing if seq >= size().
  [[nodiscard]] std::optional<Entry> entry(std::uint64_t seq) const;

  // The stored hash of one entry, or nothing if there is no such entry.
  [[nodiscard]] std::optional<Digest> hash(std::uint64_t seq) const;

  // The entries of `range` (cut to the view), reading only the fields of `wanted`, and the payload
  // only if asked: exports of a few columns are several times faster that way.
  [[nodiscard]] EntryCursor entries(SequenceRange range, Order order = Order::oldest_first,
                                    const FieldSet& wanted = FieldSet::all(),
                                    bool with_payload = true) const;

 private:
  friend class EntryCursor;
  friend std::shared_ptr<const ledger::EvidenceSnapshot> ledger::snapshot_of(
      const LedgerView& view);
  struct Impl;
  explicit LedgerView(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

// Where the histories of two ledgers part: the first number at which both have an entry, and by its
// stored hash (which verify checks) not the same one. Nothing: one is a copy of the other, or of
// how it began.
//   cost      one entry of each where they do not part, else some twenty more
//   throws    damaged, io
[[nodiscard]] std::optional<std::uint64_t> first_difference(const LedgerView& a,
                                                            const LedgerView& b);

}  // namespace audit
