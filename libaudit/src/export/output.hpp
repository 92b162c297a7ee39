// export/output.hpp - gathers what a format writes into pieces a pipe takes well.
#pragma once

#include <audit/export.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace audit::exports {

class Output {
 public:
  // `sink` outlives this object.
  explicit Output(const Sink& sink) : sink_(sink) { buffer_.reserve(2 * kPieceBytes); }

  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Append here, then call row_done().
  [[nodiscard]] std::string& buffer() noexcept { return buffer_; }

  // Hands over what has gathered once it is worth it.
  void row_done() {
    if (buffer_.size() >= kPieceBytes) flush();
  }

  // Hands over the rest. Not called by the destructor: it can fail.
  void flush() {
    const std::string_view all = buffer_;
    for (std::size_t i = 0; i < all.size(); i += kPieceBytes) sink_(all.substr(i, kPieceBytes));
    buffer_.clear();
    if (buffer_.capacity() > kKeptBytes) buffer_ = std::string();
  }

 private:
  // A pipe holds 64 KiB: larger writes make its reader wait for all of it and us for the reader.
  static constexpr std::size_t kPieceBytes = std::size_t{48} * 1024;
  // Room for one huge payload is given back.
  static constexpr std::size_t kKeptBytes = std::size_t{1} << 20;

  const Sink& sink_;
  std::string buffer_;
};

}  // namespace audit::exports
