// verify/bundle_reader.hpp - an evidence bundle, member by member and line by line, as a stranger may
// have made it: nothing is skipped, nothing is put right, and no more is held than a line.
//
// Errors   what cannot be read as a bundle is thrown as NotABundle, which never leaves this layer;
//          not_found, permission, io as Error
// Threads  one
#pragma once

#include <audit/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/tar.hpp"
#include "crypto/sha256.hpp"

namespace audit::verify {

// Why a file is no bundle: what follows "not a bundle that can be read: ".
struct NotABundle {
  std::string why;
};

class BundleReader {
 public:
  explicit BundleReader(const std::filesystem::path& file);

  // The member whose content comes next, after the end of the one before; its name, size and time.
  [[nodiscard]] const base::TarMember& member() const noexcept { return member_; }

  // Steps to the next member.
  //   requires  the content of the one before was read to its end
  void next();

  // All of the content.
  [[nodiscard]] std::string text(std::size_t limit);

  // The next line of the content, without its line end; false at the end. A last line without a line
  // end, or one that is longer than the limit, is none.
  [[nodiscard]] bool line(std::string& line, std::size_t limit);

  // Passes over what is left of the content.
  void skip();

  // Of the content, once it was read to its end.
  [[nodiscard]] Digest sha256() { return hasher_.finish(); }

  // Whether what follows is the end of the archive and of the file.
  void expect_end();

  // Of the file.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return read_; }

 private:
  [[nodiscard]] std::string_view fill();
  [[nodiscard]] std::string take(std::size_t bytes);
  [[nodiscard]] std::string_view content();
  void consume(std::size_t bytes);

  std::filesystem::path file_;
  base::UniqueFd fd_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is read and not yet taken
  std::size_t end_ = 0;
  std::uint64_t read_ = 0;
  base::TarMember member_;
  std::uint64_t left_ = 0;  // of the content
  crypto::Sha256 hasher_;
};

}  // namespace audit::verify
