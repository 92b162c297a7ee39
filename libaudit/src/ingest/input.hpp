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

  // Opens it, if that was not done.  throws not_found, permission, io
  void open();

  // Closes a file that is read to its end.
  void close();

  // True if the file begins as gzip or zstd do.
  [[nodiscard]] bool is_compressed() const;

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

  // Looks at how the input begins. A file may be one record; a pipe is lines, or binary.
  //   requires  it is open and nothing was read yet
  void recognise(std::chrono::milliseconds patience);

  [[nodiscard]] source::Shape shape() const noexcept { return shape_; }

  // Reads on from byte `position`.
  void start_at(std::uint64_t position);

  // For --follow, at the end of the file: what has become of its name.
  enum class Fate : std::uint8_t { same, replaced, truncated };
  [[nodiscard]] Fate fate() const;

  // Goes to the file that has the name now; false if there is none.
  [[nodiscard]] bool reopen();

 private:
  std::filesystem::path path_;
  std::string source_;
  bool is_file_;
  base::UniqueFd owned_;
  int fd_ = -1;
  std::uint64_t file_bytes_ = 0;
  source::Shape shape_ = source::Shape::lines;
  std::unique_ptr<LineReader> lines_;
};

// The inputs named, folders replaced by their *.jsonl* files in order of name; none is open yet.
//   throws    not_found, permission, io; invalid_argument for a file that is compressed
//   remark    is told of files in folders that are left out
[[nodiscard]] std::vector<Input> list_inputs(const IngestOptions& options,
                                             const std::function<void(std::string_view)>& remark);

}  // namespace audit::ingest
