#include "ingest/byte_source.hpp"

#include <cerrno>

#include <poll.h>
#include <unistd.h>

#include "base/file.hpp"

namespace audit::ingest {

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

}  // namespace audit::ingest
