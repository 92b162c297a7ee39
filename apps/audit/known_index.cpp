#include "known_index.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

// What is remembered of one ledger: many times what its index has parts.
constexpr std::size_t kMaxParts = 2048;
constexpr std::size_t kMaxFileBytes = 512 * 1024;
constexpr std::string_view kFirstLine = "agent-audit known index 1\n";

bool is_ledger_id(std::string_view text) {
  constexpr std::size_t kDigits = 32;
  return text.size() == kDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Empty where there is none, or none is wanted.
fs::path state_folder(const Context& context) {
  if (const char* const given = context.environment("AUDIT_STATE")) return given;
  const fs::path base = context.variable("XDG_STATE_HOME");
  if (base.is_absolute()) return base / "agent-audit";
  const fs::path home = context.variable("HOME");
  return home.is_absolute() ? home / ".local" / "state" / "agent-audit" : fs::path();
}

// Empty where nothing can be remembered.
fs::path file_of(const Context& context, const std::string& ledger_id) {
  const fs::path folder = state_folder(context);
  if (folder.empty() || !is_ledger_id(ledger_id)) return {};
  std::error_code failed;
  const fs::path whole = fs::absolute(folder, failed);
  return failed ? fs::path() : whole / "index" / ledger_id;
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}

  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;

  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// The bytes of a file that is ours alone to write; nothing for any other.
std::optional<std::string> read_own_file(const fs::path& file) {
  const Fd fd(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));

  struct stat facts {};

  if (fd.get() < 0 || ::fstat(fd.get(), &facts) != 0) return std::nullopt;
  const bool is_ours = S_ISREG(facts.st_mode) && facts.st_uid == ::geteuid() &&
                       (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!is_ours || facts.st_size > static_cast<off_t>(kMaxFileBytes)) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(facts.st_size),
                    '\0');  // it is replaced, never changed
  const ssize_t got = ::read(fd.get(), bytes.data(), bytes.size());
  return got == facts.st_size ? std::optional(bytes) : std::nullopt;
}

// Makes the folders that are not there. Root leaves nothing in a user's home that the user could not
// change.
bool make_folders(const fs::path& folder) {
  std::vector<fs::path> missing;
  fs::path there = folder;

  struct stat facts {};

  for (; ::stat(there.c_str(), &facts) != 0; there = there.parent_path()) {
    if (there == there.parent_path()) return false;
    missing.push_back(there);
  }
  if (::geteuid() == 0 && facts.st_uid != 0) return false;
  return std::all_of(missing.rbegin(), missing.rend(), [](const fs::path& one) {
    return ::mkdir(one.c_str(), 0700) == 0 || errno == EEXIST;  // another program was faster
  });
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd, bytes.data(), bytes.size());
    if (done <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

// Not synced: after a power cut it may be empty, and then nothing is known.
void replace_file(const fs::path& file, std::string_view bytes) {
  if (!make_folders(file.parent_path())) return;
  std::string beside = file.string() + ".XXXXXX";
  const Fd fd(::mkostemp(beside.data(), O_CLOEXEC));  // mode 0600
  if (fd.get() < 0) return;
  if (!write_all(fd.get(), bytes) || ::rename(beside.c_str(), file.c_str()) != 0) {
    ::unlink(beside.c_str());
  }
}

// The words of a line.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<IndexBasis> basis_of(std::string_view word) {
  for (const IndexBasis basis : {IndexBasis::verified, IndexBasis::made}) {
    if (word == to_string(basis)) return basis;
  }
  return std::nullopt;
}

std::string line_of(const KnownPart& part) {
  return fmt::format("{} {} {} {} {} {} {}\n", to_string(part.basis), to_rfc3339(part.when),
                     part.segment.range.first, part.segment.range.last, to_hex(part.segment.digest),
                     part.size, to_hex(part.last_hash));
}

std::optional<KnownPart> parse_part(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() != 7) return std::nullopt;
  const auto basis = basis_of(words[0]);
  const auto when = parse_timestamp(words[1]);
  const auto first = number(words[2]);
  const auto last = number(words[3]);
  const auto digest = digest_from_hex(words[4]);
  const auto size = number(words[5]);
  const auto last_hash = digest_from_hex(words[6]);
  if (!basis || !when || !first || !last || !digest || !size || !last_hash) return std::nullopt;
  if (*first >= *last || *last > *size) return std::nullopt;
  return KnownPart{{{*first, *last}, *digest}, *basis, *when, *size, *last_hash};
}

bool is_same(const IndexSegment& a, const IndexSegment& b) {
  return a.range.first == b.range.first && a.range.last == b.range.last && a.digest == b.digest;
}

bool covers(const IndexSegment& a, const IndexSegment& b) {
  return a.range.first <= b.range.first && b.range.last <= a.range.last;
}

}  // namespace

std::string_view to_string(IndexBasis basis) noexcept {
  return basis == IndexBasis::verified ? "verified" : "made";
}

KnownIndex KnownIndex::read(const Context& context, const std::string& ledger_id) {
  const fs::path file = file_of(context, ledger_id);
  if (file.empty()) return {};
  const std::optional<std::string> text = read_own_file(file);
  return text ? parse(*text).value_or(KnownIndex()) : KnownIndex();
}

const KnownPart* KnownIndex::find(const IndexSegment& segment, const HashOf& hash_of) {
  const auto known = std::find_if(parts_.begin(), parts_.end(), [&](const KnownPart& part) {
    return is_same(part.segment, segment) && is_right(part, hash_of);
  });
  return known == parts_.end() ? nullptr : &*known;
}

bool KnownIndex::is_right(const KnownPart& part, const HashOf& hash_of) {
  const auto [state, is_new] = is_state_.try_emplace({part.size, part.last_hash});
  if (is_new) state->second = hash_of(part.size - 1) == part.last_hash;
  return state->second;
}

void KnownIndex::add(const IndexState& state, IndexBasis basis, Timestamp when) {
  std::vector<KnownPart> parts;
  for (const IndexSegment& segment : state.segments) {
    parts.push_back({segment, basis, when, state.size, state.last_hash});
  }
  add_in_place_of_covered(parts);
}

void KnownIndex::add_in_place_of_covered(const std::vector<KnownPart>& fresh) {
  std::vector<KnownPart> parts = fresh;
  for (const KnownPart& part : parts_) {
    const bool is_covered = std::any_of(fresh.begin(), fresh.end(), [&](const KnownPart& newer) {
      return covers(newer.segment, part.segment);
    });
    if (!is_covered && parts.size() < kMaxParts) parts.push_back(part);
  }
  parts_ = std::move(parts);
}

void KnownIndex::add_merged(const IndexState& state, const HashOf& hash_of) {
  for (const IndexState::Merge& merge : state.merges) {
    std::optional<KnownPart> whole;
    for (const IndexSegment& segment : merge.parts) {
      const KnownPart* const part = find(segment, hash_of);
      if (part == nullptr) {
        whole.reset();
        break;
      }
      if (!whole) whole = {merge.whole, part->basis, part->when, state.size, state.last_hash};
      if (part->basis == IndexBasis::made) whole->basis = IndexBasis::made;
      whole->when = std::min(whole->when, part->when);
    }
    if (whole) add_in_place_of_covered({*whole});
  }
}

std::string KnownIndex::text() const {
  std::string text(kFirstLine);
  for (const KnownPart& part : parts_) text += line_of(part);
  return text;
}

std::optional<KnownIndex> KnownIndex::parse(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  KnownIndex known;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || known.parts_.size() == kMaxParts) return std::nullopt;
    const std::optional<KnownPart> part = parse_part(text.substr(0, end));
    if (!part) return std::nullopt;
    known.parts_.push_back(*part);
    text.remove_prefix(end + 1);
  }
  return known;
}

void remember(const Context& context, const IndexState& state, IndexBasis basis,
              const KnownIndex::HashOf& hash_of) {
  const fs::path file = file_of(context, state.ledger_id);
  if (file.empty() || (state.segments.empty() && state.merges.empty())) return;
  KnownIndex known = KnownIndex::read(context, state.ledger_id);
  known.add(state, basis, context.clock());
  known.add_merged(state, hash_of);
  replace_file(file, known.text());
}

}  // namespace audit::cli
