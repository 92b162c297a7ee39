#include "base/unpack.hpp"

#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>
#include <zstd.h>

namespace audit::base {

namespace {

// zlib counts in unsigned int.
uInt fitting(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class Gzip final : public Unpacker {
 public:
  Gzip() {
    constexpr int kGzipWindow = 15 + 16;  // the largest window; a header of gzip and no other
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }

  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  ~Gzip() override { inflateEnd(&stream_); }

  [[nodiscard]] Step unpack(std::string_view in, char* out, std::size_t room) override {
    Step step;
    if (between_) {
      step.taken = skip_padding(in);
      in.remove_prefix(step.taken);
      if (in.empty()) return step;
      step.damaged = inflateReset(&stream_) != Z_OK;
      between_ = false;
    }
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
    stream_.avail_in = fitting(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = fitting(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    step.taken += fitting(in.size()) - stream_.avail_in;
    step.made = fitting(room) - stream_.avail_out;
    between_ = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    step.damaged |= result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR;
    return step;
  }

  [[nodiscard]] bool may_end() const noexcept override { return between_; }

 private:
  // Some writers fill a block with zeros behind the last member.
  static std::size_t skip_padding(std::string_view in) {
    return std::min(in.find_first_not_of('\0'), in.size());
  }

  z_stream stream_{};
  bool between_ = false;  // a member has ended, and no other has begun
};

class Zstd final : public Unpacker {
 public:
  Zstd() : stream_(ZSTD_createDCtx()) {
    // A frame may ask for a window of gigabytes; the tool allows as much without being asked.
    constexpr int kWindowLog = 27;
    if (stream_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kWindowLog);
  }

  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  ~Zstd() override { ZSTD_freeDCtx(stream_); }

  [[nodiscard]] Step unpack(std::string_view in, char* out, std::size_t room) override {
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out, room, 0};
    const std::size_t hint = ZSTD_decompressStream(stream_, &to, &from);
    // Asked for more between two frames, it hints at the next one.
    if (from.pos > 0 || to.pos > 0) between_ = hint == 0;
    return {from.pos, to.pos, ZSTD_isError(hint) != 0};
  }

  [[nodiscard]] bool may_end() const noexcept override { return between_; }

 private:
  ZSTD_DCtx* stream_;
  bool between_ = false;
};

}  // namespace

Packing packing_of(std::string_view head) noexcept {
  if (head.starts_with("\x1f\x8b")) return Packing::gzip;
  return head.starts_with("\x28\xb5\x2f\xfd") ? Packing::zstd : Packing::none;
}

std::unique_ptr<Unpacker> Unpacker::make(Packing packing) {
  if (packing == Packing::gzip) return std::make_unique<Gzip>();
  return std::make_unique<Zstd>();
}

}  // namespace audit::base
