#include "ingest/committer.hpp"

#include <algorithm>
#include <utility>

#include "event/text.hpp"
#include "ingest/redaction.hpp"

namespace audit::ingest {

namespace {

// How long the stage waits for a batch before it looks around.
constexpr std::chrono::milliseconds kLookAround{10'000};

}  // namespace

Committer::Committer(const std::filesystem::path& ledger, const IngestOptions& options,
                     const IngestHooks& hooks, std::uint64_t bytes_total)
    : options_(options),
      hooks_(hooks),
      bytes_total_(bytes_total),
      writer_(ledger, {options.key_file, options.wait, options.passphrase}),
      own_(!options.index_later),
      schemas_(ledger) {
  writer_.begin();  // a wrong key or a damaged ledger is told before anything is read
  writer_.abandon();
  schemas_.take_in(writer_);
  report_.size = writer_.head().size;
  report_.root = writer_.head().root;
  if (!options.rules.empty()) watch_.emplace(ledger, options, static_cast<bool>(hooks.tee));
}

void Committer::commit(Batch& batch) {
  if (batch.count > 0 || is_due()) store_all(batch);
  const std::vector<IngestAlert> alerts =
      watch_ ? watch_->take_alerts() : std::vector<IngestAlert>();
  count(batch);
  report_.counts.alerts += alerts.size();
  report_.size = writer_.head().size;
  report_.root = writer_.head().root;
  if (hooks_.notice) {
    for (const IngestNotice& notice : batch.notices) hooks_.notice(notice);
  }
  if (hooks_.tee) tee(batch);
  if (watch_) tell(alerts);
  if (hooks_.progress) hooks_.progress(report_.counts, bytes_total_);
}

std::chrono::milliseconds Committer::patience() const {
  return watch_ ? watch_->patience() : kLookAround;
}

void Committer::store_all(Batch& batch) {
  writer_.begin();
  schemas_.take_in(writer_);
  if (batch.judged_by != schemas_.generation()) judge_again(batch);
  if (watch_) watch_->begin(writer_, batch);
  for (std::size_t i = 0; i < batch.count; ++i) {
    store(batch, batch.records[i]);
    if (watch_ && !batch.records[i].refused) watch_->look_at(batch.records[i], writer_, batch);
  }
  if (auto summary = Redaction::summary_of(batch, writer_.transaction_time())) {
    (void)own_.write(std::move(summary), writer_, batch);
  }
  writer_.commit();
  schemas_.committed(writer_);
  if (watch_) watch_->committed(writer_);
  writer_.let_others_in();
}

void Committer::judge_again(Batch& batch) {
  judge_.refresh(schemas_);
  for (std::size_t i = 0; i < batch.count; ++i) {
    Record& record = batch.records[i];
    judge_.judge_again(record);
    sealer_.reseal_envelope(record.draft);
    const std::string_view reason = schema_reason(record);
    if (reason.empty()) continue;
    record.refused = options_.strict;
    batch.notices.push_back(notice_of(record, "schema", std::string(reason), options_.strict));
  }
  batch.judged_by = schemas_.generation();
}

IngestNotice Committer::notice_of(const Record& record, std::string flags, std::string message,
                                  bool rejected) {
  IngestNotice notice;
  notice.source = record.draft.envelope.text(Field::source);
  notice.position = static_cast<std::uint64_t>(*record.draft.envelope.number(Field::position));
  notice.line = record.line_number;
  notice.flags = std::move(flags);
  notice.message = std::move(message);
  notice.rejected = rejected;
  return notice;
}

void Committer::store(Batch& batch, Record& record) {
  if (record.refused) {
    record.outcome = {Ledger::Outcome::Kind::conflict, 0};
    record.stored = false;
    return;
  }
  if (record.has_parts()) {
    record.outcome = writer_.add_record(record.draft, record.parts->record, !options_.strict);
    refresh_text(batch, record);
  } else {
    record.outcome = writer_.add(record.draft, !options_.strict);
  }
  record.stored = record.outcome.kind == Ledger::Outcome::Kind::stored ||
                  (record.outcome.kind == Ledger::Outcome::Kind::conflict && !options_.strict);
  if (record.outcome.is_of_erased) {
    batch.notices.push_back(notice_of(record, "erased",
                                      record.stored
                                          ? "a part of it was erased earlier; the rest is stored"
                                          : "it was erased earlier, and is not stored again",
                                      !record.stored));
  }
  if (record.outcome.kind != Ledger::Outcome::Kind::conflict) return;
  batch.notices.push_back(notice_of(record, "conflict",
                                    record.has_parts()
                                        ? "the event_id of a part is in the ledger with other bytes"
                                        : "its event_id is in the ledger with other bytes",
                                    options_.strict));
}

void Committer::refresh_text(Batch& batch, Record& record) {
  if (options_.index_later) return;
  const ledger::RecordDraft& parts = record.parts->record;
  const bool as_it_was = std::all_of(parts.parts.begin(),
                                     parts.parts.begin() + static_cast<std::ptrdiff_t>(parts.count),
                                     [](const ledger::PartDraft& part) { return part.stored; });
  if (as_it_was) return;
  record.text.begin = batch.text.size();
  event::append_payload_text(json_, record.draft.payload, batch.text);
  record.text.end = batch.text.size();
}

void Committer::count(const Batch& batch) {
  IngestCounts& counts = report_.counts;
  counts.read += batch.read;
  counts.rejected += batch.rejected;
  counts.bytes += batch.input_bytes;
  for (std::size_t i = 0; i < batch.count; ++i) {
    const Record& record = batch.records[i];
    const auto kind = record.outcome.kind;
    counts.blocked += record.blocked;
    if (kind == Ledger::Outcome::Kind::duplicate) {
      ++counts.duplicates;
      continue;
    }
    if (!record.stored) {
      ++counts.rejected;
      continue;
    }
    ++counts.stored;
    ++counts.entries;
    counts.conflicts += kind == Ledger::Outcome::Kind::conflict;
    counts.redacted += !record.redactions.empty();
    counts.flagged += record.flagged || kind == Ledger::Outcome::Kind::conflict;
    if (!report_.first_seq) report_.first_seq = record.outcome.seq;
    report_.last_seq = record.outcome.seq;
    if (record.has_parts()) count_parts(record.parts->record);
  }
  for (const auto& own : batch.own) {
    ++counts.entries;
    report_.first_seq = std::min(report_.first_seq.value_or(own->seq), own->seq);
    report_.last_seq = std::max(report_.last_seq.value_or(own->seq), own->seq);
  }
}

void Committer::tell(const std::vector<IngestAlert>& alerts) {
  for (const IngestAlert& alert : alerts) {
    if (hooks_.alert) hooks_.alert(alert);
  }
  for (const std::string& note : watch_->take_notes()) {
    if (hooks_.remark) hooks_.remark(note);
  }
  report_.halted = watch_->halt();
}

void Committer::count_parts(const ledger::RecordDraft& record) {
  for (std::size_t i = 0; i < record.count; ++i) {
    if (!record.parts[i].stored) continue;
    ++report_.counts.entries;
    report_.last_seq = record.parts[i].seq;
  }
}

void Committer::tee(const Batch& batch) {
  tee_.clear();
  for (std::size_t i = 0; i < batch.count; ++i) {
    const Record& record = batch.records[i];
    const bool known = record.outcome.kind == Ledger::Outcome::Kind::duplicate;
    // What was erased is refused whatever it holds: nobody could say later what was passed on.
    if ((!record.stored && !known) || !record.passes || record.outcome.is_of_erased) continue;
    if (record.is_line) {
      tee_.append(record.bytes.empty() ? record.draft.payload : record.bytes).push_back('\n');
    } else if (!std::exchange(told_of_tee_, true) && hooks_.remark) {
      hooks_.remark("records that are not lines are stored, but not copied by --tee");
    }
  }
  if (!tee_.empty()) hooks_.tee(tee_);
}

}  // namespace audit::ingest
