#include "commands/ledgers.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "commands/file_pattern.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

// The ledger, its log and the shared memory of that, the same of its index, and some to spare.
constexpr rlim_t kFilesOfEach = 8;
constexpr rlim_t kFilesBeside = 64;

// What stands beside a ledger and is none.
bool is_beside(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kSuffixes = {".index", ".key", ".pub",
                                                                "-wal",   "-shm", "-journal"};
  return std::ranges::any_of(kSuffixes,
                             [name](std::string_view suffix) { return name.ends_with(suffix); });
}

bool is_there(const std::string& name) {
  std::error_code error;
  return fs::symlink_status(name, error).type() != fs::file_type::not_found;
}

bool is_folder(const std::string& name) {
  std::error_code error;
  return fs::is_directory(name, error);
}

std::vector<std::string> ledgers_matching(const std::string& pattern) {
  std::vector<std::string> names = files_matching(pattern);
  std::erase_if(names, [](const std::string& name) { return is_beside(name) || is_folder(name); });
  if (names.empty()) {
    throw Error(ErrorCode::not_found, fmt::format("no ledger matches '{}'", pattern),
                "-l FILE or AUDIT_LEDGER says where the ledgers are");
  }
  return names;
}

// Leaves out what is a file that came before, under whatever name.
class Distinct {
 public:
  bool add(const fs::path& file) {
    struct stat facts {};

    // What cannot be seen is for whoever opens it to say.
    if (::stat(file.c_str(), &facts) != 0) return true;
    return seen_.emplace(facts.st_dev, facts.st_ino).second;
  }

 private:
  std::set<std::pair<dev_t, ino_t>> seen_;
};

// Many systems begin with a limit of 1024 open files that everybody may raise.
void make_room_for_files(std::size_t ledgers) {
  struct rlimit limit {};

  const rlim_t wanted = kFilesBeside + kFilesOfEach * static_cast<rlim_t>(ledgers);
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);  // whoever cannot open a file says so
}

// Whatever is wrong with one of several, it is said of which.
LedgerView open_named(const fs::path& file) {
  try {
    return LedgerView::open(file);
  } catch (const Error& error) {
    if (error.message().find(file.string()) != std::string::npos) throw;
    throw Error(error.code(), fmt::format("{}: {}", file.string(), error.message()), error.hint());
  }
}

// A path in parts: "logs/", "b/", "x.ledger".
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::size_t end = std::min(path.find_first_not_of('/', slash), path.size());
    parts.push_back(path.substr(0, slash == std::string_view::npos ? path.size() : end));
    path.remove_prefix(parts.back().size());
  }
  return parts;
}

using Parts = std::vector<std::string_view>;

// How many parts all have in common at their beginning, or from `back` on at their end, if each
// keeps one.
std::size_t common_parts(const std::vector<Parts>& all, bool back) {
  const auto at = [back](const Parts& parts, std::size_t i) {
    return parts[back ? parts.size() - 1 - i : i];
  };
  for (std::size_t i = 0;; ++i) {
    for (const Parts& parts : all) {
      if (i + 1 >= parts.size() || at(parts, i) != at(all[0], i)) return i;
    }
  }
}

std::string joined(const Parts& parts, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) text += parts[i];
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// The ".ledger" all names end with, empty if some does not or would be empty without it.
std::string_view common_suffix(const std::vector<std::string>& labels) {
  std::string_view suffix;
  for (const std::string& label : labels) {
    const std::size_t dot = label.rfind('.');
    const std::size_t slash = label.rfind('/');
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    if (dot == std::string::npos || dot <= begin) return {};
    const std::string_view own = std::string_view(label).substr(dot);
    if (!suffix.empty() && own != suffix) return {};
    suffix = own;
  }
  return suffix;
}

}  // namespace

std::vector<fs::path> find_ledgers(const std::vector<std::string>& names, ForWhat what) {
  std::vector<fs::path> files;
  Distinct distinct;
  const auto add = [&](fs::path file) {
    if (!distinct.add(file)) return;
    if (files.size() == kMaxLedgers) {
      throw usage_error(fmt::format("these are more than {} ledgers", kMaxLedgers),
                        "take fewer at a time");
    }
    files.push_back(std::move(file));
  };
  for (const std::string& name : names) {
    if (name.empty()) throw usage_error("the name of the ledger is empty");
    if (!is_pattern(name) || is_there(name)) {
      add(existing_ledger(name, what));
    } else {
      for (const std::string& match : ledgers_matching(name)) add(existing_ledger(match, what));
    }
  }
  return files;
}

std::vector<fs::path> find_ledgers(const Context& context) {
  return find_ledgers(named_ledgers(context));
}

fs::path find_ledger(const Context& context, std::string_view who, ForWhat what,
                     std::string_view hint) {
  const std::vector<fs::path> files = find_ledgers(named_ledgers(context), what);
  if (files.size() == 1) return files.front();
  throw usage_error(
      fmt::format("{} takes one ledger, and these are {}: '{}', '{}'{}", who, files.size(),
                  files[0].string(), files[1].string(), files.size() > 2 ? " ..." : ""),
      hint.empty() ? "-l FILE names one" : std::string(hint));
}

OpenLedgers open_ledgers(const Context& context) {
  const std::vector<fs::path> files = find_ledgers(context);
  OpenLedgers ledgers;
  ledgers.are_named = files.size() > 1;
  if (ledgers.are_named) make_room_for_files(files.size());
  for (const fs::path& file : files) {
    ledgers.views.push_back(open_named(file));
    ledgers.names.push_back(file.string());
  }
  ledgers.labels = short_labels(ledgers.names);
  return ledgers;
}

std::vector<std::string> short_labels(const std::vector<std::string>& names) {
  if (names.size() < 2) return names;
  std::vector<Parts> all;
  for (const std::string& name : names) all.push_back(parts_of(name));
  const std::size_t front = common_parts(all, false);
  for (Parts& parts : all) parts.erase(parts.begin(), parts.begin() + static_cast<long>(front));
  const std::size_t back = common_parts(all, true);
  std::vector<std::string> labels;
  for (const Parts& parts : all) labels.push_back(joined(parts, 0, parts.size() - back));
  const std::size_t suffix = back == 0 ? common_suffix(labels).size() : 0;
  for (std::string& label : labels) label.resize(label.size() - suffix);
  return labels;
}

}  // namespace audit::cli
