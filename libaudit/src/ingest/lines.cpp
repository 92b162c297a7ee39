#include "ingest/lines.hpp"

#include <algorithm>
#include <cstring>

#include "ledger/record.hpp"
#include "source/otlp.hpp"

namespace audit::ingest {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

// One call of read(2) asks for no more, so that a pipe's lines are handed on soon.
constexpr std::size_t kReadBytes = std::size_t{256} << 10;

// Of a file, which always has its bytes.
constexpr std::chrono::milliseconds kSkipPatience{100};

}  // namespace

LineReader::LineReader(std::unique_ptr<ByteSource> source, std::uint64_t position)
    : source_(std::move(source)),
      buffer_(std::make_shared<Buffer>(kBufferBytes)),
      position_(position) {}

LineReader::LineReader(int fd, std::filesystem::path name, std::uint64_t position)
    : LineReader(std::make_unique<DescriptorBytes>(fd, std::move(name)), position) {}

std::string_view LineReader::peek(std::size_t most, std::chrono::milliseconds patience,
                                  bool& at_end) {
  ByteSource::Status status = ByteSource::Status::more;
  while (end_ - begin_ < most && status == ByteSource::Status::more) status = fill(patience);
  at_end = status == ByteSource::Status::end;
  return {buffer_->bytes.get() + begin_, std::min(end_ - begin_, most)};
}

void LineReader::unpack(base::Packing packing, std::filesystem::path name) {
  const std::string_view read(buffer_->bytes.get() + begin_, end_ - begin_);
  source_ = std::make_unique<UnpackedBytes>(
      std::make_unique<ResumedBytes>(read, std::move(source_)), packing, std::move(name));
  begin_ = scanned_ = end_ = 0;
}

bool LineReader::skip(std::uint64_t count) {
  while (count > 0) {
    if (begin_ == end_) {
      begin_ = scanned_ = end_ = 0;
      if (fill(kSkipPatience) == ByteSource::Status::end) return false;
    }
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(count, end_ - begin_));
    begin_ += step;
    scanned_ = begin_;
    position_ += step;
    count -= step;
  }
  return true;
}

LineReader::Status LineReader::next(Line& line, std::chrono::milliseconds patience) {
  if (cut(line)) return Status::line;
  const ByteSource::Status filled = fill(patience);
  if (filled == ByteSource::Status::end) return Status::end;
  // Bytes without an LF are nothing yet: a caller must get a chance to commit, or to stop.
  return filled == ByteSource::Status::more && cut(line) ? Status::line : Status::nothing;
}

bool LineReader::cut_line(Line& line) {
  const char* bytes = buffer_->bytes.get();
  const void* found = std::memchr(bytes + scanned_, '\n', end_ - scanned_);
  if (found == nullptr) {
    scanned_ = end_;
    return false;
  }
  const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - bytes);
  hand_out(line, end - begin_, true);
  begin_ = scanned_ = end + 1;
  return true;
}

// An LF behind the last brace ends a document; one on its first line makes it a line.
bool LineReader::cut_document(Line& line) {
  using State = DocumentScan::State;
  const char* bytes = buffer_->bytes.get();
  if (scan_.state() == State::open) {
    scanned_ += scan_.take({bytes + scanned_, end_ - scanned_});
  }
  bool is_none = scan_.state() == State::broken;
  if (scan_.state() == State::ended) {
    for (; scanned_ < end_ && bytes[scanned_] != '\n' && !is_none; ++scanned_) {
      is_none = std::strchr(" \t\r", bytes[scanned_]) == nullptr;
    }
  }
  if (is_none || end_ - begin_ > ledger::kMaxRecordBytes) {
    read_lines();
    return cut_line(line);
  }
  if (scan_.state() == State::open || scanned_ == end_) return false;
  scan_.begin();
  const std::size_t length = scanned_ - begin_;
  const bool is_line = std::memchr(bytes + begin_, '\n', length) == nullptr;
  hand_out(line, is_line ? length : length + 1, is_line);
  line.is_document = !is_line;
  begin_ = scanned_ = scanned_ + 1;
  return true;
}

void LineReader::read_lines() noexcept {
  cut_ = Cut::lines;
  scanned_ = begin_;
}

bool LineReader::has_waited(std::chrono::milliseconds patience) const {
  return begin_ < end_ && scan_.state() == DocumentScan::State::open &&
         std::chrono::steady_clock::now() - last_read_ >= patience;
}

// The line is [begin_, begin_ + length) and what of it went into the digest before.
void LineReader::hand_out(Line& line, std::size_t length, bool has_end) {
  const std::string_view text(buffer_->bytes.get() + begin_, length);
  line.position = position_;
  line.original.reset();
  line.is_document = false;
  line.has_end = has_end;
  line.bytes = dropped_ + length;
  line.too_large = line.bytes > kMaxLineBytes && (dropped_ > 0 || line.bytes > limit());
  if (line.too_large) {
    digest_.update(text);
    line.digest = digest_.finish();
    line.text = {};
  } else {
    line.text = text;
  }
  line.buffer = buffer_;
  position_ += line.bytes + (has_end ? 1 : 0);
  dropped_ = 0;
}

bool LineReader::take_rest(Line& line) {
  if (begin_ == end_ && dropped_ == 0) return false;
  hand_out(line, end_ - begin_, false);
  line.is_document = cut_ == Cut::documents && line.text.find('\n') != std::string_view::npos;
  begin_ = scanned_ = end_;
  scan_.begin();
  return true;
}

ByteSource::Status LineReader::fill(std::chrono::milliseconds patience) {
  make_room();
  const std::size_t room = std::min(buffer_->capacity - end_, kReadBytes);
  std::size_t got = 0;
  const ByteSource::Status status = source_->read(buffer_->bytes.get() + end_, room, patience, got);
  end_ += got;
  if (got > 0 && cut_ != Cut::lines) last_read_ = std::chrono::steady_clock::now();
  return status;
}

// How long the line in hand may be.
std::size_t LineReader::limit() const {
  const std::string_view text(buffer_->bytes.get() + begin_, end_ - begin_);
  return cut_ != Cut::lines || source::begins_as_otlp_json(text) ? ledger::kMaxRecordBytes
                                                                 : kMaxLineBytes;
}

// Lines handed out stay where they are: a full buffer is left to them, and the line in hand moves.
void LineReader::make_room() {
  if (end_ < buffer_->capacity) return;
  const std::size_t pending = end_ - begin_;
  if (dropped_ > 0 || (pending > kMaxLineBytes && pending > limit())) {
    if (cut_ == Cut::lines || dropped_ > 0 || !holds_json_line(this->pending())) {
      return drop_into_digest();
    }
    read_lines();  // too much for one record, and a log all the same
  }
  auto fresh = std::make_shared<Buffer>(std::max(kBufferBytes, pending * 2));
  std::memcpy(fresh->bytes.get(), buffer_->bytes.get() + begin_, pending);
  buffer_ = std::move(fresh);
  begin_ = 0;
  scanned_ = end_ = pending;
}

// The line in hand is too large to keep.
void LineReader::drop_into_digest() {
  digest_.update(buffer_->bytes.get() + begin_, end_ - begin_);
  dropped_ += end_ - begin_;
  buffer_ = std::make_shared<Buffer>(kBufferBytes);
  begin_ = scanned_ = end_ = 0;
}

}  // namespace audit::ingest
