// ledger/ids.hpp - has an event with this id been stored before?
//
// Keeps a keyed 64-bit fingerprint per event_id: the newest in memory, the rest in sorted runs in the
// index file, each with a Bloom filter. A fingerprint that is found is a candidate: the caller
// compares id and bytes with the evidence. Of many entries with one id only the first few stand under
// the id alone, the others under id and payload: an id that comes a thousand times with other bytes
// costs no more than any other. So a lost or forged index file costs a scan or a lookup,
// and never an event, as long as it holds no wrong runs: those are bound to the evidence by hash.
//
// Cost      measured in libaudit/decisions/0005-idempotency.md
// Threads   one
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "ledger/database.hpp"
#include "ledger/index_file.hpp"

namespace audit::ledger {

class SeenIds {
 public:
  SeenIds() = default;
  SeenIds(const std::filesystem::path& index_file, std::string_view ledger_id);

  // Takes in the ids of entries [covered(), size) from the evidence.
  //   requires  a transaction on `evidence`
  void catch_up(const Database& evidence, std::uint64_t size);

  // Appends the positions of entries whose id may be `id`: some of them, oldest first, and behind
  // those all that also may have this payload.
  void find(const Database& evidence, std::string_view id, std::string_view payload,
            std::vector<std::uint64_t>& candidates);

  // Those of records that were kept in one piece, and may be this one; as far as this file knows.
  void find_rest(const Database& evidence, std::string_view bytes,
                 std::vector<std::uint64_t>& candidates);

  // The same of sys.erasure entries that may list the id of one that was erased as a whole.
  void find_erased(const Database& evidence, std::string_view id,
                   std::vector<std::uint64_t>& candidates);

  // Notes entry `seq`, which is the next one; `id` is empty if it has none.
  void add(std::string_view id, std::string_view payload, std::uint64_t seq);

  // Notes a record without an id, after it was added; not told anew where the file is lost.
  void add_rest(std::string_view bytes, std::uint64_t seq);

  // Notes what a sys.erasure says, after it was added.
  void add_erased(std::string_view payload, std::uint64_t seq);

  // The file of the runs, which is that of the index.
  [[nodiscard]] const IndexFile& index() const noexcept { return file_; }

  [[nodiscard]] std::uint64_t covered() const noexcept { return covered_; }

  // Moves what is in memory into the file when there is much of it (`force`: when a next start
  // would otherwise have to scan for it).  requires everything covered is committed
  void persist(const Database& evidence, bool force);

 private:
  struct Record {
    std::uint64_t fingerprint;
    std::uint64_t seq;

    friend auto operator<=>(const Record&, const Record&) = default;
  };

  struct Run {
    std::int64_t id;
    std::uint64_t first;
    std::uint64_t last;
    std::uint64_t count;
    std::vector<std::uint64_t> fences;  // first fingerprint of each page
    std::string filter;
  };

  class RunWriter;
  class RunStream;

  void load_runs(const Database& evidence);
  void forget_runs();
  void find_fingerprint(const Database& evidence, std::uint64_t fingerprint,
                        std::vector<std::uint64_t>& candidates);
  void insert(Record record);
  [[nodiscard]] bool insert_one_of_few(Record record);
  template <class Payload>
  void insert_id(std::string_view id, std::uint64_t seq, Payload&& payload);
  void grow();
  void find_in_run(const Run& run, std::uint64_t fingerprint,
                   std::vector<std::uint64_t>& candidates);
  void write_memory_run(const Database& evidence);
  void reload(const Database& evidence);
  [[nodiscard]] bool merge_runs();
  void clear_memory();

  std::string ledger_id_;
  IndexFile file_;
  crypto::SipKey key_;
  bool loaded_ = false;
  std::uint64_t covered_ = 0;    // entries [0, covered_) are in runs_ or in memory
  std::uint64_t persisted_ = 0;  // entries [0, persisted_) are in runs_
  std::vector<Run> runs_;
  std::string page_;
  std::vector<std::uint64_t> with_payload_;
  std::vector<Record> slots_;  // open addressing; seq kNoEntry marks an empty slot
  std::size_t used_ = 0;
  base::JsonReader json_;
};

}  // namespace audit::ledger
