#include "ingest/drafter.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "crypto/sha256.hpp"
#include "event/text.hpp"
#include "ledger/record.hpp"

namespace audit::ingest {

namespace {

std::string_view describe(base::JsonStatus status) {
  switch (status) {
    case base::JsonStatus::not_json:
      return "it is not JSON";
    case base::JsonStatus::bad_utf8:
      return "it is not UTF-8";
    case base::JsonStatus::duplicate_key:
      return "it names a key twice";
    case base::JsonStatus::too_deep:
      return "it is nested too deeply";
    case base::JsonStatus::ok:
      break;
  }
  return "a value needs a look";
}

constexpr std::string_view kJsonl = "jsonl";
constexpr std::string_view kOtlp = "otlp";

bool fits_entry(std::size_t bytes) { return bytes <= kMaxPayloadBytes; }

}  // namespace

Drafter::Drafter(const IngestOptions& options)
    : options_(options), settings_(options.set), forced_(source::find_format(options.format)) {}

Timestamp Drafter::now() const {
  if (options_.clock) return options_.clock();
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

std::uint64_t Drafter::judge_by(const DeclaredSchemas& declared) {
  judge_.refresh(declared);
  return judge_.generation();
}

void Drafter::draft(const Line& line, const Origin& origin, Record& record, std::string& text) {
  const Timestamp received = now();
  record.draft.received = nanoseconds(received);
  record.draft.has_payload = true;
  record.draft.envelope.clear();
  record.text.begin = text.size();
  record.is_line = origin.shape == source::Shape::lines;
  if (line.too_large) {
    draft_stub(line, record, text);
    mark(line, origin, {kJsonl, {}}, record);
  } else {
    record.bytes = line.text;
    if (!is_otlp(line, origin) || !draft_otlp(line, origin, received, record, text)) {
      draft_json(line, origin, received, record, text);
    }
  }
  record.text.end = text.size();
}

bool Drafter::is_otlp(const Line& line, const Origin& origin) const {
  if (origin.is_request) return true;
  if (options_.format == kJsonl || forced_ != nullptr) return false;
  return options_.format == kOtlp || origin.shape == source::Shape::protobuf ||
         source::may_hold_otlp_json(line.text);
}

bool Drafter::is_document(const Line& line) {
  return source::begins_as_otlp_json(line.text) ||
         json_.parse(line.text) != base::JsonStatus::not_json;
}

bool Drafter::is_protobuf(const Line& line) {
  const Found found = otlp_.read_protobuf(line.text, now(), false, events_);
  return found != Found::foreign && found != Found::broken;
}

// A record in JSON, of a foreign format or of none.
void Drafter::draft_json(const Line& line, const Origin& origin, Timestamp now, Record& record,
                         std::string& text) {
  using Told = source::RecordReader::Found;
  const base::JsonStatus status = jsonl_.parse(line.text, true);
  Told told = Told::plain;
  if (status == base::JsonStatus::ok && options_.format != kJsonl) {
    records_.begin_input(origin.source);
    told = records_.read(line.text, jsonl_.reader(), forced_, !record.is_line, source::kMaxParts,
                         now, !options_.index_later, events_);
  }
  if (told != Told::plain && records_.is_misread()) flag_misread();
  if (told == Told::plain) {
    draft_line(line, status, now, record, text);
    return mark(line, origin, {kJsonl, {}}, record);
  }
  const source::Format* const format = records_.format();
  const Reader reader =
      format != nullptr ? Reader{format->name, format->mapping} : Reader{kJsonl, {}};
  if (told == Told::parts && take_parts(line, origin, reader, record, text)) return;
  if (!fits_entry(line.text.size())) {
    draft_stub(line, record, text);
  } else if (told == Told::parts || told == Told::too_many) {
    draft_whole(line, "source.record", "too-large", record, text);
  } else {
    std::swap(record.draft.envelope, events_[0].envelope);
    record.draft.payload = line.text;
    if (!options_.index_later) event::append_json_text(jsonl_.reader(), text);
  }
  mark(line, origin, reader, record);
}

// Of a format that was forced in vain: nothing of it was understood.
void Drafter::flag_misread() {
  for (std::size_t i = 0; i < events_.size(); ++i) {
    Envelope& envelope = events_[i].envelope;
    if (envelope.text(Field::type) == "other") envelope.set_text(Field::flags, "unparsed");
  }
}

void Drafter::draft_line(const Line& line, base::JsonStatus status, Timestamp now, Record& record,
                         std::string& text) {
  if (!fits_entry(line.text.size())) return draft_stub(line, record, text);
  jsonl_.map(status, now, record.draft.envelope);
  record.draft.payload = line.text;
  if (options_.index_later) return;
  if (status == base::JsonStatus::ok || status == base::JsonStatus::duplicate_key) {
    event::append_json_text(jsonl_.reader(), text);
  } else {
    event::append_other_text(line.text, text);
  }
}

// False if it is something else after all, and may be read as a line.
bool Drafter::draft_otlp(const Line& line, const Origin& origin, Timestamp now, Record& record,
                         std::string& text) {
  const bool with_text = !options_.index_later;
  const Found found = origin.shape == source::Shape::protobuf
                          ? otlp_.read_protobuf(line.text, now, with_text, events_)
                          : otlp_.read_json(line.text, true, now, with_text, events_);
  const Reader reader{kOtlp, source::OtlpReader::kMapping};
  const bool forced =
      origin.is_request || options_.format == kOtlp || origin.shape == source::Shape::protobuf;
  if (found == Found::foreign && !forced) return false;
  if (found == Found::parts && take_parts(line, origin, reader, record, text)) return true;
  if (!fits_entry(line.text.size())) {
    draft_stub(line, record, text);
  } else if (found == Found::foreign || found == Found::broken) {
    const std::string_view flag = otlp_.flag();
    draft_whole(line, "unparsed", flag.empty() ? "unparsed" : flag, record, text);
  } else {
    draft_whole(line, "source.record", otlp_.flag(), record, text);
  }
  mark(line, origin, reader, record);
  return true;
}

// What events_ holds, as the parts of the record. False if one, or what is left, is too large.
bool Drafter::take_parts(const Line& line, const Origin& origin, const Reader& reader,
                         Record& record, std::string& text) {
  if (!record.parts) record.parts = std::make_unique<Parts>();
  ledger::RecordDraft& whole = record.parts->record;
  record.parts->texts.clear();
  whole.bytes = line.text;
  whole.count = 0;
  if (whole.parts.size() < events_.size()) whole.parts.resize(events_.size());
  const std::size_t text_begin = text.size();
  bool flagged = false;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    source::PartEvent& event = events_[i];
    if (event.is_dropped) continue;
    if (!fits_entry(event.length)) {
      whole.count = 0;
      return false;
    }
    ledger::PartDraft& part = whole.parts[whole.count++];
    part.draft.envelope.clear();
    std::swap(part.draft.envelope, event.envelope);
    part.draft.has_payload = event.has_bytes;
    part.draft.payload = line.text.substr(event.offset, event.has_bytes ? event.length : 0);
    part.offset = event.offset;
    part.index = event.part;
    part.completes = event.is_complete;
    part.is_once = event.is_once;
    part.draft.envelope.set_text(Field::format, reader.format);
    part.draft.envelope.set_text(Field::source, origin.source);
    settings_.apply(part.draft.envelope);
    judge_.judge(part.draft);
    flagged |= part.draft.envelope.has(Field::flags);
    record.parts->texts.push_back({text_begin + event.text_begin, text_begin + event.text_end});
  }
  whole.take_out([](const ledger::PartDraft&) { return true; });
  if (!fits_entry(whole.rest.size())) {
    whole.count = 0;
    return false;
  }
  text.append(events_.text);
  record.text.begin = text.size();
  record.flagged = flagged;
  record.draft.payload = whole.rest;
  record.draft.envelope.set_text(Field::type, "source.record");
  if (!options_.index_later) event::append_payload_text(json_, whole.rest, text);
  mark(line, origin, reader, record);
  return true;
}

// A record that stays in one piece.
void Drafter::draft_whole(const Line& line, std::string_view kind, std::string_view flag,
                          Record& record, std::string& text) {
  record.draft.envelope.clear();
  record.draft.envelope.set_text(Field::type, kind);
  record.draft.envelope.set_text(Field::flags, flag);
  record.draft.payload = line.text;
  if (!options_.index_later) event::append_payload_text(json_, line.text, text);
}

// A record that is too large to keep: its length and digest stand for it.
void Drafter::draft_stub(const Line& line, Record& record, std::string& text) {
  const std::string digest = to_hex(line.too_large  ? line.digest
                                    : line.original ? *line.original
                                                    : crypto::sha256(line.text));
  record.stub =
      fmt::format("{{\"too_large\":{{\"bytes\":{},\"sha256\":\"{}\"}}}}", line.bytes, digest);
  record.bytes = {};
  record.draft.envelope.clear();
  record.draft.envelope.set_text(Field::type, "unparsed");
  record.draft.envelope.set_text(Field::flags, "too-large");
  record.draft.payload = record.stub;
  if (!options_.index_later) event::append_payload_text(json_, record.stub, text);
}

void Drafter::mark(const Line& line, const Origin& origin, const Reader& reader, Record& record) {
  Envelope& envelope = record.draft.envelope;
  envelope.set_text(Field::format, reader.format);
  envelope.set_text(Field::source, origin.source);
  envelope.set_number(Field::position, static_cast<std::int64_t>(line.position));
  if (!record.is_line) {
    envelope.set_number(Field::record_end, ledger::kNoLine);
  } else if (!line.has_end) {
    envelope.set_number(Field::record_end, 1);
  }
  envelope.set_text(Field::mapping, reader.mapping);
  settings_.apply(envelope);
  judge_.judge(record.draft);
  record.flagged |= envelope.has(Field::flags);
}

void Drafter::seal(Record& record) {
  sealer_.seal(record.draft);
  if (!record.has_parts()) return;
  ledger::RecordDraft& whole = record.parts->record;
  for (std::size_t i = 0; i < whole.count; ++i) sealer_.seal_payload(whole.parts[i].draft);
}

std::string Drafter::explain(const Line& line, const Record& record) {
  if (record.bytes.empty() && !record.stub.empty()) {
    return fmt::format("it has {} bytes, more than {}; its length and digest were kept", line.bytes,
                       record.is_line ? kMaxLineBytes : ledger::kMaxRecordBytes);
  }
  if (const std::string_view reason = schema_reason(record); !reason.empty()) {
    return std::string(reason);
  }
  if (forced_ != nullptr && records_.is_misread()) {
    return fmt::format("it is no record of the format {}", forced_->name);
  }
  if (record.draft.envelope.text(Field::type) != "unparsed") {
    return std::string(describe(base::JsonStatus::ok));
  }
  const base::JsonStatus status = json_.parse(line.text);
  if (status == base::JsonStatus::ok) return "it is no request of OTLP";
  return std::string(describe(status));
}

}  // namespace audit::ingest
