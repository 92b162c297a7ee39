#include "ingest/reader.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "event/text.hpp"

namespace audit::ingest {

namespace {

// A batch holds no more than this, so that the queues are bounded in bytes.
constexpr std::size_t kMaxBatchBytes = std::size_t{2} << 20;

// How long a read may wait before the stop flag is looked at again.
constexpr std::chrono::milliseconds kLookAround{100};

constexpr std::chrono::milliseconds kQuietBeforeLeaving{1000};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

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

std::string flags_of(const Envelope& envelope) {
  std::string flags;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const Envelope::Value value = envelope.at(i);
    if (value.field != Field::flags) continue;
    if (!flags.empty()) flags += ',';
    flags += value.text;
  }
  return flags;
}

}  // namespace

Reader::Reader(const IngestOptions& options, std::vector<Input> inputs, Output output,
               std::function<bool()> stopping)
    : options_(options),
      inputs_(std::move(inputs)),
      output_(std::move(output)),
      stopping_(std::move(stopping)),
      settings_(options.set),
      batch_(output_.fresh()) {}

void Reader::run() {
  for (Input& input : inputs_) {
    if (!begin(input)) continue;
    if (!drain(input)) return;
    if (options_.follow && input.is_file()) continue;
    if (!drain_rest(input)) return;
    input.close();
  }
  if (options_.follow && !follow()) return;
  (void)emit();
}

bool Reader::begin(Input& input) {
  input.open();
  if (input.is_compressed()) {
    pass_over(input, "is compressed",
              fmt::format("unpack it into a pipe: zcat {} | audit ingest -", input.source()));
    return false;
  }
  if (input.is_sqlite()) {
    pass_over(
        input, "is a SQLite file, perhaps a ledger, and holds no lines",
        fmt::format("to read the entries of a ledger: audit export --jsonl -l {}", input.source()));
    return false;
  }
  const std::uint64_t position = input.is_file() ? output_.start(input) : 0;
  if (position > 0) input.start_at(position);
  return true;
}

void Reader::pass_over(Input& input, std::string_view what, std::string hint) {
  if (input.was_named) {
    throw Error(ErrorCode::invalid_argument, fmt::format("{} {}", input.source(), what),
                std::move(hint));
  }
  output_.remark(fmt::format("{} {} and was passed over", input.source(), what));
  input.close();
}

// What was read from a pipe is nowhere else any more: it is stored even when stopping.
bool Reader::take_what_was_read(Input& input) {
  Line line;
  while (input.lines().take_ready(line)) {
    if (!take(input, line)) return false;
  }
  return drain_rest(input);
}

// What stands behind the last LF of an input that will not grow.
bool Reader::drain_rest(Input& input) {
  Line rest;
  return !input.lines().take_rest(rest) || take(input, rest);
}

bool Reader::drain(Input& input) {
  Line line;
  for (;;) {
    if (stopping_()) {
      if (!input.is_file() && !take_what_was_read(input)) return false;
      (void)emit();
      return false;
    }
    switch (input.lines().next(line, patience())) {
      case LineReader::Status::line:
        if (!take(input, line)) return false;
        break;
      case LineReader::Status::nothing:
        if (is_due() && !emit()) return false;
        break;
      case LineReader::Status::end:
        return true;
    }
  }
}

// Goes round the files, again and again, until stopped. A name that now stands for another file is
// followed there once the old file is read to its end.
bool Reader::follow() {
  for (;;) {
    bool any_file = false;
    for (Input& input : inputs_) {
      if (!input.is_file() || input.descriptor() < 0) continue;
      any_file = true;
      const Input::Fate fate = input.fate();
      if (!drain(input)) return false;
      if (fate == Input::Fate::same || !is_settled(input, fate)) continue;
      if (!drain_rest(input)) return false;
      output_.remark(fmt::format("{} was {}; reading it from its beginning", input.source(),
                                 fate == Input::Fate::replaced ? "replaced" : "cut short"));
      (void)input.reopen();
    }
    if (!any_file) return true;
    if (is_due() && !emit()) return false;
    if (stopping_()) return emit();
    std::this_thread::sleep_for(std::min(patience(), kLookAround));
  }
}

// A file whose name was given to another may still be written by who had it open: it is left only
// after it has been quiet for a while. One that was cut short is read anew at once.
bool Reader::is_settled(Input& input, Input::Fate fate) {
  if (fate == Input::Fate::truncated) return true;
  const auto now = std::chrono::steady_clock::now();
  Leaving& leaving = leaving_[&input];
  const std::uint64_t position = input.lines().read_position();
  if (leaving.position != position) leaving = {position, now};
  if (now - leaving.since < kQuietBeforeLeaving) return false;
  leaving_.erase(&input);
  return true;
}

std::chrono::milliseconds Reader::patience() const {
  if (batch_->read == 0) return kLookAround;
  const auto waited = std::chrono::steady_clock::now() - oldest_;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(options_.flush - waited);
  return std::clamp(left, std::chrono::milliseconds(0), kLookAround);
}

bool Reader::is_due() const {
  return batch_->read > 0 && std::chrono::steady_clock::now() - oldest_ >= options_.flush;
}

bool Reader::take(Input& input, const Line& line) {
  ++input.line_number;
  batch_->input_bytes += line.bytes + (line.has_end ? 1 : 0);
  if (!line.too_large && is_blank(line.text)) return true;
  if (batch_->read++ == 0) oldest_ = std::chrono::steady_clock::now();

  Record& record = batch_->add();
  fill_record(record, input, line);
  record.flagged = record.draft.envelope.has(Field::flags);
  const bool rejected = record.flagged && options_.strict;
  if (record.flagged) note_flags(record, input, line, rejected);
  if (rejected) {
    --batch_->count;
    batch_->text.resize(record.text_begin);
    ++batch_->rejected;
  } else {
    sealer_.seal(record.draft);
    batch_->payload_bytes += record.draft.payload.size();
    if (batch_->buffers.empty() || batch_->buffers.back() != line.buffer) {
      batch_->buffers.push_back(line.buffer);
    }
  }
  const bool full = batch_->count >= options_.batch || batch_->rejected >= options_.batch ||
                    batch_->payload_bytes >= kMaxBatchBytes;
  return !full || emit();
}

void Reader::fill_record(Record& record, const Input& input, const Line& line) {
  ledger::Draft& draft = record.draft;
  Envelope& envelope = draft.envelope;
  const Timestamp now = options_.clock ? options_.clock()
                                       : std::chrono::time_point_cast<std::chrono::nanoseconds>(
                                             std::chrono::system_clock::now());
  draft.received = nanoseconds(now);
  record.line_number = input.counts_lines ? input.line_number : 0;
  record.text_begin = batch_->text.size();
  if (line.too_large) {
    record.stub = fmt::format("{{\"too_large\":{{\"bytes\":{},\"sha256\":\"{}\"}}}}", line.bytes,
                              to_hex(line.digest));
    envelope.clear();
    envelope.set_text(Field::type, "unparsed");
    envelope.set_text(Field::flags, "too-large");
    draft.payload = record.stub;
    if (!options_.index_later) event::append_payload_text(json_, record.stub, batch_->text);
  } else {
    const base::JsonStatus status = mapper_.map(line.text, true, now, envelope);
    draft.payload = line.text;
    if (!options_.index_later) {
      if (status == base::JsonStatus::ok || status == base::JsonStatus::duplicate_key) {
        event::append_json_text(mapper_.reader(), batch_->text);
      } else {
        batch_->text.append(line.text).push_back(event::kTextBreak);
      }
    }
  }
  record.text_end = batch_->text.size();
  envelope.set_text(Field::format, "jsonl");
  envelope.set_text(Field::source, input.source());
  envelope.set_number(Field::position, static_cast<std::int64_t>(line.position));
  if (!line.has_end) envelope.set_number(Field::record_end, 1);
  settings_.apply(envelope);
}

void Reader::note_flags(const Record& record, const Input& input, const Line& line, bool rejected) {
  IngestNotice notice;
  notice.source = input.source();
  notice.position = line.position;
  notice.line = record.line_number;
  notice.flags = flags_of(record.draft.envelope);
  notice.rejected = rejected;
  if (line.too_large) {
    notice.message = fmt::format("it has {} bytes, more than {}; its length and digest were kept",
                                 line.bytes, kMaxLineBytes);
  } else if (record.draft.envelope.text(Field::type) == "unparsed") {
    notice.message = describe(json_.parse(line.text));
  } else {
    notice.message = describe(base::JsonStatus::ok);
  }
  batch_->notices.push_back(std::move(notice));
}

bool Reader::emit() {
  if (batch_->read == 0 && batch_->input_bytes == 0) return true;
  if (!output_.emit(std::move(batch_))) return false;
  batch_ = output_.fresh();
  return true;
}

}  // namespace audit::ingest
