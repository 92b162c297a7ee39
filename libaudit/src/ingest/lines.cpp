#include "ingest/lines.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <poll.h>
#include <unistd.h>

#include "base/file.hpp"

namespace audit::ingest {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

// One call of read(2) asks for no more, so that a pipe's lines are handed on soon.
constexpr std::size_t kReadBytes = std::size_t{256} << 10;

}  // namespace

LineReader::LineReader(int fd, std::filesystem::path name, std::uint64_t position)
    : fd_(fd),
      name_(std::move(name)),
      buffer_(std::make_shared<Buffer>(kBufferBytes)),
      position_(position) {}

LineReader::Status LineReader::next(Line& line, std::chrono::milliseconds patience) {
  if (cut_line(line)) return Status::line;
  const Fill filled = fill(patience);
  if (filled == Fill::end) return Status::end;
  // Bytes without an LF are nothing yet: a caller must get a chance to commit, or to stop.
  return filled == Fill::more && cut_line(line) ? Status::line : Status::nothing;
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

// The line is [begin_, begin_ + length) and what of it went into the digest before.
void LineReader::hand_out(Line& line, std::size_t length, bool has_end) {
  const std::string_view text(buffer_->bytes.get() + begin_, length);
  line.position = position_;
  line.has_end = has_end;
  line.bytes = dropped_ + length;
  line.too_large = line.bytes > kMaxLineBytes;
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
  begin_ = scanned_ = end_;
  return true;
}

LineReader::Fill LineReader::fill(std::chrono::milliseconds patience) {
  make_room();
  pollfd ready{fd_, POLLIN, 0};
  const int polled = ::poll(&ready, 1, static_cast<int>(patience.count()));
  if (polled == 0 || (polled < 0 && errno == EINTR)) return Fill::nothing;
  if (polled < 0) base::throw_errno("read", name_, errno);
  const std::size_t room = std::min(buffer_->capacity - end_, kReadBytes);
  const ssize_t got = ::read(fd_, buffer_->bytes.get() + end_, room);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Fill::nothing;
  if (got < 0) base::throw_errno("read", name_, errno);
  if (got == 0) return Fill::end;
  end_ += static_cast<std::size_t>(got);
  return Fill::more;
}

// Lines handed out stay where they are: a full buffer is left to them, and the line in hand moves.
void LineReader::make_room() {
  if (end_ < buffer_->capacity) return;
  const std::size_t pending = end_ - begin_;
  if (dropped_ > 0 || pending > kMaxLineBytes) return drop_into_digest();
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
