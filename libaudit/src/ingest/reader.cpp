#include "ingest/reader.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace audit::ingest {

namespace {

// How long a read may wait before the stop flag is looked at again.
constexpr std::chrono::milliseconds kLookAround{100};

constexpr std::chrono::milliseconds kQuietBeforeLeaving{1000};

}  // namespace

Reader::Reader(const IngestOptions& options, std::vector<Input> inputs, Output output,
               std::function<bool()> stopping)
    : options_(options),
      inputs_(std::move(inputs)),
      output_(std::move(output)),
      stopping_(std::move(stopping)),
      gatherer_(options, output_.batches) {}

void Reader::run() {
  try {
    read_all();
  } catch (const Error&) {
    (void)emit();  // what came before it from a pipe is nowhere else
    throw;
  }
}

void Reader::read_all() {
  for (Input& input : inputs_) {
    if (!read_to_end(input)) return;
    if (input.descriptor() < 0) continue;  // passed over
    const bool may_grow =
        input.is_file() && !input.is_packed() && input.shape() == source::Shape::lines;
    if (options_.follow && may_grow) continue;
    if (!drain_rest(input)) return;
    input.close();
  }
  if (options_.follow && !follow()) return;
  (void)emit();
}

// Opens an input and reads what it has now. False when reading must stop.
bool Reader::read_to_end(Input& input) {
  try {
    return !begin(input) || drain(input);
  } catch (const Error& error) {
    // What came before the damage was read, and is nowhere else.
    const bool is_open = input.descriptor() >= 0;
    const bool is_gone = is_open && (input.is_packed() || !input.is_file());
    if (is_gone && (!take_what_was_read(input) || !emit())) throw;
    // A damaged file among many: the others are read all the same.
    if (input.was_named || !input.is_packed()) throw;
    output_.remark(error.message());
    input.close();
    return true;
  }
}

bool Reader::begin(Input& input) {
  input.open();
  if (input.is_sqlite()) {
    pass_over(
        input, "is a SQLite file, perhaps a ledger, and holds no lines",
        fmt::format("to read the entries of a ledger: audit export --jsonl -l {}", input.source()));
    return false;
  }
  while (!input.recognise(options_.format == "jsonl", kLookAround)) {
    if (stopping_() || (is_due() && !emit())) break;
  }
  if (const source::ForeignFile* foreign = input.foreign()) {
    pass_over(input, fmt::format("is {}, and holds no events as it is", foreign->what),
              fmt::format("{}; --format jsonl takes its lines all the same", foreign->hint));
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

std::chrono::milliseconds Reader::patience() {
  if (gatherer_.batch().read == 0) return kLookAround;
  const auto waited = std::chrono::steady_clock::now() - gatherer_.oldest();
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(options_.flush - waited);
  return std::clamp(left, std::chrono::milliseconds(0), kLookAround);
}

bool Reader::is_due() {
  return gatherer_.batch().read > 0 &&
         std::chrono::steady_clock::now() - gatherer_.oldest() >= options_.flush;
}

bool Reader::take(Input& input, const Line& line) {
  const bool is_lines =
      input.shape() == source::Shape::json && !line.too_large && !gatherer_.is_document(line);
  return is_lines ? take_lines(input, line) : take_record(input, line, input.shape());
}

// What began as a document and is none: documents one behind the other, as jq(1) writes them, and
// lines, each by itself.
bool Reader::take_lines(Input& input, const Line& whole) {
  Line line = whole;
  std::size_t at = 0;
  // Each attempt may read to the end of what is there.
  int attempts_left = 16;
  while (at < whole.text.size()) {
    if (const std::size_t size = document_at(whole, at, attempts_left); size > 0) {
      line.text = whole.text.substr(at, size);
      line.has_end = false;
      line.position = whole.position + at;
      line.bytes = size;
      if (!take_record(input, line, source::Shape::json)) return false;
      at += size + 1;
      continue;
    }
    const std::size_t end = whole.text.find('\n', at);
    line.has_end = end != std::string_view::npos;
    line.text = whole.text.substr(at, line.has_end ? end - at : end);
    line.position = whole.position + at;
    line.bytes = line.text.size();
    if (!take_record(input, line, source::Shape::lines)) return false;
    at += line.text.size() + 1;
  }
  return true;
}

// How many bytes the document has that begins at the line at `at`, and goes on over further lines to
// the end of one; 0 if none does.
std::size_t Reader::document_at(const Line& whole, std::size_t at, int& attempts_left) {
  const std::string_view text = whole.text.substr(at);
  const std::size_t first = text.find_first_not_of(" \t");
  if (attempts_left == 0 || first == std::string_view::npos) return 0;
  if (text[first] != '{' && text[first] != '[') return 0;
  const std::size_t behind = source::end_of_value(text);
  const std::size_t end = std::min(text.find('\n', std::min(behind, text.size())), text.size());
  if (behind < end &&
      text.substr(behind, end - behind).find_first_not_of(" \t\r") != std::string_view::npos) {
    return 0;
  }
  const bool is_over_lines = text.find('\n') < end;
  if (behind != std::string_view::npos && !is_over_lines) return 0;  // a line like any other
  Line line = whole;
  line.text = text.substr(0, end);
  if (behind != std::string_view::npos && gatherer_.is_document(line)) return end;
  --attempts_left;
  return 0;
}

bool Reader::take_record(Input& input, const Line& line, source::Shape shape) {
  ++input.line_number;
  (void)gatherer_.take(line, {input.source(), shape}, input.counts_lines ? input.line_number : 0);
  return !gatherer_.is_full() || emit();
}

}  // namespace audit::ingest
