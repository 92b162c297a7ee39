#include "base/zip.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.hpp"

namespace audit::base {

namespace {

constexpr std::string_view kEnd{"PK\5\6", 4};
constexpr std::string_view kEntry{"PK\1\2", 4};
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kEntryBytes = 46;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kPiece = std::size_t{64} * 1024;

std::string read_at(int fd, const std::filesystem::path& path, std::uint64_t at, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read back", path, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

struct Member {
  std::uint64_t at = 0;      // of its header
  std::uint64_t packed = 0;  // bytes
  std::uint64_t crc = 0;     // of what it unpacks to
};

// The list at the end says where each is.
std::optional<Member> find_member(int fd, const std::filesystem::path& path,
                                  std::string_view name) {
  struct stat facts {};

  if (::fstat(fd, &facts) != 0) throw_errno("look at", path, errno);
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size < kEndBytes) return std::nullopt;
  const std::string end = read_at(fd, path, size - kEndBytes, kEndBytes);
  if (!end.starts_with(kEnd)) return std::nullopt;
  const std::string list = read_at(fd, path, little_endian(end, 16, 4), little_endian(end, 12, 4));
  for (std::size_t i = 0; i + kEntryBytes <= list.size();) {
    const std::string_view entry = std::string_view(list).substr(i);
    if (!entry.starts_with(kEntry)) return std::nullopt;
    const std::size_t name_bytes = little_endian(entry, 28, 2);
    if (entry.substr(kEntryBytes, name_bytes) == name) {
      return Member{little_endian(entry, 42, 4), little_endian(entry, 20, 4),
                    little_endian(entry, 16, 4)};
    }
    i += kEntryBytes + name_bytes + little_endian(entry, 30, 2) + little_endian(entry, 32, 2);
  }
  return std::nullopt;
}

// Unpacks piece by piece, and remembers how much it was and how it ended.
class Inflater {
 public:
  explicit Inflater(std::size_t tail) : tail_bytes_(tail) {
    is_open_ = ::inflateInit2(&stream_, -MAX_WBITS) == Z_OK;
  }

  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  ~Inflater() {
    if (is_open_) ::inflateEnd(&stream_);
  }

  void take(std::string& packed) {
    stream_.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream_.avail_in = static_cast<uInt>(packed.size());
    std::string out(kPiece, '\0');
    while (is_open_ && !is_done_) {
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = static_cast<uInt>(out.size());
      const int status = ::inflate(&stream_, Z_NO_FLUSH);
      const std::size_t made = out.size() - stream_.avail_out;
      total_ += made;
      crc_ = ::crc32(crc_, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(made));
      tail_.append(out, 0, made);
      if (tail_.size() > tail_bytes_) tail_.erase(0, tail_.size() - tail_bytes_);
      is_done_ = status == Z_STREAM_END;
      if (status != Z_OK || (stream_.avail_in == 0 && made == 0)) break;
    }
  }

  [[nodiscard]] bool is_done() const { return is_done_; }

  [[nodiscard]] std::uint64_t total() const { return total_; }

  [[nodiscard]] std::uint64_t crc() const { return crc_; }

  [[nodiscard]] const std::string& tail() const { return tail_; }

 private:
  z_stream stream_{};
  std::size_t tail_bytes_;
  bool is_open_ = false;
  bool is_done_ = false;
  std::uint64_t total_ = 0;
  uLong crc_ = 0;
  std::string tail_;
};

}  // namespace

bool is_whole_in_zip(int fd, const std::filesystem::path& path, std::string_view name,
                     std::uint64_t bytes, std::string_view tail) {
  const auto member = find_member(fd, path, name);
  if (!member) return false;
  const std::string local = read_at(fd, path, member->at, kLocalBytes);
  if (local.size() < kLocalBytes) return false;
  std::uint64_t at =
      member->at + kLocalBytes + little_endian(local, 26, 2) + little_endian(local, 28, 2);
  Inflater inflater(tail.size());
  for (std::uint64_t left = member->packed; left > 0;) {
    std::string piece = read_at(fd, path, at, std::min<std::uint64_t>(left, kPiece));
    if (piece.empty()) return false;
    at += piece.size();
    left -= piece.size();
    inflater.take(piece);
  }
  return inflater.is_done() && inflater.crc() == member->crc && inflater.total() >= bytes &&
         inflater.tail() == tail;
}

}  // namespace audit::base
