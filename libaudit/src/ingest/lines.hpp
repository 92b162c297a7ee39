// ingest/lines.hpp - cuts what an input gives into lines, without copying them.
//
// Or into documents, where an input begins like JSON over many lines: each ends where its outermost
// brace does. What turns out to be none, or is larger than a record may be, is cut into lines after
// all, from where it began: nobody's open brace hides the lines behind it.
//
// Bounds    a line of more than kMaxLineBytes is not kept, only counted and hashed; one that can be
//           taken apart may have kMaxRecordBytes
// Threads   one; buffers handed out may be read by others while more is read
#pragma once

#include <audit/digest.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "crypto/sha256.hpp"
#include "ingest/batch.hpp"
#include "ingest/byte_source.hpp"
#include "ingest/document_scan.hpp"

namespace audit::ingest {

struct Line {
  std::string_view text;       // without its LF; base::kJsonPadding bytes behind it are readable
  std::uint64_t position = 0;  // of its first byte in the input
  bool has_end = true;         // false: the input ended before an LF came
  bool too_large = false;      // `text` is empty, and these tell what it was:
  std::uint64_t bytes = 0;     // its length, without LF
  Digest digest;               // SHA-256 of it
  bool is_document = false;    // JSON, or what may be, on more than one line; its last LF included
  std::shared_ptr<Buffer> buffer;  // keeps `text` alive
  std::optional<Digest> original;  // SHA-256 of the line as it was read, where `text` is another
};

class LineReader {
 public:
  enum class Status : std::uint8_t {
    line,     // `line` is set
    nothing,  // no whole line came within the time
    end,      // the end of the input; a file may grow later
  };

  // Reads from `source`, whose next byte is number `position` of its input.
  explicit LineReader(std::unique_ptr<ByteSource> source, std::uint64_t position = 0);

  // Reads from a descriptor.
  LineReader(int fd, std::filesystem::path name, std::uint64_t position = 0);

  // From now on an LF ends nothing: all there is to the end is one record, which take_rest() gives.
  void read_whole() noexcept { cut_ = Cut::nothing; }

  // From now on an LF ends a line only if no brace is open.
  void read_documents() noexcept { cut_ = Cut::documents; }

  // From now on every LF ends a line, also those that were read and did not.
  void read_lines() noexcept;

  // Whether all there is to the end is one record.
  [[nodiscard]] bool reads_whole() const noexcept { return cut_ == Cut::nothing; }

  // Whether something has begun that an LF has not ended, and nothing came of it for this long.
  //   requires  read_whole() or read_documents() was called
  [[nodiscard]] bool has_waited(std::chrono::milliseconds patience) const;

  // What has begun and not ended.
  [[nodiscard]] std::string_view pending() const noexcept {
    return {buffer_->bytes.get() + begin_, end_ - begin_};
  }

  // The next bytes, without taking them: as many as there are within the time, up to `most`.
  //   at_end    becomes true if there are no more
  //   requires  no line was handed out yet
  [[nodiscard]] std::string_view peek(std::size_t most, std::chrono::milliseconds patience,
                                      bool& at_end);

  // Unpacks what is to come, the bytes that were peeked at included.
  //   requires  no line was handed out yet
  void unpack(base::Packing packing, std::filesystem::path name);

  // Whether what it cuts is not what its source reads.
  [[nodiscard]] bool unpacks() const noexcept { return source_->unpacks(); }

  // Passes over this many bytes; false if there are fewer.
  //   requires  no line was handed out yet
  [[nodiscard]] bool skip(std::uint64_t count);

  // Waits at most `patience` for a line. A last one without LF is not handed out: see take_rest().
  [[nodiscard]] Status next(Line& line, std::chrono::milliseconds patience);

  // A line that was read already, if there is one.
  [[nodiscard]] bool take_ready(Line& line) { return cut(line); }

  // After Status::end: what stands behind the last LF, if anything.
  [[nodiscard]] bool take_rest(Line& line);

  // The position behind the last line handed out.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }

  // The position behind the last byte read, whether or not its line has ended.
  [[nodiscard]] std::uint64_t read_position() const noexcept {
    return position_ + dropped_ + (end_ - begin_);
  }

 private:
  // Where a record ends.
  enum class Cut : std::uint8_t { lines, documents, nothing };

  [[nodiscard]] bool cut(Line& line) {
    return cut_ == Cut::lines ? cut_line(line) : cut_ == Cut::documents && cut_document(line);
  }

  [[nodiscard]] bool cut_line(Line& line);
  [[nodiscard]] bool cut_document(Line& line);
  [[nodiscard]] ByteSource::Status fill(std::chrono::milliseconds patience);
  [[nodiscard]] std::size_t limit() const;
  void make_room();
  void drop_into_digest();
  void hand_out(Line& line, std::size_t length, bool has_end);

  std::unique_ptr<ByteSource> source_;
  Cut cut_ = Cut::lines;
  DocumentScan scan_;                                  // of what has begun
  std::chrono::steady_clock::time_point last_read_{};  // unless it is cut into lines
  std::shared_ptr<Buffer> buffer_;
  std::size_t begin_ = 0;    // of the line in hand
  std::size_t scanned_ = 0;  // nothing before this ends it
  std::size_t end_ = 0;      // of what was read
  std::uint64_t position_;
  std::uint64_t dropped_ = 0;  // bytes of a line too large, already hashed
  crypto::Sha256 digest_;
};

}  // namespace audit::ingest
