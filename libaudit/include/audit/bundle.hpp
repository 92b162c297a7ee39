// audit/bundle.hpp - chosen entries with all that proves them, in one file that stands alone.
//
// Place     ledger -> query -> [export]
// Format    audit-bundle(5); verify_bundle (audit/verify.hpp) checks one
// Threads   one thread at a time
#pragma once

#include <audit/export.hpp>
#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/time.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace audit {

struct BundleOptions {
  std::string query_text{};         // what was asked, for the reader; nothing vouches for it
  std::uint64_t limit = 0;          // 0: every answer
  std::vector<std::string> hide{};  // "payload" and own fields: see audit-bundle(5), "HIDING"
  // A file with the signed checkpoint that the entries are proved under: one the ledger extends, maybe
  // with cosignatures. Empty: the head of the view.
  std::filesystem::path known{};
  std::optional<Timestamp> time{};  // of the members; nothing: when the last entry was received
  std::filesystem::path spool{};    // a folder with room for the entries, twice at most
  std::function<void(std::uint64_t)> progress{};  // called now and then with the entries done
  const std::atomic<bool>* stop = nullptr;        // ends it: then nothing was written
};

struct BundleCounts {
  std::uint64_t entries = 0;
  std::uint64_t withheld = 0;  // of these, with something hidden
  std::uint64_t erased = 0;    // of these, with something erased
  std::uint64_t size = 0;      // entries of the ledger under the checkpoint
  bool is_stopped = false;
};

// The members of a bundle, each as its file is.
struct Bundle {
  BundleCounts counts;
  std::string readme;
  std::string checkpoint;
  std::string keys;
  std::vector<std::string> rotations;
  std::string history;
  std::string entries;
  std::string nodes;
  std::string manifest;
};

// Writes a bundle of the answers to `query`; nothing, if there is none. Every entry is rehashed, and
// all of it together leads to the root that the checkpoint states, before the first byte is written.
//   returns   what is in it
//   throws    invalid_argument (a field that cannot be hidden; a checkpoint of another ledger, or one
//             that an answer is behind); limit; not_found (known); damaged where the ledger does not lead to the
//             checkpoint; permission (also for a view that keeps content back), io, and what sink throws
//   memory    about 50 bytes for each entry
BundleCounts write_bundle(const LedgerView& view, const Query& query, const BundleOptions& options,
                          const Sink& sink);

// The same in memory, for a document that holds it.
//   throws    limit too, if it has more than `max_bytes`
[[nodiscard]] Bundle make_bundle(const LedgerView& view, const Query& query,
                                 const BundleOptions& options, std::size_t max_bytes);

}  // namespace audit
