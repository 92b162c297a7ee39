#include "ingest/redaction.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crypto/sha256.hpp"
#include "ledger/record.hpp"
#include "redact/ids.hpp"

namespace audit::ingest {

namespace {

bool is_masked(std::string_view text) {
  return text.find(redact::kMarkerStart) != std::string_view::npos;
}

// Two ids that were masked look the same, and would make one event, one run or one call of two.
void leave_out_masked_ids(Envelope& envelope) {
  for (const Field field : redact::kIds) {
    bool any = false;
    std::vector<std::string> others;  // of a list
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      const Envelope::Value value = envelope.at(i);
      if (value.field != field) continue;
      any |= is_masked(value.text);
      if (!is_masked(value.text)) others.emplace_back(value.text);
    }
    if (!any) continue;
    envelope.erase(field);
    for (const std::string& other : others) envelope.set_text(field, other);
    envelope.set_text(Field::states, fmt::format("{}=withheld", name_of(field)));
  }
}

// A line whose masked form is too large to keep: what stands for it is that of the line itself.
void make_too_large(Line& line) {
  line.too_large = true;
  line.digest = crypto::sha256(line.text);
  line.text = {};
}

}  // namespace

void Redaction::apply(Line& line, source::Shape shape, redact::Counts& counts) {
  if (line.too_large) return;
  const bool is_protobuf = shape == source::Shape::protobuf;
  const bool found = is_protobuf ? redactor_.redact_protobuf(line.text, masked_, counts)
                                 : redactor_.redact(line.text, masked_, counts);
  if (!found) return;
  const bool was_large = line.text.size() > kMaxPayloadBytes;
  if (masked_.size() > (was_large ? ledger::kMaxRecordBytes : kMaxPayloadBytes)) {
    counts.clear();
    return make_too_large(line);
  }
  line.buffer = std::make_shared<Buffer>(masked_.size());
  std::memcpy(line.buffer->bytes.get(), masked_.data(), masked_.size());
  line.original = was_large ? std::optional(crypto::sha256(line.text)) : std::nullopt;
  line.text = {line.buffer->bytes.get(), masked_.size()};
}

std::string Redaction::masked(std::string_view bytes, source::Shape shape) {
  redact::Counts counts;
  const bool found = shape == source::Shape::protobuf
                         ? redactor_.redact_protobuf(bytes, masked_, counts)
                         : redactor_.redact(bytes, masked_, counts);
  return found ? masked_ : std::string(bytes);
}

void Redaction::mark(Record& record) {
  if (record.redactions.empty()) return;
  leave_out_masked_ids(record.draft.envelope);
  for (std::size_t i = 0; record.has_parts() && i < record.parts->record.count; ++i) {
    leave_out_masked_ids(record.parts->record.parts[i].draft.envelope);
  }
  for (const auto& [kind, count] : record.redactions) {
    record.draft.envelope.set_text(Field::redactions, fmt::format("{}:{}", kind, count));
  }
}

std::unique_ptr<OwnEntry> Redaction::summary_of(const Batch& batch, std::int64_t time) {
  const redact::Counts counts = batch.redactions();
  if (counts.empty()) return nullptr;
  auto entry = std::make_unique<OwnEntry>();
  Envelope& envelope = entry->draft.envelope;
  envelope.set_text(Field::type, "pii.redacted");
  envelope.set_text(Field::format, "redaction");
  envelope.set_number(Field::time, time);
  std::string kinds;
  for (const auto& [kind, count] : counts) {
    kinds += fmt::format("{}\"{}\":{}", kinds.empty() ? "" : ",", kind, count);
  }
  const auto was_masked = [](const Record& record) {
    return record.stored && !record.redactions.empty();
  };
  const auto end = batch.records.begin() + static_cast<std::ptrdiff_t>(batch.count);
  const auto first = std::find_if(batch.records.begin(), end, was_masked);
  const auto last = std::find_if(std::make_reverse_iterator(end), batch.records.rend(), was_masked);
  entry->payload = fmt::format(R"({{"redacted":{{{}}},"records":{},"first_seq":{},"last_seq":{}}})",
                               kinds, std::count_if(batch.records.begin(), end, was_masked),
                               first->outcome.seq, last->outcome.seq);
  return entry;
}

}  // namespace audit::ingest
