#include "ingest/input.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"

namespace audit::ingest {

namespace {

constexpr std::string_view kGzip = "\x1f\x8b";
constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";
constexpr std::string_view kSqlite("SQLite format 3\0", 16);

// Bytes [at, at + count) of a file; fewer at its end.
std::string read_at(int fd, std::uint64_t at, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got =
        ::pread(fd, bytes.data() + filled, count - filled, static_cast<off_t>(at + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

// The *.jsonl* files below a folder, in order of name.
//   others    becomes the number of the other files there
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder,
                                               std::uint64_t& others) {
  std::vector<std::filesystem::path> files;
  try {
    for (const auto& item : std::filesystem::recursive_directory_iterator(folder)) {
      if (!item.is_regular_file()) continue;
      if (item.path().filename().string().find(".jsonl") != std::string::npos) {
        files.push_back(item.path());
      } else {
        ++others;
      }
    }
  } catch (const std::filesystem::filesystem_error& error) {
    base::throw_errno("read", error.path1(), error.code().value());
  }
  if (files.empty()) {
    throw Error(ErrorCode::not_found,
                fmt::format("the folder {} has no *.jsonl file", folder.string()),
                "name the files to read");
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Input::Input(int standard_input)
    : source_("-"),
      is_file_(false),
      fd_(standard_input),
      lines_(std::make_unique<LineReader>(standard_input, "standard input")) {}

Input::Input(const std::filesystem::path& file) : path_(file), is_file_(true) {
  struct stat facts {};

  if (::stat(file.c_str(), &facts) != 0) base::throw_errno("read", file, errno);
  is_file_ = S_ISREG(facts.st_mode);
  file_bytes_ = is_file_ ? static_cast<std::uint64_t>(facts.st_size) : 0;
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::canonical(file, failed);
  source_ = base::escape_controls(failed ? file.string() : whole.string());
}

void Input::open() {
  if (fd_ >= 0) return;
  owned_ = base::open_file(path_, O_RDONLY);
  fd_ = owned_.value();
  lines_ = std::make_unique<LineReader>(fd_, path_);
  line_number = 0;
}

void Input::close() {
  if (!owned_) return;
  owned_.reset();
  fd_ = -1;
  lines_.reset();
}

bool Input::is_compressed() const {
  if (!is_file_) return false;
  const std::string head = read_at(fd_, 0, 4);
  return head.starts_with(kGzip) || head == kZstd;
}

bool Input::is_sqlite() const { return is_file_ && read_at(fd_, 0, kSqlite.size()) == kSqlite; }

void Input::recognise(std::chrono::milliseconds patience) {
  if (!is_file_) return;  // a pipe may say nothing for a long time
  shape_ = source::shape_of(lines_->peek(source::kHeadBytes, patience));
  if (shape_ == source::Shape::protobuf) shape_ = source::Shape::lines;
  if (shape_ != source::Shape::lines) lines_->read_whole();
}

void Input::start_at(std::uint64_t position) {
  if (::lseek(fd_, static_cast<off_t>(position), SEEK_SET) < 0)
    base::throw_errno("read", path_, errno);
  lines_ = std::make_unique<LineReader>(fd_, path_, position);
  counts_lines = position == 0;
}

Input::Fate Input::fate() const {
  struct stat named {};

  struct stat open {};

  if (!is_file_ || ::fstat(fd_, &open) != 0) return Fate::same;
  if (static_cast<std::uint64_t>(open.st_size) < lines_->read_position()) return Fate::truncated;
  // While the name is gone, the next file has not been made yet.
  if (::stat(path_.c_str(), &named) != 0) return Fate::same;
  return named.st_ino == open.st_ino && named.st_dev == open.st_dev ? Fate::same : Fate::replaced;
}

bool Input::reopen() {
  struct stat named {};

  if (::stat(path_.c_str(), &named) != 0) return false;
  close();
  open();
  counts_lines = true;
  return true;
}

std::vector<Input> list_inputs(const IngestOptions& options,
                               const std::function<void(std::string_view)>& remark) {
  std::vector<Input> inputs;
  for (const std::string& name : options.inputs) {
    if (name == "-") {
      inputs.emplace_back(options.standard_input);
      continue;
    }
    std::error_code failed;
    if (!std::filesystem::is_directory(name, failed)) {
      inputs.emplace_back(std::filesystem::path(name));
      continue;
    }
    std::uint64_t others = 0;
    for (const std::filesystem::path& file : files_below(name, others)) {
      inputs.emplace_back(file);
      inputs.back().was_named = false;
    }
    if (others > 0 && remark) {
      remark(fmt::format("{} other {} in {} skipped: of a folder only *.jsonl files are read",
                         others, others == 1 ? "file" : "files",
                         name + (others == 1 ? " was" : " were")));
    }
  }
  return inputs;
}

}  // namespace audit::ingest
