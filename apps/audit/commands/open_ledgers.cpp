#include "commands/open_ledgers.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>

#include "commands/ledger_labels.hpp"
#include "commands/ledgers.hpp"
#include "known_head.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

// The ledger, its log and the shared memory of that, and the same of its index.
constexpr rlim_t kFilesOfEach = 6;
constexpr rlim_t kFilesBeside = 64;

// Many systems begin with a limit of 1024 open files that everybody may raise, up to another one.
void make_room_for_files(std::size_t ledgers) {
  struct rlimit limit {};

  const rlim_t wanted = kFilesBeside + kFilesOfEach * static_cast<rlim_t>(ledgers);
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  if (limit.rlim_max < wanted) {
    throw Error(ErrorCode::limit,
                fmt::format("{} ledgers need up to {} open files, and {} are allowed", ledgers,
                            wanted, limit.rlim_max),
                "take fewer at a time, or raise the hard limit (ulimit -Hn)");
  }
  limit.rlim_cur = wanted;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // whoever cannot open a file says so
}

// work(), with the file in what it throws: of one of several ledgers it is said which.
template <class Work>
auto naming(const fs::path& file, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.message().find(file.string()) != std::string::npos) throw;
    throw Error(error.code(), fmt::format("{}: {}", file.string(), error.message()), error.hint());
  }
}

// Keeps of each ledger the longest copy: the others hold the same entries, and every answer would
// come twice. Copies that contradict each other are two histories, and both are kept.
class WithoutCopies {
 public:
  WithoutCopies(Context& context, std::vector<LedgerView>& views)
      : context_(context), views_(views) {}

  void add(LedgerView view) {
    if (view.ledger_id().empty()) return views_.push_back(std::move(view));  // it says nothing
    std::vector<std::size_t>& same = places_[view.ledger_id()];
    for (const std::size_t place : same) {
      LedgerView& kept = views_[place];
      if (!is_copy(view, kept)) continue;
      if (view.size() > kept.size()) std::swap(view, kept);
      tell("{} is a copy of {}, which is searched instead", view, kept);
      return;
    }
    if (same.size() == 1) {
      tell(
          "{} and {} are the same ledger by their ids, but contradict each other: both are "
          "searched, and audit verify says more",
          views_[same.front()], view);
    }
    same.push_back(views_.size());
    views_.push_back(std::move(view));
  }

 private:
  static std::optional<Digest> hash_of(const LedgerView& view, std::uint64_t seq) {
    return naming(view.file(), [&] { return view.hash(seq); });
  }

  static bool is_copy(const LedgerView& a, const LedgerView& b) {
    const std::uint64_t last = std::min(a.size(), b.size()) - 1;
    return hash_of(a, last) == hash_of(b, last);
  }

  void tell(fmt::format_string<std::string, std::string> text, const LedgerView& a,
            const LedgerView& b) {
    print_notice(context_, fmt::format(text, a.file().string(), b.file().string()));
  }

  Context& context_;
  std::vector<LedgerView>& views_;
  std::map<std::string, std::vector<std::size_t>> places_;
};

}  // namespace

LedgerView open_ledger(Context& context, const fs::path& file, Disclosure disclosure) {
  LedgerView view = LedgerView::open(file, disclosure);
  (void)notice_head(context, view);
  return view;
}

OpenLedgers open_ledgers(Context& context, Disclosure disclosure) {
  const std::vector<fs::path> files = find_ledgers(context);
  OpenLedgers ledgers;
  ledgers.are_named = files.size() > 1;
  if (ledgers.are_named) make_room_for_files(files.size());
  WithoutCopies kept(context, ledgers.views);
  for (const fs::path& file : files) {
    kept.add(naming(file, [&] { return LedgerView::open(file, disclosure); }));
  }
  for (const LedgerView& view : ledgers.views) {
    (void)notice_head(context, view);
    ledgers.names.push_back(view.file().string());
  }
  ledgers.labels = short_labels(ledgers.names);
  return ledgers;
}

}  // namespace audit::cli
