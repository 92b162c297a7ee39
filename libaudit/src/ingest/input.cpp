#include "ingest/input.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"

namespace audit::ingest {

namespace {

// How often more of a pipe is waited for that has begun like something else than lines.
constexpr int kMostLooks = 10;

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

bool is_regular(int fd) {
  struct stat facts {};

  return ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
}

// The name of what is in it, and whether that is packed.
std::pair<std::string_view, bool> without_packing(std::string_view name) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) return {name.substr(0, name.size() - packed.size()), true};
  }
  return {name, false};
}

// Whether a file of a folder holds events, by its name: *.jsonl* (also app.jsonl.1), *.ndjson*,
// *.json and *.pb, and all of these packed.
bool is_named_like_events(std::string_view name) {
  name = without_packing(name).first;
  return name.find(".jsonl") != std::string_view::npos ||
         name.find(".ndjson") != std::string_view::npos || name.ends_with(".json") ||
         name.ends_with(".pb");
}

// The files below a folder that hold events, in order of name.
//   others    becomes the number of the other files there
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder,
                                               std::uint64_t& others) {
  std::vector<std::filesystem::path> files;
  try {
    for (const auto& item : std::filesystem::recursive_directory_iterator(folder)) {
      if (!item.is_regular_file()) continue;
      // Who may write to the folder must not choose what is read elsewhere.
      if (!item.is_symlink() && is_named_like_events(item.path().filename().string())) {
        files.push_back(item.path());
      } else {
        ++others;
      }
    }
  } catch (const std::filesystem::filesystem_error& error) {
    base::throw_errno("read", error.path1(), error.code().value());
  }
  if (files.empty()) {
    throw Error(
        ErrorCode::not_found,
        fmt::format("the folder {} has no *.jsonl, *.ndjson, *.json or *.pb file", folder.string()),
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
  std::error_code no_link;
  is_link_ = std::filesystem::is_symlink(file, no_link);
  file_bytes_ = is_file_ ? static_cast<std::uint64_t>(facts.st_size) : 0;
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::canonical(file, failed);
  source_ = base::escape_controls(failed ? file.string() : whole.string());
}

// Nobody waits for who writes to a pipe that has taken the place of a file.
int Input::open_flags() const noexcept {
  if (!is_file_) return O_RDONLY;
  return O_RDONLY | O_NONBLOCK | (is_link_ ? 0 : O_NOFOLLOW);
}

void Input::open() {
  if (fd_ >= 0) return;
  base::UniqueFd file = base::open_file(path_, open_flags());
  if (is_file_ && !is_regular(file.value())) {
    throw Error(ErrorCode::io, fmt::format("{} was a file, and is none any more", source_));
  }
  begin(std::move(file));
}

void Input::begin(base::UniqueFd file) {
  owned_ = std::move(file);
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

bool Input::is_sqlite() const { return is_file_ && read_at(fd_, 0, kSqlite.size()) == kSqlite; }

bool Input::recognise(bool lines_only, std::chrono::milliseconds patience) {
  bool at_end = false;
  const std::size_t wanted = is_file_ || is_packed() ? source::kHeadBytes : 1;
  std::string_view head = lines_->peek(wanted, patience, at_end);
  if (head.empty() && !at_end) return false;
  if (source::needs_more(head) && !at_end && ++looks_ < kMostLooks) {
    head = lines_->peek(source::kHeadBytes, patience, at_end);
    if (source::needs_more(head) && !at_end) return false;
  }
  if (packing_ == base::Packing::none && base::packing_of(head) != base::Packing::none) {
    packing_ = base::packing_of(head);
    lines_->unpack(packing_, is_file_ ? source_ : "standard input");
    return recognise(lines_only, patience);
  }
  if (!lines_->unpacks()) packing_ = base::Packing::none;  // it only began like it
  foreign_ = lines_only ? nullptr : source::foreign_file(head);
  shape_ = lines_only ? source::Shape::lines : source::shape_of(head);
  if (!lines_only && is_named_as_protobuf()) shape_ = source::Shape::protobuf;
  if (shape_ == source::Shape::protobuf && is_named_as_lines()) shape_ = source::Shape::lines;
  read_as_shaped();
  return true;
}

void Input::read_as_shaped() {
  if (shape_ == source::Shape::protobuf) lines_->read_whole();
  if (shape_ == source::Shape::json) lines_->read_documents();
}

void Input::read_as_lines() {
  shape_ = source::Shape::lines;
  lines_->read_lines();
}

bool Input::is_named_as_protobuf() const {
  return is_file_ && without_packing(source_).first.ends_with(".pb");
}

bool Input::is_named_as_lines() const {
  const std::string_view name = without_packing(source_).first;
  const std::string_view file = name.substr(name.rfind('/') + 1);
  return is_file_ && (file.find(".jsonl") != std::string_view::npos ||
                      file.find(".ndjson") != std::string_view::npos);
}

void Input::start_at(std::uint64_t position) {
  counts_lines = false;
  if (is_packed()) {
    (void)lines_->skip(position);
    return;
  }
  if (::lseek(fd_, static_cast<off_t>(position), SEEK_SET) < 0)
    base::throw_errno("read", path_, errno);
  lines_ = std::make_unique<LineReader>(fd_, path_, position);
  // Protobuf was read to its end; documents may follow each other.
  if (shape_ == source::Shape::protobuf) shape_ = source::Shape::lines;
  read_as_shaped();
}

bool Input::is_named_as_packed() const { return without_packing(source_).second; }

std::unique_ptr<ByteSource> Input::open_again() const {
  class OwnBytes final : public ByteSource {
   public:
    explicit OwnBytes(const std::filesystem::path& path)
        : file_(base::open_file(path, O_RDONLY)), bytes_(file_.value(), path) {}

    Status read(char* to, std::size_t room, std::chrono::milliseconds patience,
                std::size_t& got) override {
      return bytes_.read(to, room, patience, got);
    }

   private:
    base::UniqueFd file_;
    DescriptorBytes bytes_;
  };

  auto bytes = std::make_unique<OwnBytes>(path_);
  if (!is_packed()) return bytes;
  return std::make_unique<UnpackedBytes>(std::move(bytes), packing_, path_);
}

Input::Fate Input::fate() const {
  struct stat named {};

  struct stat open {};

  if (!is_file_ || ::fstat(fd_, &open) != 0) return Fate::same;
  if (static_cast<std::uint64_t>(open.st_size) < lines_->read_position()) return Fate::truncated;
  // While the name is gone, the next file has not been made yet.
  if ((is_link_ ? ::stat : ::lstat)(path_.c_str(), &named) != 0) return Fate::same;
  if (!S_ISREG(named.st_mode)) return Fate::unfit;
  return named.st_ino == open.st_ino && named.st_dev == open.st_dev ? Fate::same : Fate::replaced;
}

bool Input::reopen() {
  base::UniqueFd file(::open(path_.c_str(), open_flags() | O_CLOEXEC));
  if (!file || !is_regular(file.value())) return false;
  begin(std::move(file));
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
      remark(fmt::format(
          "{} other {} in {} skipped: of a folder *.jsonl, *.ndjson, *.json and *.pb "
          "files are read, packed or not, and no links",
          others, others == 1 ? "file" : "files", name + (others == 1 ? " was" : " were")));
    }
  }
  return inputs;
}

}  // namespace audit::ingest
