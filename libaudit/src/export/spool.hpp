// export/spool.hpp - text that is written now and read once it is known how long it is: a file without
// a name.
//
// Errors   throws permission, io
#pragma once

#include <audit/digest.hpp>
#include <audit/export.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "crypto/sha256.hpp"

namespace audit::exports {

class Spool {
 public:
  //   folder   where there is room for it; nobody sees it there, and it is gone with its process
  explicit Spool(const std::filesystem::path& folder);

  // Append here, then call line_done().
  [[nodiscard]] std::string& buffer() noexcept { return buffer_; }

  void line_done() {
    if (buffer_.size() >= kPieceBytes) flush();
  }

  // Ends the writing.
  void finish();

  // For both: only once it is finished.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  [[nodiscard]] const Digest& sha256() const noexcept { return digest_; }

  // Hands all of it over.
  void copy_to(const Sink& sink) const;

 private:
  static constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;

  void flush();

  std::filesystem::path folder_;
  base::UniqueFd file_;
  std::string buffer_;
  crypto::Sha256 hasher_;
  Digest digest_;
  std::uint64_t bytes_ = 0;
};

}  // namespace audit::exports
