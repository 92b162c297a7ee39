#include "commands/spared_files.hpp"

#include <audit/error.hpp>
#include <audit/key.hpp>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

// What a file begins with is all that is looked at.
constexpr std::size_t kHeadBytes = 4096;
constexpr std::string_view kSqlite("SQLite format 3\0", 16);
constexpr std::string_view kPem = "-----BEGIN ";

struct Beside {
  std::string_view suffix;
  std::string_view meaning;
};

constexpr std::array kBeside = {
    Beside{"", "the ledger itself"},
    Beside{".key", "the signing key of the ledger"},
    Beside{".key.new", "the next signing key of the ledger"},
    Beside{".pub", "the public key of the ledger"},
    Beside{".index", "the index of the ledger"},
    Beside{"-wal", "a part of the ledger"},
    Beside{"-shm", "a part of the ledger"},
    Beside{"-journal", "a part of the ledger"},
    Beside{".index-wal", "a part of the index of the ledger"},
    Beside{".index-shm", "a part of the index of the ledger"},
    Beside{".index-journal", "a part of the index of the ledger"},
};

[[noreturn]] void refuse(const fs::path& target, std::string_view what) {
  throw Error(ErrorCode::configuration,
              fmt::format("'{}' is {}: no result is ever written over it", target.string(), what),
              "choose another file");
}

fs::path whole(const fs::path& path) {
  std::error_code failed;
  fs::path found = fs::weakly_canonical(path, failed);
  return failed ? path.lexically_normal() : found;
}

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code failed;
  return fs::equivalent(a, b, failed) || whole(a) == whole(b);
}

std::string head_of(const fs::path& file) {
  // Where a pipe took the place of the file, opening it must not wait.
  const int fd = ::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  std::string head(kHeadBytes, '\0');
  const ssize_t got = fd < 0 ? -1 : ::read(fd, head.data(), head.size());
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (got < 0) {
    throw Error(error == EACCES || error == EPERM ? ErrorCode::permission : ErrorCode::io,
                fmt::format("cannot see what '{}' holds, so it is not replaced: {}", file.string(),
                            std::generic_category().message(error)),
                "choose another file");
  }
  head.resize(static_cast<std::size_t>(got));
  return head;
}

// A file of verifier keys, as LEDGER.pub is one: its first line says so.
bool begins_with_verify_key(std::string_view head) {
  std::string_view line = head.substr(0, head.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return parse_verify_key(line).has_value();
}

// The name alone would make it a part of some other ledger.
void check_is_beside_nothing(const fs::path& target) {
  std::error_code failed;
  const std::string name = target.string();
  for (const Beside& beside : kBeside) {
    if (beside.suffix.empty() || !name.ends_with(beside.suffix)) continue;
    const fs::path base = name.substr(0, name.size() - beside.suffix.size());
    if (fs::is_regular_file(base, failed) && head_of(base).starts_with(kSqlite)) {
      refuse(target, fmt::format("{} '{}'", beside.meaning, base.string()));
    }
  }
}

}  // namespace

void check_is_not_beside(const fs::path& target, const fs::path& ledger) {
  for (const Beside& beside : kBeside) {
    for (fs::path file : {ledger, whole(ledger)}) {
      file += beside.suffix;
      if (is_same(target, file)) refuse(target, beside.meaning);
    }
  }
}

void check_may_replace(const fs::path& target, const fs::path& ledger) {
  check_is_not_beside(target, ledger);
  check_is_beside_nothing(target);
  std::error_code failed;
  if (!fs::is_regular_file(target, failed)) return;
  const std::string head = head_of(target);
  if (head.starts_with(kSqlite)) refuse(target, "a ledger, an index or another SQLite file");
  if (head.starts_with(kPem)) refuse(target, "a key file");
  if (begins_with_verify_key(head)) refuse(target, "a file of public keys");
}

}  // namespace audit::cli
