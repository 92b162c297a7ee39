#include "ledger/evidence.hpp"

#include <audit/error.hpp>

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/group.hpp"
#include "base/json.hpp"
#include "base/path.hpp"
#include "ledger/schema.hpp"

namespace audit::ledger {

namespace {

std::filesystem::path log_of(const std::filesystem::path& file) { return file.string() + "-wal"; }

bool has_log(const std::filesystem::path& file) {
  struct stat facts {};

  return ::stat(log_of(file).c_str(), &facts) == 0 && facts.st_size > 0;
}

// An ordinary reader makes and removes shared-memory files beside the ledger: only where these would
// be ours, so that root looking at a user's ledger leaves nothing behind the user cannot open.
bool may_touch_folder(const std::filesystem::path& file) {
  struct stat facts {};

  if (::stat(file.c_str(), &facts) != 0 || facts.st_uid != ::geteuid()) return false;
  const std::filesystem::path folder = base::absolute(file).parent_path();
  return ::access(file.c_str(), R_OK | W_OK) == 0 && ::access(folder.c_str(), W_OK | X_OK) == 0;
}

// Opens the file that a ledger's name leads to: SQLite looks for the log beside that one.
void open_to_read(const std::filesystem::path& file, EvidenceSnapshot& snapshot) {
  Database& database = snapshot.database;
  const bool is_ours = may_touch_folder(file);
  if (!is_ours) snapshot.unlocked = FileState::of(file);
  const bool log = snapshot.log_was_read = has_log(file);
  if (is_ours) {
    database = Database(file, Database::Access::write);
    // What a crash left in the log is not ours to move; an empty log is ours to remove.
    database.set_checkpoint_on_close(!log);
  } else if (!log) {
    database = Database(file, Database::Access::read, "immutable=1");
  } else {
    database = Database(file, Database::Access::read, "mode=ro&vfs=unix-none");
    database.execute("PRAGMA locking_mode=EXCLUSIVE");
  }
}

// The newest head; one that is too long to read, or no text, is for verify to name.
void read_head(EvidenceSnapshot& snapshot) {
  Statement head = snapshot.database.prepare("SELECT note FROM head WHERE one = 1");
  try {
    snapshot.has_head = head.step();
    if (snapshot.has_head && head.type(0) == SQLITE_TEXT) snapshot.head_note = head.text(0);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    snapshot.has_head = true;
  }
}

class IdentityReader final : public base::JsonVisitor {
 public:
  explicit IdentityReader(Identity& identity) : identity_(identity) {}

  void begin_object(std::string_view /*key*/) override { ++depth_; }

  void end_object() override { --depth_; }

  void string(std::string_view key, std::string_view value) override {
    if (depth_ != 1) return;
    if (key == "origin") identity_.origin = value;
    if (key == "ledger") identity_.ledger_id = value;
    if (key == "key") identity_.verify_key = value;
  }

 private:
  Identity& identity_;
  int depth_ = 0;
};

std::optional<Digest> subtree_hash(Statement& select, unsigned level, std::uint64_t number) {
  select.bind(1, static_cast<std::int64_t>(level));
  select.bind(2, static_cast<std::int64_t>(number));
  std::optional<Digest> hash;
  if (select.step()) hash = base::digest_from_bytes(select.blob(0));
  select.reset();
  return hash;
}

// The first bytes of a write-ahead log: they hold a random number that is another one each time the
// log begins anew. Empty if there is none. SQLite keeps no locks on this file, so that it does no harm
// to open and close it here.
std::string first_bytes_of_log(const std::filesystem::path& log) {
  constexpr std::size_t kBytes = 32;
  const base::UniqueFd fd(::open(log.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return {};
  std::string header(kBytes, '\0');
  const ssize_t got = ::pread(fd.value(), header.data(), header.size(), 0);
  header.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return header;
}

std::int64_t changed_at(const struct stat& facts) {
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

}  // namespace

FileState FileState::of(const std::filesystem::path& file) {
  FileState state;

  struct stat facts {};

  if (::stat(file.c_str(), &facts) == 0) {
    state.device = facts.st_dev;
    state.inode = facts.st_ino;
    state.bytes = static_cast<std::uint64_t>(facts.st_size);
    state.changed = changed_at(facts);
  }
  const std::filesystem::path log = log_of(file);
  state.log_header = first_bytes_of_log(log);
  if (::stat(log.c_str(), &facts) == 0) {
    state.log_bytes = static_cast<std::uint64_t>(facts.st_size);
    state.log_changed = changed_at(facts);
  }
  return state;
}

bool FileState::is_outdated_by(const FileState& now) const noexcept {
  const bool same_file =
      device == now.device && inode == now.inode && bytes == now.bytes && changed == now.changed;
  const bool same_log =
      log_header.empty() || (log_header == now.log_header && log_bytes <= now.log_bytes);
  return !same_file || !same_log;
}

EvidenceSnapshot open_snapshot(const std::filesystem::path& file) {
  check_identity(file);
  EvidenceSnapshot snapshot;
  open_to_read(base::real_file(file), snapshot);
  const Database& database = snapshot.database;
  database.harden();
  database.set_busy_timeout(30'000);
  database.execute("PRAGMA query_only=ON; BEGIN");
  database.load_schema();
  database.execute("PRAGMA cache_size=-512");
  check_identity(database, file);
  snapshot.schema_problems = check_schema(database);
  if (!snapshot.schema_problems.empty()) return snapshot;
  snapshot.size =
      static_cast<std::uint64_t>(database.integer("SELECT ifnull(max(seq) + 1, 0) FROM entry"));
  read_head(snapshot);
  return snapshot;
}

bool was_overtaken(const EvidenceSnapshot& snapshot, const std::filesystem::path& file) {
  return snapshot.unlocked &&
         snapshot.unlocked->is_outdated_by(FileState::of(base::real_file(file)));
}

void set_writing_pragmas(const Database& database, std::chrono::milliseconds wait) {
  database.set_busy_timeout(static_cast<int>(wait.count()));
  database.execute(
      "PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-16384; "
      "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864");
}

namespace {

// Writing makes files beside the ledger: SQLite only says that it cannot.
void require_writable(const std::filesystem::path& file) {
  const std::filesystem::path folder = base::absolute(file).parent_path();
  if (::access(file.c_str(), R_OK | W_OK) != 0) base::throw_errno("write", file, errno);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) base::throw_errno("write into", folder, errno);
}

}  // namespace

Database open_evidence(const std::filesystem::path& file, std::chrono::milliseconds wait) {
  check_identity(file);
  const std::filesystem::path real = base::real_file(file);
  require_writable(real);
  Database database(real, Database::Access::write);
  database.harden();
  database.set_busy_timeout(static_cast<int>(wait.count()));
  database.load_schema();
  set_writing_pragmas(database, wait);
  check_identity(database, file);
  const std::vector<std::string> problems = check_schema(database);
  if (!problems.empty()) {
    throw Error(
        ErrorCode::damaged,
        fmt::format("{} does not have the schema of a ledger: {}", file.string(), problems.front()),
        "run 'audit verify' on it");
  }
  // SQLite gives its files the ledger's mode, and not its group.
  for (const char* suffix : {"-wal", "-shm"}) base::share_like(real, real.string() + suffix);
  return database;
}

Identity read_identity(const Database& database) {
  Identity identity;
  Statement select = database.prepare("SELECT payload FROM entry WHERE seq = 0");
  if (!select.step()) return identity;
  const std::string payload(select.blob(0));
  base::JsonReader reader;
  if (reader.parse(payload) != base::JsonStatus::ok || !reader.is_object()) return identity;
  IdentityReader visitor(identity);
  reader.walk(visitor);
  return identity;
}

proof::CompactRange load_tree(const Database& database, std::uint64_t size) {
  const auto missing = [] {
    throw Error(ErrorCode::damaged, "the ledger lacks a hash of its tree",
                "run 'audit verify' on it");
  };
  proof::CompactRange tree;
  Statement select = database.prepare("SELECT hash FROM subtree WHERE level = ?1 AND number = ?2");
  for (unsigned level = kMaxTileLevel; level > 0; --level) {
    const unsigned bits = level * kTileBits;
    while (tree.size() + (std::uint64_t{1} << bits) <= size) {
      const auto hash = subtree_hash(select, level, tree.size() >> bits);
      if (!hash) missing();
      tree.append_subtree(bits, *hash);
    }
  }
  Statement leaves =
      database.prepare("SELECT seq, hash FROM entry WHERE seq >= ?1 AND seq < ?2 ORDER BY seq");
  leaves.bind(1, static_cast<std::int64_t>(tree.size()));
  leaves.bind(2, static_cast<std::int64_t>(size));
  while (leaves.step()) {
    const auto hash = base::digest_from_bytes(leaves.blob(1));
    if (!hash || static_cast<std::uint64_t>(leaves.integer(0)) != tree.size()) missing();
    tree.append(*hash);
  }
  if (tree.size() != size) missing();
  return tree;
}

}  // namespace audit::ledger
