#include "ledger/scrub.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.hpp"

namespace audit::ledger {

namespace {

// How often to begin again where another writer was quicker.
constexpr int kTries = 5;

// The header of a page that holds rows of a table: its kind, how many, where the first one begins.
constexpr unsigned char kLeafOfTable = 0x0d;
constexpr std::size_t kLeafHeaderBytes = 8;
constexpr std::size_t kCountAt = 3;
constexpr std::size_t kContentAt = 5;

// A page that goes on with a long row begins with the number of the next one; in a file of more pages
// than this it could look like the header above.
constexpr std::int64_t kMaxPages = 0x0d00'0000;

struct Gap {
  std::size_t begin = 0;
  std::size_t bytes = 0;
};

// What is unused between the list of the rows of a page and the rows; nothing if it is no such page,
// or zero already.
Gap gap_of(std::string_view page) {
  if (static_cast<unsigned char>(page[0]) != kLeafOfTable) return {};
  const std::size_t begin =
      kLeafHeaderBytes + 2 * std::size_t{base::load_be16(page.data() + kCountAt)};
  std::size_t end = base::load_be16(page.data() + kContentAt);
  if (end == 0) end = 65'536;
  if (begin >= end || end > page.size()) return {};
  const std::string_view gap = page.substr(begin, end - begin);
  if (std::all_of(gap.begin(), gap.end(), [](char c) { return c == '\0'; })) return {};
  return {begin, end - begin};
}

// The file as SQLite has it open: a descriptor of our own would drop its locks when it is closed.
class OpenFile {
 public:
  OpenFile(const Database& database, const std::filesystem::path& name) : name_(name) {
    sqlite3_file_control(database.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file_);
  }

  // False at the end of the file.
  bool read(std::string& page, sqlite3_int64 at) {
    const int result =
        file_->pMethods->xRead(file_, page.data(), static_cast<int>(page.size()), at);
    if (result == SQLITE_IOERR_SHORT_READ) return false;
    check(result, "read");
    return true;
  }

  void zero(sqlite3_int64 at, std::size_t count) {
    const std::string zeros(count, '\0');
    check(file_->pMethods->xWrite(file_, zeros.data(), static_cast<int>(count), at), "write");
  }

  void sync() { check(file_->pMethods->xSync(file_, SQLITE_SYNC_FULL), "write"); }

 private:
  void check(int result, std::string_view what) const {
    if (result == SQLITE_OK) return;
    throw_sqlite(nullptr, result, fmt::format("cannot {} {}", what, name_.string()));
  }

  const std::filesystem::path& name_;
  sqlite3_file* file_ = nullptr;
};

// True if all of the log is in the file and no byte of it is left.
bool empty_log(const Database& database) {
  return database.integer("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
}

bool has_log(const std::filesystem::path& file) {
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(file.string() + "-wal", missing);
  return !missing && bytes > 0;
}

// Under the write lock, and while the log is empty, nobody changes a page of the file: what is there
// can only come out of the log. Who reads a page meanwhile does not look at what is unused.
bool zero_gaps(const Database& database, const std::filesystem::path& file,
               const std::function<bool()>& stop) {
  OpenFile open(database, file);
  const std::int64_t pages = database.integer("PRAGMA page_count");
  std::string page(static_cast<std::size_t>(database.integer("PRAGMA page_size")), '\0');
  if (pages > kMaxPages) return false;
  bool changed = false;
  for (std::int64_t number = 1; number < pages; ++number) {  // the first one holds the schema
    const auto at = static_cast<sqlite3_int64>(page.size()) * number;
    if (!open.read(page, at)) break;
    const Gap gap = gap_of(page);
    if (gap.bytes == 0) continue;
    open.zero(at + static_cast<sqlite3_int64>(gap.begin), gap.bytes);
    changed = true;
    if (stop && stop()) return false;
  }
  if (changed) open.sync();
  return true;
}

}  // namespace

bool scrub(const Database& database, const std::filesystem::path& file,
           const std::function<bool()>& stop) {
  try {
    for (int tries = 0; tries < kTries; ++tries) {
      if (!empty_log(database)) return false;
      const Transaction lock(database, Transaction::Kind::write);
      if (!has_log(file)) return zero_gaps(database, file, stop);
    }
  } catch (const Error& error) {
    if (error.code() != ErrorCode::busy) throw;
  }
  return false;
}

}  // namespace audit::ledger
