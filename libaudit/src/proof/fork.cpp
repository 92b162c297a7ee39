#include <audit/fork.hpp>
#include <audit/proof.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "proof/note.hpp"

namespace audit {

namespace {

constexpr std::string_view kMagic = "audit-fork@";
constexpr std::string_view kHeader = "audit-fork@v1\n";
constexpr std::string_view kPrefix = "prefix ";
constexpr std::size_t kMaxPath = 64;
constexpr std::size_t kMaxBytes = 2 * proof::kMaxNoteBytes + 16'384;

tl::unexpected<ParseError> refuse(std::size_t offset, std::string message) {
  return tl::make_unexpected(
      ParseError{offset, 0, std::move(message), "what verify --evidence wrote: audit-ledger(5)"});
}

// The next line without its LF; moves `at` behind it. Nothing where none ends.
std::optional<std::string_view> next_line(std::string_view text, std::size_t& at) {
  const std::size_t end = text.find('\n', at);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(at, end - at);
  at = end + 1;
  return line;
}

bool skip_comments(std::string_view text, std::size_t& at) {
  while (at < text.size() && text[at] == '#') {
    if (!next_line(text, at)) return false;
  }
  return true;
}

// Where the note that begins at `at` ends: behind the last of its signature lines.
std::size_t end_of_note(std::string_view text, std::size_t at) {
  const std::size_t blank = text.find("\n\n\u2014 ", at);
  if (blank == std::string_view::npos) return text.size();
  const std::size_t next = text.find("\n\n", blank + 2);
  return next == std::string_view::npos ? text.size() : next + 1;
}

Parsed<Checkpoint> signed_by(std::string_view note, const VerifyKey& key) {
  const Parsed<SignedCheckpoint> opened = open_checkpoint(note, {key});
  if (!opened) return tl::make_unexpected(opened.error());
  return opened->checkpoint;
}

bool contradict(const Checkpoint& first, const Checkpoint& second, const Fork& fork) {
  if (first.origin != second.origin || first.size == 0 || first.size > second.size) return false;
  if (first.root == fork.prefix) return false;
  if (first.size == second.size) return fork.prefix == second.root && fork.path.empty();
  return check_consistency(first.size, fork.prefix, second.size, second.root, fork.path);
}

}  // namespace

std::string fork_text(const Fork& fork, const VerifyKey& key) {
  std::string text(kHeader);
  text +=
      "# Two heads of one ledger, both signed by the key below, that no ledger can have both:\n"
      "# the second one's tree has another root ('prefix') at the size of the first one, as the\n"
      "# consistency proof under it shows (RFC 9162). Compare the key with the one you know.\n";
  text += fmt::format("# {}\n", key.text());
  text += fmt::format("{}{}\n", kPrefix, to_base64(fork.prefix));
  for (const Digest& node : fork.path) text += to_base64(node) + "\n";
  return text + "\n" + fork.first + "\n" + fork.second;
}

bool looks_like_fork(std::string_view text) noexcept { return text.starts_with(kMagic); }

Parsed<Fork> parse_fork(std::string_view text) {
  if (text.size() > kMaxBytes) return refuse(kMaxBytes, "it is longer than any fork evidence");
  if (!text.starts_with(kHeader)) return refuse(0, "it does not begin as fork evidence");
  Fork fork;
  std::size_t at = kHeader.size();
  if (!skip_comments(text, at)) return refuse(at, "it ends too early");
  auto line = next_line(text, at);
  if (!line || !line->starts_with(kPrefix)) return refuse(at, "there is no 'prefix' line");
  const auto prefix = digest_from_base64(line->substr(kPrefix.size()));
  if (!prefix) return refuse(at, "the prefix is no hash in base64");
  fork.prefix = *prefix;
  for (line = next_line(text, at); line && !line->empty(); line = next_line(text, at)) {
    const auto node = digest_from_base64(*line);
    if (!node) return refuse(at, "a line of the proof is no hash in base64");
    if (fork.path.size() == kMaxPath) return refuse(at, "the proof is too long");
    fork.path.push_back(*node);
  }
  if (!line) return refuse(at, "it ends too early");
  const std::size_t end = end_of_note(text, at);
  if (end + 1 >= text.size()) return refuse(end, "there is no second head");
  fork.first = text.substr(at, end - at);
  fork.second = text.substr(end + 1);
  return fork;
}

bool check_fork(const Fork& fork, const std::vector<VerifyKey>& keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const VerifyKey& key) {
    if (key.type != 1) return false;
    const Parsed<Checkpoint> first = signed_by(fork.first, key);
    const Parsed<Checkpoint> second = signed_by(fork.second, key);
    return first && second && contradict(*first, *second, fork);
  });
}

}  // namespace audit
