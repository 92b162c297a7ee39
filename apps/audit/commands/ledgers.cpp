#include "commands/ledgers.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "commands/file_pattern.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

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
    const bool is_name = !is_pattern(name) || is_there(name);
    for (const std::string& file : is_name ? std::vector{name} : ledgers_matching(name)) {
      add(what == ForWhat::verifying ? fs::path(file) : existing_ledger(file, what));
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
  throw too_many_ledgers(who, files, hint.empty() ? "-l FILE names one" : hint);
}

Error too_many_ledgers(std::string_view who, const std::vector<fs::path>& files,
                       std::string_view hint) {
  return usage_error(
      fmt::format("{} takes one ledger, and these are {}: '{}', '{}'{}", who, files.size(),
                  files[0].string(), files[1].string(), files.size() > 2 ? " ..." : ""),
      std::string(hint));
}

}  // namespace audit::cli
