#include "ingest/resume.hpp"

#include <audit/error.hpp>

#include <cerrno>
#include <optional>

#include <fmt/format.h>
#include <unistd.h>

#include "base/json.hpp"
#include "crypto/sha256.hpp"
#include "ingest/document_scan.hpp"
#include "ingest/markers.hpp"
#include "ledger/record.hpp"

namespace audit::ingest {

namespace {

// How many records of a source are tried: the last ones may be erased.
constexpr std::size_t kCandidates = 16;

void add_last(std::deque<std::uint64_t>& candidates, std::uint64_t seq) {
  candidates.push_back(seq);
  if (candidates.size() > kCandidates) candidates.pop_front();
}

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

// What an input reads from `at` on, piece by piece. A packed file has to be unpacked up to there.
class FilePart {
 public:
  FilePart(const Input& input, std::uint64_t at) : input_(input), at_(at) {
    if (!input.is_packed()) return;
    unpacked_ = input.open_again();
    while (at > 0) {
      const std::size_t step = read_unpacked(std::min<std::uint64_t>(at, kPieceBytes));
      if (step == 0) return;
      at -= step;
    }
  }

  // The next bytes, at most `count`; empty at the end of the file.
  std::string_view read(std::size_t count) {
    if (unpacked_) {
      const std::size_t got = read_unpacked(std::min(count, kPieceBytes));
      return std::string_view(piece_).substr(0, got);
    }
    piece_.resize(std::min(count, kPieceBytes));
    ssize_t got = 0;
    do {
      got = ::pread(input_.descriptor(), piece_.data(), piece_.size(), static_cast<off_t>(at_));
    } while (got < 0 && errno == EINTR);
    if (got < 0) base::throw_errno("read", input_.source(), errno);
    const auto read = static_cast<std::size_t>(got);
    at_ += read;
    return std::string_view(piece_).substr(0, read);
  }

 private:
  // Into piece_; 0 at the end.
  std::size_t read_unpacked(std::size_t count) {
    piece_.resize(count);
    std::size_t got = 0;
    ByteSource::Status status = ByteSource::Status::nothing;
    while (status == ByteSource::Status::nothing) {
      status = unpacked_->read(piece_.data(), count, std::chrono::milliseconds(100), got);
    }
    return got;
  }

  const Input& input_;
  std::unique_ptr<ByteSource> unpacked_;  // null: read in place
  std::uint64_t at_;
  std::string piece_;
};

// What the stub of a line too large to keep says: its length and digest.
class StubReader final : public base::JsonVisitor {
 public:
  std::uint64_t bytes = 0;
  std::string digest;

  void number(std::string_view key, const base::JsonNumber& value) override {
    if (key == "bytes" && value.i > 0) bytes = static_cast<std::uint64_t>(value.i);
  }

  void string(std::string_view key, std::string_view value) override {
    if (key == "sha256") digest = value;
  }
};

// Other entries may have the flag, too, and members of these names.
bool is_stub(const Entry& entry) {
  return entry.envelope.text(Field::type) == "unparsed" &&
         entry.envelope.contains(Field::flags, "too-large") &&
         entry.payload.starts_with("{\"too_large\":{\"bytes\":");
}

// The length of the record of `entry`, if the file has that very record at `position`.
std::optional<std::uint64_t> length_if_there(const LedgerView& view, const Input& input,
                                             std::uint64_t position, const Entry& entry) {
  std::uint64_t length = 0;
  std::string digest;
  base::JsonReader reader;
  StubReader stub;
  if (is_stub(entry) && reader.parse(entry.payload) == base::JsonStatus::ok) {
    reader.walk(stub);
    length = stub.bytes;
    digest = stub.digest;
  } else {
    std::string record;
    if (ledger::append_record(view, entry, record) != ledger::Whole::yes) return std::nullopt;
    length = record.size();
    digest = to_hex(crypto::sha256(record));
  }
  crypto::Sha256 sha;
  FilePart part(input, position);
  for (std::uint64_t left = length; left > 0;) {
    const std::string_view piece =
        part.read(static_cast<std::size_t>(std::min<std::uint64_t>(left, kPieceBytes)));
    if (piece.empty()) return std::nullopt;
    sha.update(piece);
    left -= piece.size();
  }
  if (to_hex(sha.finish()) != digest) return std::nullopt;
  return length;
}

// The position behind the next LF, or at the end of the file.
std::uint64_t behind_line(const Input& input, std::uint64_t position) {
  FilePart rest(input, position);
  for (;;) {
    const std::string_view piece = rest.read(kPieceBytes);
    if (piece.empty()) return position;
    const std::size_t end = piece.find('\n');
    position += end == std::string_view::npos ? piece.size() : end + 1;
    if (end != std::string_view::npos) return position;
  }
}

// The position where a document ends that begins there; of what is none, the end of the file.
std::uint64_t end_of_document(const Input& input, std::uint64_t position) {
  FilePart rest(input, position);
  DocumentScan scan;
  for (;;) {
    const std::string_view piece = rest.read(kPieceBytes);
    if (piece.empty()) return position;
    const bool is_open = scan.state() == DocumentScan::State::open;
    const std::size_t taken = is_open ? scan.take(piece) : 0;
    if (scan.state() == DocumentScan::State::ended) return position + taken;
    position += piece.size();
  }
}

// The position behind the records whose bytes were erased since: they are known by their place only,
// and must not come back.
//   erased    where the last of them began; -1 if there is none
//   is_line   that one ended with its line
std::uint64_t behind_erased(const Input& input, std::uint64_t position, std::int64_t erased,
                            bool is_line) {
  if (erased < 0 || position > static_cast<std::uint64_t>(erased)) return position;
  const auto begin = static_cast<std::uint64_t>(erased);
  return behind_line(input, is_line ? begin : end_of_document(input, begin));
}

// What the file has at `position`: a line without its LF, or all there is. Nothing if it is more than
// a record may be.
std::optional<std::string> read_record(const Input& input, std::uint64_t position, bool is_line) {
  FilePart part(input, position);
  std::string record;
  while (record.size() <= ledger::kMaxRecordBytes) {
    const std::string_view piece = part.read(kPieceBytes);
    const std::size_t end = is_line ? piece.find('\n') : std::string_view::npos;
    record.append(piece.substr(0, end));
    if (piece.empty() || end != std::string_view::npos) return record;
  }
  return std::nullopt;
}

bool is_line_begin(const Input& input, std::uint64_t position) {
  return position == 0 || FilePart(input, position - 1).read(1) == "\n";
}

[[noreturn]] void refuse(const Input& input) {
  throw Error(
      ErrorCode::invalid_argument,
      fmt::format("cannot tell where to go on in {}: its last record was stored redacted, and "
                  "may be another one now",
                  input.source()),
      "use the same --redact as the last time, or leave --resume out to read all of it");
}

// What may be of the erased must not come back, and what is new must not be left out.
[[noreturn]] void refuse_behind_erased(const Input& input, std::uint64_t position) {
  throw Error(
      ErrorCode::invalid_argument,
      fmt::format("cannot tell where to go on in {}: what was read behind byte {} was erased, and "
                  "nothing is left that says how much of it there was",
                  input.source(), position),
      fmt::format("give what is new as an input of its own: tail -c +N {} | audit ingest -, with N "
                  "behind what was erased",
                  input.source()));
}

// The same for a record that was stored redacted: the file has more than the ledger.
std::optional<std::uint64_t> position_behind_redacted(const LedgerView& view, const Input& input,
                                                      std::uint64_t position, const Entry& entry,
                                                      Redaction* redaction) {
  const std::int64_t end = entry.envelope.number(Field::record_end).value_or(0);
  const bool is_line = end != ledger::kNoLine;
  std::string stored;
  if (ledger::append_record(view, entry, stored) != ledger::Whole::yes) return std::nullopt;
  if (is_line && !is_line_begin(input, position)) return std::nullopt;
  const auto there = read_record(input, position, is_line);
  if (!there || there->empty()) return std::nullopt;
  const bool is_same = redaction != nullptr && redaction->masked(*there, input.shape()) == stored;
  if (!is_same) {
    const Likeness likeness = compare_with_markers(*there, stored);
    if (likeness == Likeness::other) return std::nullopt;
    // Without its LF the line may have grown by what a marker would hide.
    if (likeness == Likeness::unsure || end != 0) refuse(input);
  }
  const std::uint64_t behind = position + there->size();
  return FilePart(input, behind).read(1) == "\n" ? behind + 1 : behind;
}

// The position behind the record, if the file has it where it was.
std::optional<std::uint64_t> position_behind(const LedgerView& view, const Input& input,
                                             const Entry& entry, Redaction* redaction) {
  const auto at = entry.envelope.number(Field::position);
  if (!at || entry.payload_state != Entry::Payload::present) return std::nullopt;
  const auto position = static_cast<std::uint64_t>(*at);
  if (entry.envelope.has(Field::redactions)) {
    return position_behind_redacted(view, input, position, entry, redaction);
  }
  const auto length = length_if_there(view, input, position, entry);
  if (!length) return std::nullopt;
  FilePart behind(input, position + *length);
  const std::string_view next = behind.read(1);
  if (next.empty()) return position + *length;
  const bool is_line = entry.envelope.number(Field::record_end) != ledger::kNoLine;
  if (!is_line && is_line_begin(input, position + *length)) return position + *length;
  // A line that has grown since is another line: it is read whole.
  return next == "\n" ? position + *length + 1 : position;
}

}  // namespace

ResumePoints::ResumePoints(const LedgerView& view, Redaction* redaction)
    : view_(view), redaction_(redaction) {
  EntryCursor cursor = view.entries({0, view.size()}, Order::oldest_first,
                                    {Field::source, Field::position, Field::record_end}, false);
  Last* before = nullptr;  // of the entry before
  while (cursor.next()) {
    const Entry& entry = cursor.entry();
    const bool is_erased = entry.payload_state == Entry::Payload::erased;
    const auto position = entry.envelope.number(Field::position);
    if (is_erased && entry.envelope.size() == 0 && before != nullptr) {
      before->is_followed_by_erased = true;
    }
    if (!position || entry.payload_state == Entry::Payload::none) continue;
    Last& last = sources_[std::string(entry.envelope.text(Field::source))];
    before = &last;
    last.is_followed_by_erased = false;
    if (is_erased) {
      if (*position < last.erased) continue;
      last.erased = *position;
      last.erased_is_line = entry.envelope.number(Field::record_end) != ledger::kNoLine;
      continue;
    }
    add_last(last.newest, entry.seq);
    if (*position < last.end) continue;
    last.end = *position;
    add_last(last.furthest, entry.seq);
  }
}

std::uint64_t ResumePoints::position(const Input& input) const {
  const auto found = sources_.find(input.source());
  if (found == sources_.end()) return 0;
  const Last& last = found->second;
  for (const auto* const candidates : {&last.newest, &last.furthest}) {
    if (candidates == &last.furthest && last.furthest == last.newest) continue;
    for (auto seq = candidates->rbegin(); seq != candidates->rend(); ++seq) {
      const std::optional<Entry> entry = view_.entry(*seq);
      if (!entry) continue;
      if (const auto position = position_behind(view_, input, *entry, redaction_)) {
        const std::uint64_t behind =
            behind_erased(input, *position, last.erased, last.erased_is_line);
        if (last.is_followed_by_erased && !FilePart(input, behind).read(1).empty()) {
          refuse_behind_erased(input, behind);
        }
        return behind;
      }
    }
  }
  return 0;
}

}  // namespace audit::ingest
