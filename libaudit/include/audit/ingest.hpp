// audit/ingest.hpp - drives inputs into a ledger: reads, maps, batches, commits, reports.
//
// Place     source -> event -> [ingest] -> ledger
// Threads   ingest_into() runs its own threads and returns when they have ended; callbacks are called
//           from one of them, one at a time
// Errors    throws audit::Error; what was committed before stays committed and is in the last
//           progress
#pragma once

#include <audit/ledger.hpp>
#include <audit/rules.hpp>
#include <audit/schemas.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace audit {

// A line longer than this is stored as a stub with its length and SHA-256, flagged `too-large`.
inline constexpr std::size_t kMaxLineBytes = kMaxPayloadBytes;

// Where to listen for events over HTTP, instead of reading inputs: OTLP at /v1/traces, /v1/logs and
// /v1/metrics, lines of JSON at /v1/events.
struct ListenOptions {
  std::string address;  // host:port, [v6]:port, a host or a port alone; port 0 takes a free one
  // Needed where the address is not a loopback address, and possible where it is: TLS, and a file
  // with the token that clients must show (Authorization: Bearer).
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::filesystem::path token_file;
};

// What ingest_into() reads, and how. An input is a file, "-", or a folder: its *.jsonl*, *.ndjson*,
// *.json and *.pb files, packed or not, recursively, in order of name.
struct IngestOptions {
  std::vector<std::string> inputs;  // in order; "-" is descriptor `standard_input`
  int standard_input = 0;
  std::optional<ListenOptions> listen;  // then there are no inputs
  std::filesystem::path key_file;       // empty: LEDGER.key
  AskPassphrase passphrase;             // of an encrypted key: OpenOptions
  std::string format = "auto";          // one of input_formats()
  bool follow = false;                  // wait for more at the end of files; survives rotation
  bool resume = false;                  // go on after the last byte the ledger holds of a file
  bool strict = false;                  // refuse (do not store) what would be flagged
  bool index_later = false;             // leave the index to the next search or ingest
  std::size_t batch = 4096;  // entries per commit at most, 1 or more; a record is never cut in two
  std::chrono::milliseconds flush{200};  // an event waits at most so long for its commit; 0 or more
  std::vector<std::pair<std::string, std::string>> set;  // field=value put on every event
  // What to take out of records before anything is stored: email, phone, card, iban, ssn, ip, key,
  // "all" of them, or NAME=PATTERN (RE2; NAME of a-z, 0-9, '-', '_'). Empty: nothing.
  std::vector<std::string> redact;
  std::vector<RuleSet> rules;  // of different names, kMaxRules rules at most; audit-rules(5)
  // With rules that block or halt: pass on also what no rule can read, such as a line that is no JSON.
  bool tee_unread = false;
  std::chrono::milliseconds wait{30'000};  // for another writer, before `busy`
  std::function<Timestamp()> clock;        // empty: the system clock
};

// A format that can be named in IngestOptions, and a line about it.
struct InputFormat {
  std::string_view name;
  std::string_view about;
};

// All of them, static text.
[[nodiscard]] std::vector<InputFormat> input_formats();

// All counts are of input records but `entries`. read = stored + duplicates + rejected, always.
struct IngestCounts {
  std::uint64_t read = 0;
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t flagged = 0;    // part of stored
  std::uint64_t conflicts = 0;  // part of stored
  std::uint64_t rejected = 0;   // only with strict
  std::uint64_t entries = 0;    // written
  std::uint64_t redacted = 0;   // part of stored: something was masked in it
  std::uint64_t alerts = 0;     // sys.alert entries that rules made; among `entries`
  std::uint64_t blocked = 0;  // records kept from `tee`: by a rule, now or when they came first, or
                              // because rules cannot read them
  std::uint64_t bytes = 0;    // read from the inputs
};

// A record that was flagged or rejected: where it is and why.
struct IngestNotice {
  std::string source;
  std::uint64_t position = 0;  // byte offset of the record in its input
  std::uint64_t line = 0;      // 1-based; 0 where it is not known (after --resume)
  std::string flags;           // "unparsed", "bad-utf8,..." as in the field `flags`
  std::string message;         // for people
  bool rejected = false;
};

// A sys.alert entry that a rule made.
struct IngestAlert {
  std::string set;
  std::string rule;
  std::string title;
  std::string severity;
  std::string action;  // "alert" or "halt"
  std::uint64_t seq = 0;
  Digest hash;
  std::string payload;  // JSON on one line: audit-rules(5), ENTRIES
};

struct IngestHooks {
  // After each commit, durable by then. `bytes_total` is 0 if unknown (a pipe).
  std::function<void(const IngestCounts&, std::uint64_t bytes_total)> progress;
  // The stored bytes of each accepted record (duplicates too), after its commit: for --tee.
  // Called with whole lines, each ended by one LF. Left out is what a rule blocks or, where one may,
  // cannot read; what follows a halt; and what comes again after it was erased.
  std::function<void(std::string_view lines)> tee;
  std::function<void(const IngestNotice&)> notice;
  // After the commit that holds it.
  std::function<void(const IngestAlert&)> alert;
  // Something worth a line on stderr: "app.log was replaced; reading the new file".
  std::function<void(std::string_view)> remark;
  // With `listen`: requests are taken from now on, at this address ("http://127.0.0.1:4318").
  std::function<void(std::string_view url)> listening;
};

struct IngestReport {
  IngestCounts counts;
  std::optional<std::uint64_t> first_seq;  // of this run's first and last entry
  std::optional<std::uint64_t> last_seq;
  std::uint64_t size = 0;  // the ledger's, after the last commit of this run
  Digest root;
  bool interrupted = false;           // `stop` was set; all that was read is committed
  std::optional<IngestAlert> halted;  // a rule ended it; all that was read is committed
  std::uint64_t unread = 0;           // files of folders that were damaged, or held no events
  std::uint64_t indexed = 0;          // the index's watermark at the end
  IndexState index;                   // the parts of the index that this run made or merged
};

// Runs until the inputs end (with follow or listen: until stopped). Setting `stop` (also from a signal
// handler) ends it cleanly: the batch in hand is committed.
//   throws    not_found (an input), invalid_argument (options), busy, io, permission, ...; before
//             it throws, every record acknowledged so far is durable
IngestReport ingest_into(const std::filesystem::path& ledger, const IngestOptions& options,
                         const IngestHooks& hooks, const std::atomic<bool>& stop);

// Where schemas are declared.
struct SchemaEntry {
  std::uint64_t seq = 0;
  bool is_new = false;  // false: the newest declaration said the same, and nothing was written
  std::vector<std::string> dropped;  // kinds that the one before was about, and this one is not
};

// Declares schemas in a ledger, as an entry of type sys.schema: ingest_into() holds every record that
// is written behind it against them, also one that is running. They take the place of all that were
// declared before.
//   throws    what Ledger::open() and Ledger::append() throw
SchemaEntry declare_schemas(const std::filesystem::path& ledger, const SchemaSet& schemas,
                            const OpenOptions& options = {});

}  // namespace audit
