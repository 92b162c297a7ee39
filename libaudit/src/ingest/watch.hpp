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
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "ingest/batch.hpp"
#include "ingest/own_entry.hpp"
#include "ledger/writer.hpp"
#include "rule/engine.hpp"
#include "source/jsonl.hpp"

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

  // Asks about a record that was stored just now, with its parts; marks it if it is not to be passed
  // on. At a gate, what is there already is asked about as well: whoever wrote it may have had no
  // rules, or others.
  void look_at(Record& record, ledger::Writer& writer, Batch& batch);

  // After the commit.
  void committed(const ledger::Writer& writer);

  // The alerts of the transactions since the last call.
  [[nodiscard]] std::vector<IngestAlert> take_alerts() { return std::exchange(alerts_, {}); }

  // The alert that halts the run, if there is one.
  [[nodiscard]] const std::optional<IngestAlert>& halt() const noexcept { return halt_; }

  // What was forgotten, in sentences; each once.
  [[nodiscard]] std::vector<std::string> take_notes();

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
  void look_again(Record& record, ledger::Writer& writer, Batch& batch);
  void look_closer(Record& record, ledger::Writer& writer, Batch& batch);
  void ask_readings(std::string_view bytes, std::uint64_t seq, std::int64_t received,
                    ledger::Writer& writer, Batch& batch);
  void look_again(const ledger::Draft& draft, std::uint64_t seq, ledger::Writer& writer,
                  Batch& batch);
  void keep_back(const Record& record);
  [[nodiscard]] bool is_live(const Envelope& envelope) const;
  [[nodiscard]] bool was_kept_back(const Record& record);
  [[nodiscard]] bool was_kept_back(std::uint64_t seq);
  [[nodiscard]] std::optional<bool> read_verdict(std::uint64_t seq);

  std::filesystem::path ledger_;
  bool is_gate_;
  bool may_keep_back_;  // it is a gate, and a rule blocks or halts
  bool passes_unread_;
  bool is_live_;  // what is no file is taken as it happens
  OwnEntries own_;
  rule::Engine engine_;
  std::uint64_t taken_in_ = 0;  // entries [0, taken_in_) are
  std::vector<rule::Firing> firings_;
  std::vector<IngestAlert> alerts_;
  std::optional<IngestAlert> halt_;
  bool blocks_ = false;                               // something of the record in hand is blocked
  std::unordered_set<std::uint64_t> kept_back_;       // in this transaction
  std::unordered_map<std::uint64_t, bool> verdicts_;  // was_kept_back(), of entries before it
  std::optional<LedgerView> before_;  // what was committed before it; opened if needed
  bool met_unread_ = false;
  bool told_of_unread_ = false;
  source::JsonlMapper plain_;
  std::vector<Envelope> readings_;
  base::JsonReader json_;
};

}  // namespace audit::ingest
