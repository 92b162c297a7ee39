#include "ledger/evidence.hpp"

#include <audit/error.hpp>

#include <cerrno>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "ledger/schema.hpp"

namespace audit::ledger {

namespace {

// A tile of the tree: 256 leaves, or 256 complete tiles of the level below.
constexpr unsigned kTileBits = 8;
constexpr unsigned kMaxTileLevel = 7;

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
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  return ::access(file.c_str(), R_OK | W_OK) == 0 && ::access(folder.c_str(), W_OK | X_OK) == 0;
}

Database open_to_read(const std::filesystem::path& file) {
  const bool log = has_log(file);
  if (may_touch_folder(file)) {
    Database database(file, Database::Access::write);
    // What a crash left in the log is not ours to move; an empty log is ours to remove.
    database.set_checkpoint_on_close(!log);
    return database;
  }
  if (!log) return Database(file, Database::Access::read, "immutable=1");
  Database database(file, Database::Access::read, "mode=ro&vfs=unix-none");
  database.execute("PRAGMA locking_mode=EXCLUSIVE");
  return database;
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

}  // namespace

EvidenceSnapshot open_snapshot(const std::filesystem::path& file) {
  check_identity(file);
  EvidenceSnapshot snapshot;
  snapshot.log_was_read = has_log(file);
  snapshot.database = open_to_read(file);
  const Database& database = snapshot.database;
  database.harden();
  database.set_busy_timeout(30'000);
  database.execute("PRAGMA query_only=ON; PRAGMA cache_size=-4096; BEGIN");
  check_identity(database, file);
  snapshot.schema_problems = check_schema(database);
  if (!snapshot.schema_problems.empty()) return snapshot;
  snapshot.size =
      static_cast<std::uint64_t>(database.integer("SELECT ifnull(max(seq) + 1, 0) FROM entry"));
  Statement head = database.prepare("SELECT note FROM head WHERE one = 1");
  if (head.step()) snapshot.head_note = head.text(0);
  return snapshot;
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
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  if (::access(file.c_str(), R_OK | W_OK) != 0) base::throw_errno("write", file, errno);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) base::throw_errno("write into", folder, errno);
}

}  // namespace

Database open_evidence(const std::filesystem::path& file, std::chrono::milliseconds wait) {
  check_identity(file);
  require_writable(file);
  Database database(file, Database::Access::write);
  database.harden();
  set_writing_pragmas(database, wait);
  check_identity(database, file);
  const std::vector<std::string> problems = check_schema(database);
  if (!problems.empty()) {
    throw Error(
        ErrorCode::damaged,
        fmt::format("{} does not have the schema of a ledger: {}", file.string(), problems.front()),
        "run 'audit verify' on it");
  }
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
