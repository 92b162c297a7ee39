#include "ingest/indexer.hpp"

#include <algorithm>
#include <string_view>

namespace audit::ingest {

void Indexer::add(const Batch& batch) {
  attempt([&] {
    if (!builder_) builder_.emplace(ledger_);
    std::size_t own = 0;
    for (std::size_t i = 0; i < batch.count; ++i) {
      const Record& record = batch.records[i];
      if (!record.stored) continue;
      add_own(batch, record.outcome.seq, own);
      add(record.outcome.seq, record.draft, batch, record.text);
      if (record.has_parts()) add_parts(*record.parts, batch);
    }
    add_own(batch, UINT64_MAX, own);
    builder_->finish_if_stale();
  });
}

void Indexer::add_own(const Batch& batch, std::uint64_t end, std::size_t& next) {
  for (; next < batch.own.size() && batch.own[next]->seq < end; ++next) {
    const OwnEntry& own = *batch.own[next];
    add(own.seq, own.draft, batch, own.text);
  }
}

void Indexer::add_parts(const Parts& parts, const Batch& batch) {
  for (std::size_t i = 0; i < parts.record.count; ++i) {
    const ledger::PartDraft& part = parts.record.parts[i];
    if (part.stored) add(part.seq, part.draft, batch, parts.texts[i]);
  }
}

void Indexer::add(std::uint64_t seq, const ledger::Draft& draft, const Batch& batch,
                  const TextRange& text) {
  builder_->add(seq, draft.envelope, draft.envelope.number(Field::time).value_or(draft.received),
                std::string_view(batch.text).substr(text.begin, text.end - text.begin));
}

void Indexer::use_idle_time() {
  attempt([&] {
    if (!builder_) return;
    builder_->finish_if_stale();
    builder_->merge();
  });
}

void Indexer::finish(IngestReport& report, const std::atomic<bool>& stop) {
  attempt([&] {
    if (!builder_) return;
    builder_->catch_up(report.size);
    builder_->finish(false);
    std::uint64_t merges = 1 + report.counts.entries / ledger::kBuiltSegmentEntries;
    while (merges > 0 && !stop.load() && builder_->merge()) --merges;
    report.index = builder_->made();
    report.indexed = builder_->watermark();
  });
}

}  // namespace audit::ingest
