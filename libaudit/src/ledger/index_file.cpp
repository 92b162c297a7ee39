#include "ledger/index_file.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <list>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/group.hpp"
#include "base/ownership.hpp"
#include "base/path.hpp"
#include "crypto/random.hpp"
#include "crypto/sha256.hpp"
#include "ledger/scrub.hpp"
#include "ledger/segment.hpp"

namespace audit::ledger {

namespace {

constexpr std::uint32_t kIndexApplicationId = 0x61756469;  // "audi"
constexpr int kBusyMilliseconds = 30'000;

// In order of name; nothing else may be there.
constexpr std::string_view kSchema =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE page(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE run(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "tail BLOB NOT NULL, footer BLOB NOT NULL) STRICT;"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "tail BLOB NOT NULL, footer BLOB NOT NULL) STRICT;";

bool has_schema(const Database& database) {
  std::string found;
  Statement select = database.prepare("SELECT sql FROM sqlite_schema ORDER BY name");
  while (select.step()) found.append(select.text(0)).push_back(';');
  return found == kSchema;
}

std::string_view table_of(IndexFile::Kind kind) {
  return kind == IndexFile::Kind::segment ? "segment" : "run";
}

std::int64_t page_id(std::int64_t object, std::uint64_t number) {
  return object << kPageNumberBits | static_cast<std::int64_t>(number);
}

void erase_pages(const Database& database, std::int64_t object) {
  database.execute(fmt::format("DELETE FROM page WHERE id >= {} AND id < {}", page_id(object, 0),
                               page_id(object + 1, 0)));
}

constexpr std::array kSuffixes{"", "-wal", "-shm", "-journal"};

// Opening a pipe could wait for ever, and a folder is not ours to remove.
void require_files(const std::filesystem::path& file) {
  for (const char* suffix : kSuffixes) {
    const std::string path = file.string() + suffix;

    struct stat facts {};

    const bool leads_nowhere = ::stat(path.c_str(), &facts) != 0;
    if (leads_nowhere && ::lstat(path.c_str(), &facts) != 0) continue;
    if (S_ISREG(facts.st_mode)) continue;
    const char* const what = S_ISDIR(facts.st_mode)    ? "a folder"
                             : leads_nowhere           ? "a link that leads nowhere"
                             : S_ISFIFO(facts.st_mode) ? "a named pipe"
                                                       : "not a regular file";
    throw Error(ErrorCode::io, fmt::format("{} is {}, where the index belongs", path, what),
                fmt::format("move or remove {}: the index is made anew then", path));
  }
}

void remove_files(const std::filesystem::path& file) {
  for (const char* suffix : kSuffixes) {
    std::error_code ignored;  // what cannot be removed will fail to open again, and say so
    std::filesystem::remove(file.string() + suffix, ignored);
  }
}

void create(const Database& database, std::string_view ledger_id) {
  database.execute(fmt::format("PRAGMA page_size={}; PRAGMA journal_mode=WAL", 16384));
  Transaction transaction(database, Transaction::Kind::write);
  if (database.integer("SELECT count(*) FROM sqlite_schema") != 0) return;  // another process did
  database.execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}",
                               kIndexApplicationId, kIndexVersion));
  database.execute(std::string(kSchema));
  crypto::SipKey key;
  crypto::random_bytes(&key, sizeof key);
  std::string key_bytes;
  base::put_be64(key_bytes, key.k0);
  base::put_be64(key_bytes, key.k1);
  Statement insert = database.prepare("INSERT INTO meta VALUES(?1, ?2)");
  insert.bind_text(1, "ledger");
  insert.bind_blob(2, ledger_id);
  insert.run();
  insert.bind_text(1, "key");
  insert.bind_blob(2, key_bytes);
  insert.run();
  transaction.commit();
}

// What an honest file of this size can hold, so that a hostile one, whose rows may all lead to the
// same bytes, cannot take more memory than its size allows.
struct Bounds {
  std::uint64_t objects;        // read at most
  std::uint64_t footer_bytes;   // of one
  std::uint64_t footers_bytes;  // of all together, beside
  std::uint64_t row_bytes;      // for each

  Bounds(std::uint64_t file_bytes, IndexFile::Kind kind) {
    objects = 1024 + file_bytes / 16'384;
    if (kind == IndexFile::Kind::run) {  // a footer is a part of the file
      footer_bytes = footers_bytes = file_bytes;
      row_bytes = 0;
    } else {  // a footer has up to 205 bytes for each page of terms, and such a page over 13,120
      footer_bytes = kMaxFooterBytes;
      footers_bytes = file_bytes / 64;
      row_bytes = 1024;  // the last page of terms, the last one of ids, and times
    }
  }

  // Columns id, first, last, tail and footer; NULL for a footer (or tail) that is too long.
  [[nodiscard]] Statement select(const Database& database, IndexFile::Kind kind) const {
    return database.prepare(
        fmt::format("SELECT id, first, last, "
                    "iif(typeof(tail) = 'blob' AND length(tail) = {}, tail, NULL), "
                    "iif(typeof(footer) = 'blob' AND length(footer) <= {}, footer, NULL) "
                    "FROM {} ORDER BY first",
                    Digest::kSize, footer_bytes, table_of(kind)));
  }
};

// Whoever may read the ledger may read its index too, and whoever owns it can write the index that
// root has made. One in a cache folder is its user's alone.
void share_like_ledger(const std::filesystem::path& index) {
  constexpr std::string_view kSuffix = ".index";
  std::string ledger = index.string();
  if (!ledger.ends_with(kSuffix)) return;
  ledger.resize(ledger.size() - kSuffix.size());
  for (const char* suffix : {"", "-wal", "-shm"})
    base::give_to_owner_of(ledger, index.string() + suffix);
  for (const char* suffix : {"", "-wal", "-shm"}) base::share_like(ledger, index.string() + suffix);
}

}  // namespace

void IndexFile::prepare() {
  // The length is known without reading the page, and more than that is never read.
  select_page_ = database_.prepare(
      fmt::format("SELECT bytes FROM page WHERE id = ?1 AND typeof(bytes) = 'blob' AND "
                  "length(bytes) <= {}",
                  kIndexPageBytes));
}

// Why the open file is not this ledger's index, else empty and the key is known.
std::string IndexFile::read_identity(std::string_view ledger_id) {
  if (database_.integer("PRAGMA application_id") != kIndexApplicationId)
    return "it is not an index";
  if (database_.integer("PRAGMA user_version") != kIndexVersion) return "it is of another version";
  if (!has_schema(database_)) return "it has a foreign schema";
  Statement select = database_.prepare("SELECT name, value FROM meta");
  bool same_ledger = false;
  bool has_key = false;
  while (select.step()) {
    const std::string_view name = select.text(0);
    const std::string_view value = select.blob(1);
    if (name == "ledger") same_ledger = value == ledger_id;
    if (name == "key" && value.size() == 16) {
      key_ = {base::load_be64(value.data()), base::load_be64(value.data() + 8)};
      has_key = true;
    }
  }
  return same_ledger && has_key ? "" : "it belongs to another ledger";
}

IndexFile IndexFile::try_open_to_write(const std::filesystem::path& file,
                                       std::string_view ledger_id) {
  require_files(file);
  IndexFile index;
  index.file_ = file;
  const bool fresh = !base::exists(file);
  // As private as the ledger whose words it holds.
  // Exclusively: closing a file that is in use here would drop the locks on it. One that another
  // process made meanwhile is as private.
  if (fresh) base::UniqueFd(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  // SQLite itself makes nothing: it would do so behind a link.
  index.database_ = Database(file, Database::Access::write);
  index.database_.harden();
  index.database_.set_busy_timeout(kBusyMilliseconds);
  // What was erased from the ledger must not stay on pages that are free, and a large merge must not
  // leave a large log.
  index.database_.execute(
      "PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON; PRAGMA cache_size=-4096; "
      "PRAGMA journal_size_limit=16777216");
  if (fresh || index.database_.integer("SELECT count(*) FROM sqlite_schema") == 0) {
    create(index.database_, ledger_id);
  }
  const std::string wrong = index.read_identity(ledger_id);
  if (!wrong.empty()) throw Error(ErrorCode::damaged, wrong);
  share_like_ledger(file);
  index.prepare();
  index.insert_page_ = index.database_.prepare("INSERT INTO page(id, bytes) VALUES(?1, ?2)");
  index.erase_page_ = index.database_.prepare("DELETE FROM page WHERE id = ?1");
  return index;
}

IndexFile IndexFile::open_to_write(const std::filesystem::path& file, std::string_view ledger_id) {
  const auto give_up =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMilliseconds);
  for (bool made_anew = false;;) {
    try {
      return try_open_to_write(file, ledger_id);
    } catch (const Error& error) {
      // SQLite does not wait where two processes turn a new file to a log at the same time.
      if (error.code() == ErrorCode::busy && std::chrono::steady_clock::now() < give_up) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      } else if (error.code() == ErrorCode::damaged && !made_anew) {
        remove_files(file);  // derived data: made anew
        made_anew = true;
      } else {
        throw;
      }
    }
  }
}

std::optional<IndexFile> IndexFile::open_to_read(const std::filesystem::path& file,
                                                 std::string_view ledger_id, std::string& why_not) {
  try {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
      why_not = "there is no index";
      return std::nullopt;
    }
    require_files(file);
    IndexFile index;
    index.file_ = file;
    // An empty log is not one: another connection of ours has just made it, and the last to close
    // removes it.
    const auto log_bytes = std::filesystem::file_size(file.string() + "-wal", ignored);
    const bool has_log = !ignored && log_bytes > 0;
    const bool writable = ::access(file.c_str(), W_OK) == 0 &&
                          ::access(base::absolute(file).parent_path().c_str(), W_OK) == 0;
    if (writable) {
      index.database_ = Database(file, Database::Access::write);
      index.database_.set_checkpoint_on_close(!has_log);
    } else {
      index.database_ =
          Database(file, Database::Access::read, has_log ? "mode=ro&vfs=unix-none" : "immutable=1");
      if (has_log) index.database_.execute("PRAGMA locking_mode=EXCLUSIVE");
    }
    index.database_.harden();
    index.database_.set_busy_timeout(kBusyMilliseconds);
    index.database_.execute("PRAGMA query_only=ON; PRAGMA cache_size=-512; BEGIN");
    why_not = index.read_identity(ledger_id);
    if (!why_not.empty()) return std::nullopt;
    index.prepare();
    return index;
  } catch (const Error& error) {
    why_not = error.message();
    return std::nullopt;
  }
}

std::uint64_t IndexFile::size_bytes() const {
  const std::int64_t pages = database_.integer("PRAGMA page_count");
  return static_cast<std::uint64_t>(std::max<std::int64_t>(pages, 0) *
                                    database_.integer("PRAGMA page_size"));
}

std::vector<IndexFile::Object> IndexFile::objects(Kind kind) const {
  const Bounds bounds(size_bytes(), kind);
  Statement select = bounds.select(database_, kind);
  std::vector<Object> objects;
  std::uint64_t room = bounds.footers_bytes;
  while (select.step()) {
    Object object;
    object.id = select.integer(0);
    object.first = static_cast<std::uint64_t>(select.integer(1));
    object.last = static_cast<std::uint64_t>(select.integer(2));
    if (const auto tail = base::digest_from_bytes(select.blob(3))) object.tail = *tail;
    const std::string_view footer = select.blob(4);
    room += bounds.row_bytes;
    const bool is_last = objects.size() + 1 == bounds.objects;
    if (object.id > 0 && object.id < kMaxObjects && footer.size() <= room && !is_last) {
      object.footer = footer;
      room -= footer.size();
    }
    objects.push_back(std::move(object));
    if (is_last) break;
  }
  return objects;
}

Digest IndexFile::digest_of_objects(Kind kind) const {
  const Bounds bounds(size_bytes(), kind);
  Statement select = bounds.select(database_, kind);
  crypto::Sha256 hash;
  std::string numbers;
  for (std::uint64_t count = 0; select.step() && count < bounds.objects; ++count) {
    numbers.clear();
    for (const int column : {0, 1, 2}) {
      base::put_be64(numbers, static_cast<std::uint64_t>(select.integer(column)));
    }
    for (const int column : {3, 4}) base::put_be64(numbers, select.blob(column).size());
    hash.update(numbers);
    for (const int column : {3, 4}) hash.update(select.blob(column));
  }
  return hash.finish();
}

void IndexFile::read_page(std::int64_t object, std::uint64_t number, std::string& out) {
  select_page_.bind(1, page_id(object, number));
  const bool found = select_page_.step();
  // Copied, because a statement left open would hold on to an old state of the file.
  out.assign(found ? select_page_.blob(0) : std::string_view());
  select_page_.reset();
  if (!found) {
    throw Error(ErrorCode::damaged, fmt::format("{} lacks a page", file_.string()),
                "run 'audit verify --rebuild-index'");
  }
}

std::int64_t IndexFile::next_id() const {
  const std::int64_t last = database_.integer(
      "SELECT max(ifnull((SELECT max(id) FROM segment), 0), "
      "ifnull((SELECT max(id) FROM run), 0), 0)");
  if (last >= kMaxObjects - 1) {
    throw Error(ErrorCode::damaged, fmt::format("{} has an object out of range", file_.string()),
                "run 'audit verify --rebuild-index'");
  }
  erase_pages(database_, last + 1);  // should some lie there that are nobody's
  return last + 1;
}

void IndexFile::write_page(std::int64_t object, std::uint64_t number, std::string_view bytes) {
  insert_page_.bind(1, page_id(object, number));
  insert_page_.bind_blob(2, bytes);
  insert_page_.run();
}

void IndexFile::write_object(Kind kind, const Object& object) {
  Statement insert =
      database_.prepare(fmt::format("INSERT INTO {} VALUES(?1, ?2, ?3, ?4, ?5)", table_of(kind)));
  insert.bind(1, object.id);
  insert.bind(2, static_cast<std::int64_t>(object.first));
  insert.bind(3, static_cast<std::int64_t>(object.last));
  insert.bind_blob(4, base::bytes_of(object.tail));
  insert.bind_blob(5, object.footer);
  insert.run();
}

void IndexFile::erase_object(Kind kind, std::int64_t id) {
  database_.execute(fmt::format("DELETE FROM {} WHERE id = {}", table_of(kind), id));
  if (id > 0 && id < kMaxObjects) erase_pages(database_, id);  // no other has any
}

void IndexFile::erase_page(std::int64_t object, std::uint64_t number) {
  erase_page_.bind(1, page_id(object, number));
  erase_page_.run();
}

void IndexFile::erase_all() {
  database_.execute("DELETE FROM segment; DELETE FROM run; DELETE FROM page");
}

void IndexFile::note_words_remain(std::uint64_t size) const {
  std::string value;
  base::put_be64(value, size);
  Transaction transaction(database_, Transaction::Kind::write);
  database_.execute("DELETE FROM meta WHERE name = 'words'");
  Statement insert = database_.prepare("INSERT INTO meta VALUES('words', ?1)");
  insert.bind_blob(1, value);
  insert.run();
  transaction.commit();
}

void IndexFile::note_words_are_gone(std::uint64_t size) const {
  Transaction transaction(database_, Transaction::Kind::write);
  if (words_remain() <= size) database_.execute("DELETE FROM meta WHERE name = 'words'");
  transaction.commit();
}

std::uint64_t IndexFile::words_remain() const {
  Statement select = database_.prepare(
      "SELECT value FROM meta WHERE name = 'words' AND typeof(value) = 'blob' AND length(value) = "
      "8");
  return select.step() ? base::load_be64(select.blob(0).data()) : 0;
}

bool IndexFile::scrub(std::uint64_t size, std::chrono::milliseconds wait) const {
  const std::vector<Object> segments = objects(Kind::segment);
  if (!segments.empty() && segments.back().last < size) return false;
  database_.set_busy_timeout(static_cast<int>(wait.count()));
  const bool is_clean = ledger::scrub(database_, base::real_file(file_));
  database_.set_busy_timeout(kBusyMilliseconds);
  return is_clean;
}

// The right to build the index in one file. Its descriptor stays open for the life of the process:
// closing it would drop the locks SQLite holds for this process on the same file (POSIX locks belong
// to process and file), and another process that ends would remove the log under a writer of ours.
struct IndexFile::Role {
  dev_t device;
  ino_t inode;
  int fd;
  bool taken = false;

  static std::mutex mutex;
  static std::list<Role> all;
};

std::mutex IndexFile::Role::mutex;
std::list<IndexFile::Role> IndexFile::Role::all;

void IndexFile::GiveBack::operator()(Role* role) const noexcept {
  const std::lock_guard lock(Role::mutex);
  ::flock(role->fd, LOCK_UN);
  role->taken = false;
}

bool IndexFile::take_builder_role() {
  if (role_) return true;
  const std::lock_guard lock(Role::mutex);

  struct stat facts {};

  if (::stat(file_.c_str(), &facts) != 0) base::throw_errno("open", file_, errno);
  auto known = std::find_if(Role::all.begin(), Role::all.end(), [&](const Role& role) {
    return role.device == facts.st_dev && role.inode == facts.st_ino;
  });
  if (known == Role::all.end()) {
    const int fd = ::open(file_.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) base::throw_errno("open", file_, errno);
    known = Role::all.insert(known, Role{facts.st_dev, facts.st_ino, fd});
  }
  if (known->taken || ::flock(known->fd, LOCK_EX | LOCK_NB) != 0) return false;
  known->taken = true;
  role_.reset(&*known);
  return true;
}

}  // namespace audit::ledger
