#include <audit/fork.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "verify/assessment.hpp"
#include "verify/known.hpp"

namespace audit {

namespace verify {

namespace {

constexpr std::size_t kMaxForkBytes = std::size_t{4} << 20;

std::string heads_text(const Checkpoint& first, const Checkpoint& second) {
  if (first.size == second.size) {
    return fmt::format("two heads of {} entries with different roots", first.size);
  }
  return fmt::format("a head of {} entries, and one of {} entries that does not contain it",
                     first.size, second.size);
}

// Judges what was read; each way out says at once what is shown.
void judge_fork(Assessment& found, const Fork& fork, const std::vector<VerifyKey>& keys) {
  const Parsed<Checkpoint> first = parse_checkpoint(fork.first);
  const Parsed<Checkpoint> second = parse_checkpoint(fork.second);
  if (!first || !second) {
    return found.refuse(fmt::format("one of the two heads cannot be read: {}",
                                    (first ? second : first).error().message));
  }
  found.pass("file", "evidence of a fork, version 1");
  found.report.origin = second->origin;
  found.report.size = second->size;
  found.report.root = second->root;
  found.report.note = fork.second;
  if (keys.empty()) {
    return found.give_up("signatures",
                         "who signed the two heads is not known without a key: give the one you "
                         "know with --key");
  }
  for (const VerifyKey& key : keys) {
    if (!check_fork(fork, {key})) continue;
    found.pass("signatures", fmt::format("both heads are signed by {}", key.text()));
    return found.blame(
        "forked", "heads",
        fmt::format("{}+{} signed {}", base::escape_controls(key.name),
                    key.text().substr(key.name.size() + 1, 8), heads_text(*first, *second)));
  }
  found.give_up("heads",
                "it does not show that one of the keys given signed two heads that no one ledger "
                "can have");
}

}  // namespace

}  // namespace verify

VerifyReport verify_fork(const std::filesystem::path& file, const std::vector<VerifyKey>& keys) {
  verify::Assessment found(1);
  const Parsed<Fork> fork = parse_fork(base::read_file(file, verify::kMaxForkBytes));
  if (fork) {
    verify::judge_fork(found, *fork, keys);
  } else {
    found.refuse(fmt::format("{} is no fork evidence that can be read: {}",
                             base::escape_controls(file.string()), fork.error().message));
  }
  return found.conclude(false);
}

bool is_fork_file(const std::filesystem::path& file) {
  // A pipe that took the place of the file must not be waited for.
  const base::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));

  struct stat facts {};

  if (!opened || ::fstat(opened.value(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  std::array<char, 64> head{};
  const ssize_t got = ::read(opened.value(), head.data(), head.size());
  return got > 0 && looks_like_fork({head.data(), static_cast<std::size_t>(got)});
}

}  // namespace audit
