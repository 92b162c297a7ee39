#include "ingest/byte_source.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include "base/file.hpp"

namespace audit::ingest {

namespace {

constexpr std::size_t kPackedPieceBytes = std::size_t{64} << 10;

}  // namespace

DescriptorBytes::DescriptorBytes(int fd, std::filesystem::path name)
    : fd_(fd), name_(std::move(name)) {}

ByteSource::Status DescriptorBytes::read(char* to, std::size_t room,
                                         std::chrono::milliseconds patience, std::size_t& got) {
  got = 0;
  pollfd ready{fd_, POLLIN, 0};
  const int polled = ::poll(&ready, 1, static_cast<int>(patience.count()));
  if (polled == 0 || (polled < 0 && errno == EINTR)) return Status::nothing;
  if (polled < 0) base::throw_errno("read", name_, errno);
  const ssize_t count = ::read(fd_, to, room);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return Status::nothing;
  if (count < 0) base::throw_errno("read", name_, errno);
  if (count == 0) return Status::end;
  got = static_cast<std::size_t>(count);
  return Status::more;
}

ResumedBytes::ResumedBytes(std::string_view read_already, std::unique_ptr<ByteSource> rest)
    : first_(read_already), rest_(std::move(rest)) {}

ByteSource::Status ResumedBytes::read(char* to, std::size_t room,
                                      std::chrono::milliseconds patience, std::size_t& got) {
  if (given_ == first_.size()) return rest_->read(to, room, patience, got);
  got = std::min(room, first_.size() - given_);
  std::copy_n(first_.begin() + static_cast<std::ptrdiff_t>(given_), got, to);
  given_ += got;
  return Status::more;
}

UnpackedBytes::UnpackedBytes(std::unique_ptr<ByteSource> packed, base::Packing packing,
                             std::filesystem::path name)
    : packed_(std::move(packed)),
      unpacker_(base::Unpacker::make(packing)),
      name_(std::move(name)),
      piece_(kPackedPieceBytes, '\0') {}

ByteSource::Status UnpackedBytes::read(char* to, std::size_t room,
                                       std::chrono::milliseconds patience, std::size_t& got) {
  got = 0;
  for (;;) {
    if (unread_.empty()) {
      std::size_t count = 0;
      if (is_plain_) return packed_->read(to, room, patience, got);
      const Status status = packed_->read(piece_.data(), piece_.size(), patience, count);
      if (status == Status::end && !unpacker_->may_end()) throw_damaged("ends too early");
      if (status != Status::more) return status;
      unread_ = std::string_view(piece_).substr(0, count);
      is_first_ = std::exchange(piece_bytes_, count) == 0;
    }
    if (is_plain_) {
      got = give(to, room);
      return Status::more;
    }
    const base::Unpacker::Step step = unpacker_->unpack(unread_, to, room);
    unread_.remove_prefix(step.taken);
    got = step.made;
    if (got > 0) {
      is_first_ = false;
      return Status::more;
    }
    if (!step.damaged && step.taken > 0) continue;
    const bool is_named_packed = name_.extension() == ".gz" || name_.extension() == ".zst";
    if (!is_first_ || is_named_packed) throw_damaged("is damaged");
    is_plain_ = true;
    unread_ = std::string_view(piece_).substr(0, piece_bytes_);
  }
}

std::size_t UnpackedBytes::give(char* to, std::size_t room) {
  const std::size_t count = std::min(room, unread_.size());
  std::copy_n(unread_.begin(), count, to);
  unread_.remove_prefix(count);
  return count;
}

void UnpackedBytes::throw_damaged(std::string_view how) const {
  throw Error(ErrorCode::io,
              fmt::format("{} {} and cannot be unpacked further", name_.string(), how),
              "what came before that is stored; fetch the file again");
}

}  // namespace audit::ingest
