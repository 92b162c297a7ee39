// ingest/watch.hpp - rules at work: asks them about what is stored, and writes what they found into
// the same transaction.
//
// Threads   one, the committing one
#pragma once

#include <audit/ingest.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "ingest/batch.hpp"
#include "ingest/own_entry.hpp"
#include "ledger/writer.hpp"
#include "rule/engine.hpp"

namespace audit::ingest {

class Watch {
 public:
  // Takes in the end of the ledger, as far back as the rules look.
  //   options   outlive it; rules is not empty
  //   is_gate   records are passed on, so what was kept back before must be known
  Watch(const std::filesystem::path& ledger, const IngestOptions& options, bool is_gate);

  // At the beginning of a transaction: takes in what others wrote since, and writes what did not
  // come in time.
  void begin(ledger::Writer& writer, Batch& batch);

  // Asks about a record that was stored just now, with its parts, or is there already; marks it if it
  // is not to be passed on.
  void look_at(Record& record, ledger::Writer& writer, Batch& batch);

  // After the commit.
  void committed(const ledger::Writer& writer);

  // The alerts of the transactions since the last call.
  [[nodiscard]] std::vector<IngestAlert> take_alerts() { return std::exchange(alerts_, {}); }

  // The alert that halts the run, if there is one.
  [[nodiscard]] const std::optional<IngestAlert>& halt() const noexcept { return halt_; }

  // What was forgotten, in sentences; each once.
  [[nodiscard]] std::vector<std::string> take_notes() { return engine_.take_notes(); }

  // How long until something that was waited for may not have come.
  [[nodiscard]] std::chrono::milliseconds patience() const;

  [[nodiscard]] bool is_due() const;

 private:
  void take_in(SequenceRange range);
  void take_in(const Entry& entry);
  [[nodiscard]] SequenceRange within_reach(const LedgerView& view) const;
  void look_at(const ledger::Draft& draft, std::uint64_t seq, ledger::Writer& writer, Batch& batch);
  void write(const rule::Firing& firing, const Envelope* about, ledger::Writer& writer,
             Batch& batch);
  void keep_back(Record& record);
  [[nodiscard]] bool was_kept_back(const Record& record);
  [[nodiscard]] bool was_kept_back(std::uint64_t seq);

  std::filesystem::path ledger_;
  bool is_gate_;
  OwnEntries own_;
  rule::Engine engine_;
  std::uint64_t taken_in_ = 0;  // entries [0, taken_in_) are
  std::vector<rule::Firing> firings_;
  std::vector<IngestAlert> alerts_;
  std::optional<IngestAlert> halt_;
  bool blocks_ = false;                          // something of the record in hand is blocked
  std::unordered_set<std::uint64_t> kept_back_;  // in this transaction
  std::optional<LedgerView> before_;             // what was committed before it; opened if needed
  base::JsonReader json_;
};

}  // namespace audit::ingest
