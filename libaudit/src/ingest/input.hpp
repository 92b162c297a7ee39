// ingest/input.hpp - the files behind the inputs that were named, and how each is read to its end.
#pragma once

#include <audit/ingest.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "ingest/lines.hpp"
#include "source/recognise.hpp"

namespace audit::ingest {

// One file, or standard input.
class Input {
 public:
  // Standard input.
  explicit Input(int standard_input);

  // A file, not yet open.
  explicit Input(const std::filesystem::path& file);

  // Opens it, if that was not done. What was a file must still be one: a name in a folder that others
  // may write to can become a pipe, or a link to what they may not read.
  //   throws    not_found, permission, io
  void open();

  // Closes a file that is read to its end.
  void close();

  // True if the file begins as a SQLite file does: a ledger, perhaps the very one written to.
  [[nodiscard]] bool is_sqlite() const;

  // True if it was named itself, not found in a folder.
  bool was_named = true;

  // What entries name as their source: "-" or the file's absolute path.
  [[nodiscard]] const std::string& source() const noexcept { return source_; }

  // Bytes of the file; 0 for standard input.
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }

  [[nodiscard]] bool is_file() const noexcept { return is_file_; }

  [[nodiscard]] int descriptor() const noexcept { return fd_; }

  [[nodiscard]] LineReader& lines() noexcept { return *lines_; }

  // The lines handed out so far, for messages; 0 where counting did not begin at the first.
  std::uint64_t line_number = 0;
  bool counts_lines = true;

  // Looks at how the input begins: whether it is packed, and lines or one record. False if not
  // enough has come within the time to tell; ask again.
  //   lines_only  it is lines, whatever it looks like
  //   requires    it is open and no line was read yet
  [[nodiscard]] bool recognise(bool lines_only, std::chrono::milliseconds patience);

  // After recognise(): what it is instead of events; null if it looks like none of what is known.
  [[nodiscard]] const source::ForeignFile* foreign() const noexcept { return foreign_; }

  [[nodiscard]] source::Shape shape() const noexcept { return shape_; }

  // From now on it is lines, whatever it looked like at first; also what was read and not handed out.
  void read_as_lines();

  // The same where it looks like protobuf.
  void read_protobuf_as_lines() {
    if (shape_ == source::Shape::protobuf) read_as_lines();
  }

  // True if its name says that it is protobuf.
  [[nodiscard]] bool is_named_as_protobuf() const;

  // True if what is read is not what stands in the file.
  [[nodiscard]] bool is_packed() const noexcept { return packing_ != base::Packing::none; }

  // True if its name says that it is packed.
  [[nodiscard]] bool is_named_as_packed() const;

  // All bytes of a file from its beginning once more, unpacked, for comparing.
  //   throws    not_found, permission, io
  [[nodiscard]] std::unique_ptr<ByteSource> open_again() const;

  // Reads on from byte `position`.
  void start_at(std::uint64_t position);

  // For --follow, at the end of the file: what has become of its name.
  enum class Fate : std::uint8_t {
    same,
    replaced,
    truncated,
    unfit,  // the name stands for a pipe, a link or the like, which is not followed
  };
  [[nodiscard]] Fate fate() const;

  // Goes to the file that has the name now; false if there is none, and the old one stays open.
  [[nodiscard]] bool reopen();

 private:
  void begin(base::UniqueFd file);
  [[nodiscard]] int open_flags() const noexcept;
  void read_as_shaped();
  [[nodiscard]] bool is_named_as_lines() const;

  std::filesystem::path path_;
  std::string source_;
  bool is_file_;
  bool is_link_ = false;  // the user named a link: it may lead elsewhere later
  base::UniqueFd owned_;
  int fd_ = -1;
  std::uint64_t file_bytes_ = 0;
  const source::ForeignFile* foreign_ = nullptr;
  source::Shape shape_ = source::Shape::lines;
  base::Packing packing_ = base::Packing::none;
  int looks_ = 0;  // at a pipe that has begun
  std::unique_ptr<LineReader> lines_;
};

// The inputs named, folders replaced by the files in them that hold events, by their names, in order
// of name; none is open yet.
//   throws    not_found, permission, io
//   remark    is told of files in folders that are left out
[[nodiscard]] std::vector<Input> list_inputs(const IngestOptions& options,
                                             const std::function<void(std::string_view)>& remark);

}  // namespace audit::ingest
