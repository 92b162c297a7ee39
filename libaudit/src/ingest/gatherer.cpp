#include "ingest/gatherer.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace audit::ingest {

namespace {

// A batch holds no more than this, so that the queues are bounded in bytes.
constexpr std::size_t kMaxBatchBytes = std::size_t{2} << 20;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

// Each flag once, in the order they are met.
void add_flags(const Envelope& envelope, std::string& flags) {
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (value.field != Field::flags || flags.find(value.text) != std::string::npos) continue;
    if (value.text.starts_with(kSchemaReason)) continue;  // it is the message
    if (!flags.empty()) flags += ',';
    flags += value.text;
  }
}

std::string flags_of(const Record& record) {
  std::string flags;
  add_flags(record.draft.envelope, flags);
  for (std::size_t i = 0; record.has_parts() && i < record.parts->record.count; ++i) {
    add_flags(record.parts->record.parts[i].draft.envelope, flags);
  }
  return flags;
}

}  // namespace

Gatherer::Gatherer(const IngestOptions& options, Output output)
    : options_(options), output_(std::move(output)), drafter_(options), batch_(output_.fresh()) {}

Gatherer::Taken Gatherer::take(Line line, const Origin& origin, std::uint64_t line_number) {
  batch_->input_bytes += line.bytes + (line.has_end ? 1 : 0);
  if (!line.too_large && is_blank(line.text)) return {};
  if (batch_->read++ == 0) begin_batch();

  Record& record = batch_->add();
  record.line_number = line_number;
  const std::size_t text_before = batch_->text.size();
  if (output_.redaction != nullptr) {
    output_.redaction->apply(line, origin.shape, record.redactions);
  }
  drafter_.draft(line, origin, record, batch_->text);
  const bool rejected = record.flagged && options_.strict;
  if (record.flagged) note_flags(record, line, origin, rejected);
  if (rejected) {
    --batch_->count;
    batch_->text.resize(text_before);
    ++batch_->rejected;
  } else {
    Redaction::mark(record);
    drafter_.seal(record);
    batch_->payload_bytes += line.text.size();
    batch_->entries += record.entries();
    if (batch_->buffers.empty() || batch_->buffers.back() != line.buffer) {
      batch_->buffers.push_back(line.buffer);
    }
  }
  return {&record, rejected};
}

void Gatherer::begin_batch() {
  oldest_ = std::chrono::steady_clock::now();
  if (output_.schemas != nullptr) batch_->judged_by = drafter_.judge_by(*output_.schemas);
}

bool Gatherer::is_full() const noexcept {
  return batch_->entries >= options_.batch || batch_->rejected >= options_.batch ||
         batch_->payload_bytes >= kMaxBatchBytes;
}

void Gatherer::note_flags(const Record& record, const Line& line, const Origin& origin,
                          bool rejected) {
  IngestNotice notice;
  notice.source = origin.source;
  notice.position = line.position;
  notice.line = record.is_line ? record.line_number : 0;
  notice.flags = flags_of(record);
  notice.rejected = rejected;
  notice.message = drafter_.explain(line, record);
  batch_->notices.push_back(std::move(notice));
}

bool Gatherer::emit() {
  if (batch_->read == 0 && batch_->input_bytes == 0) return true;
  if (!output_.emit(std::move(batch_))) return false;
  batch_ = output_.fresh();
  return true;
}

}  // namespace audit::ingest
