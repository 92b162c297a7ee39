// audit/verify.hpp - is the record intact? Checks everything, names every bad entry, says what it did
// not check. Read-only, offline, without any private key.
//
// Place     ledger -> [verify]
// Threads   verify() uses all cores and returns when they are done
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/digest.hpp>
#include <audit/key.hpp>
#include <audit/ledger.hpp>
#include <audit/policy.hpp>
#include <audit/time.hpp>
#include <audit/timestamp.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

enum class Verdict : std::uint8_t {
  intact,        // all that was checked holds
  tampered,      // something was changed after it was signed
  rolled_back,   // the ledger is behind a checkpoint someone kept
  forked,        // two heads contradict each other
  unverifiable,  // it could not be looked at: not a ledger, unknown version, nothing to check
};

// "intact", "tampered", "rolled-back", "forked", "unverifiable".
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

// How far an intact verdict reaches.
enum class Level : std::uint8_t { chain, tree, signed_head, anchored, witnessed, index, complete };

// "chain", "tree", "signed", "anchored", "witnessed", "index", "complete".
[[nodiscard]] std::string_view to_string(Level level) noexcept;

// One thing that is wrong.
struct Finding {
  std::string kind;  // one of finding_kinds()
  std::optional<std::uint64_t> seq;
  std::string message;
};

// What a finding can be: a stable word, and what that means.
struct FindingKind {
  std::string_view word;
  std::string_view meaning;
};

// Every kind there is, by its word.
[[nodiscard]] std::span<const FindingKind> finding_kinds() noexcept;

[[nodiscard]] bool is_finding_kind(std::string_view word) noexcept;

struct Check {
  enum class Status : std::uint8_t { pass, fail, skipped } status;
  std::string name;
  std::string detail;
};

struct VerifyOptions {
  std::vector<VerifyKey> keys{};               // from outside: who must have signed
  std::vector<std::filesystem::path> known{};  // checkpoints someone kept; each must be extended
  std::optional<Policy> policy{};              // whose signatures are enough
  std::vector<TimestampAnswer> timestamps{};   // each must be of a head of this ledger
  bool known_of_others = false;  // leave out checkpoints of other origins: several are verified
  bool quick = false;            // evidence only: not the index, not SQLite's own checks
  // As quick, and only what is behind the largest of the known checkpoints that is one of this
  // ledger; where there is none, all of it.
  bool since_known = false;
  unsigned threads = 0;                  // 0: as many as the machine has
  std::uint64_t max_findings = 100'000;  // more are counted, not listed
};

// The entry that a proof is of.
struct ProvedEntry {
  std::uint64_t seq = 0;
  Digest hash;
  std::optional<Timestamp> received;  // nothing: it is no entry of a ledger, but of another log
};

// The entries that a bundle shows.
struct BundledEntries {
  std::uint64_t entries = 0;
  std::uint64_t withheld = 0;        // with something hidden
  std::optional<std::string> query;  // that they are said to answer; nothing if that is not shown
};

// So many are listed.
inline constexpr std::size_t kMaxErasuresListed = 1000;

// What a sys.erasure entry says.
struct ErasureNote {
  std::uint64_t seq = 0;
  std::string what;           // payload, entry, or a field
  std::uint64_t entries = 0;  // how many it names
  std::string authority;      // a stranger may have written these: escape them
  std::string reason;
};

// Since when a head is there, at the latest.
struct HeadTime {
  std::filesystem::path file;  // the answer
  std::uint64_t size = 0;      // entries of the head
  Timestamp time;
  std::string authority;  // anybody's words: escape them
  bool is_trusted = false;
};

struct VerifyReport {
  Verdict verdict = Verdict::unverifiable;
  std::vector<Level> level;  // reached; ascending
  std::uint64_t size = 0;    // entries
  Digest root;               // of these
  std::string origin;
  std::string note;  // the head that was checked; empty if there is none
  // What entry 0 says that this ledger continues; that the other one agrees check_continuity shows.
  std::optional<Predecessor> continues;
  std::uint64_t entries_checked = 0;
  std::uint64_t checked_from = 0;     // entries before it were not read again (since_known)
  std::uint64_t erased = 0;           // entries with something lawfully erased
  std::vector<ErasureNote> erasures;  // what says so, oldest first
  std::uint64_t erasures_not_listed = 0;
  std::vector<Finding> findings;
  std::uint64_t findings_not_listed = 0;
  // The index, if all of it was compared with the evidence and agrees; else without segments.
  IndexState index;
  std::vector<std::string> limits;           // what was not checked, in whole sentences
  std::vector<std::filesystem::path> known;  // of those given: what the ledger was held against
  std::vector<Check> checks;
  std::vector<HeadTime> time_stamps;  // in the order of the answers
  // Entries of the newest known head that the policy's quorum cosigned; 0 if none is. Nothing where
  // no policy asks for a quorum.
  std::optional<std::uint64_t> witnessed_size;
  // Where a known head and that of the ledger contradict each other and one key signed both: what
  // proves it to others (audit/fork.hpp). Else empty.
  std::string fork;
  std::optional<ProvedEntry> proved;      // by verify_proof
  std::optional<BundledEntries> bundled;  // by verify_bundle
};

// Adds to an intact report what was found out by holding the file against another one: a finding, and
// the check that failed.
//   verdict   forked or rolled_back
void contradict(VerifyReport& report, Verdict verdict, std::string_view check,
                std::optional<std::uint64_t> seq, std::string message);

// Verifies a ledger.
//   progress  called now and then with entries done and in all
//   throws    not_found, permission, io (could not look is never a verdict of tampering); not_found
//             too for a missing --known file; busy if the file can be read only without locks and was
//             written to meanwhile
[[nodiscard]] VerifyReport verify_ledger(
    const std::filesystem::path& file, const VerifyOptions& options,
    const std::function<void(std::uint64_t, std::uint64_t)>& progress = {},
    const std::atomic<bool>* stop = nullptr);

struct VerifyProofOptions {
  std::vector<VerifyKey> keys{};               // from outside: who must have signed
  std::vector<std::filesystem::path> known{};  // checkpoints someone kept
  bool known_of_others = false;                // leave out checkpoints of other origins
  // What the entry is in the tree, where the proof does not carry it (other logs do not).
  std::optional<std::string> leaf{};
  // A ledger that may be the one the proof is from: it knows keys, and whether heads extend each other.
  // Left alone if it is another one, or cannot be read.
  std::filesystem::path ledger{};
  std::vector<TimestampAnswer> timestamps{};  // each must be of the head in the proof
};

// Verifies a proof of one entry (audit/tlog_proof.hpp): that the entry leads to the root that the
// checkpoint in it states, and that the checkpoint was signed by the log whose origin it has. Without a
// key the verdict is `unverifiable`. A known checkpoint of another size needs the ledger.
//   throws    not_found, permission, io; limit (the file is larger than any proof); configuration
//             (two keys with one name and id)
[[nodiscard]] VerifyReport verify_proof(const std::filesystem::path& file,
                                        const VerifyProofOptions& options);

// True if a file is meant to be a proof: by its first bytes, not by its name. False too for what is no
// regular file or cannot be read.
[[nodiscard]] bool is_proof_file(const std::filesystem::path& file);

struct VerifyBundleOptions {
  std::vector<VerifyKey> keys{};               // from outside: who must have signed
  std::vector<std::filesystem::path> known{};  // checkpoints someone kept
  bool known_of_others = false;                // leave out checkpoints of other origins
  std::optional<Policy> policy{};              // whose signatures are enough
  std::vector<TimestampAnswer> timestamps{};   // each must be of the checkpoint in the bundle
  std::uint64_t max_findings = 100'000;        // more are counted, not listed
};

// Verifies a bundle (audit/bundle.hpp): that each entry gives its hash, that all of them with the
// hashes between them lead to the root that its checkpoint states, and that this was signed by the key
// that the ledger's own history, as the bundle shows it, names. Nothing else is needed.
//   progress  called now and then with the bytes done
//   stop      ends it: then the verdict is `unverifiable`
//   throws    not_found, permission, io; configuration (two keys with one name and id)
//   memory    some 50 bytes for each entry, and the longest line four times
[[nodiscard]] VerifyReport verify_bundle(const std::filesystem::path& file,
                                         const VerifyBundleOptions& options,
                                         const std::function<void(std::uint64_t)>& progress = {},
                                         const std::atomic<bool>* stop = nullptr);

// True if a file is meant to be a bundle: by its first bytes, not by its name. False too for what is no
// regular file or cannot be read.
[[nodiscard]] bool is_bundle_file(const std::filesystem::path& file);

// Verifies fork evidence (audit/fork.hpp): `forked` if one of the keys, which are from elsewhere, signed
// both heads and no ledger can have both; `unverifiable` for anything else.
//   throws    not_found, permission, io; limit (the file is larger than any such evidence)
[[nodiscard]] VerifyReport verify_fork(const std::filesystem::path& file,
                                       const std::vector<VerifyKey>& keys);

// True if a file is meant to be fork evidence: by its first bytes, not by its name. False too for what
// is no regular file or cannot be read.
[[nodiscard]] bool is_fork_file(const std::filesystem::path& file);

// Writes the verified checkpoint to `file`, atomically; refuses to go backwards (a file that holds a
// larger size, another origin, or another root at the same size). Whether the ledger extends a smaller
// one it cannot see: name `file` in VerifyOptions::known where it is there.
//   report    of verify_ledger, intact: no other has looked at what leads to the head
//   throws    configuration, also for any other report; permission, io
void save_checkpoint(const VerifyReport& report, const std::filesystem::path& file);

// Throws the index away and builds it anew from the evidence.
void rebuild_index(const std::filesystem::path& ledger,
                   const std::function<void(std::uint64_t, std::uint64_t)>& progress = {});

}  // namespace audit
