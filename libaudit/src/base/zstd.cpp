#include "base/zstd.hpp"

#include <zstd.h>

namespace audit::base {

namespace {

constexpr std::string_view kMagic("\x28\xb5\x2f\xfd", 4);

}  // namespace

bool unpack_zstd(std::string_view frame, std::size_t most, std::string& out) {
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  // An unknown size is larger than any limit.
  if (!frame.starts_with(kMagic) || size > most ||
      ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size() ||
      ZSTD_getDictID_fromFrame(frame.data(), frame.size()) != 0) {
    return false;
  }
  out.resize(static_cast<std::size_t>(size));
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size());
  return ZSTD_isError(got) == 0 && got == out.size();
}

}  // namespace audit::base
