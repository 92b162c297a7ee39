#include "known_head.hpp"

#include <audit/checkpoint.hpp>
#include <audit/error.hpp>
#include <audit/prover.hpp>

#include <fmt/format.h>

#include "state_file.hpp"
#include "ui/message.hpp"
#include "ui/style.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolder = "heads";
constexpr std::size_t kMaxBytes = 64 * 1024;

// Whether the ledger extends what was seen; nothing where it cannot be shown: verify says what is wrong.
std::optional<bool> extends(const LedgerView& view, const Checkpoint& seen) {
  try {
    const auto proof = Prover(view, {}).consistency(seen.size, view.size());
    if (proof) return proof->old_root == seen.root;
  } catch (const Error&) {  // what is wrong with it is not this one's to say
  }
  return std::nullopt;
}

// True unless the ledger grew since the view was opened: then another program wrote and remembered it.
bool is_behind(const LedgerView& view, const Checkpoint& seen) {
  try {
    return LedgerView::open(view.file()).size() < seen.size;
  } catch (const Error&) {
    return false;
  }
}

// By the hash of entry 0, which says who signs: a ledger's id can be copied into another one.
fs::path file_of(const Context& context, const LedgerView& view) {
  constexpr std::size_t kDigits = 32;
  const std::optional<Digest> first = view.size() > 0 ? view.hash(0) : std::nullopt;
  return first ? state_file(context, kFolder, to_hex(*first).substr(0, kDigits)) : fs::path();
}

// Remembers the head, unless one is remembered that contradicts it: then says what is wrong.
std::string take_head(const fs::path& file, const LedgerView& view) {
  if (file.empty() || view.size() == 0) return {};
  const std::optional<std::string> note = read_state(file, kMaxBytes);
  if (note == view.head_note()) return {};
  const std::string ledger = view.file().string();
  const auto seen = parse_checkpoint(note.value_or(""));
  if (seen && view.size() < seen->size) {
    if (!is_behind(view, *seen)) return {};
    return fmt::format(
        "{} went back: it has {}, and had {} when it was last seen here. Its tail was cut, or this "
        "is "
        "an older copy of it",
        ledger, counted(view.size(), "entry", "entries"), grouped(seen->size));
  }
  // The first one, too, must be signed for these entries: what a stranger made would stay for ever.
  const auto head = parse_checkpoint(view.head_note());
  const std::optional<bool> is_same = seen   ? extends(view, *seen)
                                      : head ? extends(view, *head)
                                             : std::nullopt;
  if (!is_same || (!seen && !*is_same)) return {};
  if (!*is_same) {
    return fmt::format(
        "{} has another history than when it was last seen here: its first {} are not those it had",
        ledger, counted(seen->size, "entry", "entries"));
  }
  replace_state(file, view.head_note());
  return {};
}

}  // namespace

std::optional<fs::path> notice_head(Context& context, const LedgerView& view) {
  const fs::path file = file_of(context, view);
  const std::string wrong = take_head(file, view);
  if (wrong.empty()) return std::nullopt;
  print_warning(context, fmt::format("{}. 'audit verify {} --known {}' says more", wrong,
                                     view.file().string(), file.string()));
  return file;
}

void remember_head(Context& context, const LedgerView& view) {
  (void)take_head(file_of(context, view), view);
}

}  // namespace audit::cli
