#include "ledger/database.hpp"

#include <audit/error.hpp>

#include <cerrno>
#include <chrono>
#include <new>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/path.hpp"

namespace audit::ledger {

namespace {

// The longest row: a payload of 16 MiB, its envelope, and room.
constexpr int kMaxRowBytes = 40 << 20;

// How many instructions of SQLite pass before it asks whether to go on.
constexpr int kStepsBetween = 1000;

// A row of the schema takes about ten; ledgers have fourteen rows.
constexpr std::uint64_t kSchemaSteps = 20'000;

// SQLite wants a URI: '?', '#' and '%' in a path would mean something, and so would two slashes at
// its beginning, were there no (empty) authority before them.
std::string as_uri(const std::filesystem::path& file, std::string_view parameters) {
  std::string uri = "file://";
  const std::string path = base::absolute(file).string();
  for (const char c : path) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  if (!parameters.empty()) uri.append("?").append(parameters);
  return uri;
}

int open_flags(Database::Access access) {
  const int common = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (access) {
    case Database::Access::create:
      return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case Database::Access::write:
      return common | SQLITE_OPEN_READWRITE;
    case Database::Access::read:
      return common | SQLITE_OPEN_READONLY;
  }
  return common;
}

ErrorCode code_of(int result) {
  switch (result & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:  // longer than anything we write
      return ErrorCode::damaged;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return ErrorCode::io;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return ErrorCode::permission;
    default:
      return ErrorCode::internal;
  }
}

// The same, with what else is known.
ErrorCode code_of(sqlite3* database, int result, std::string_view words) {
  // A damaged header is told as if we had asked for something wrong.
  if (result == SQLITE_ERROR && words == "unsupported file format") return ErrorCode::damaged;
  if ((result & 0xff) == SQLITE_CANTOPEN && database != nullptr) {
    const int error = sqlite3_system_errno(database);
    if (error == EACCES || error == EPERM || error == EROFS) return ErrorCode::permission;
  }
  return code_of(result);
}

std::string hint_for(int result) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return "free some space on the disk and run the command again";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process is writing; try again when it is done";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_TOOBIG:
      return "run 'audit verify' on the ledger; restore it from a copy if it is damaged";
    default:
      return {};
  }
}

}  // namespace

void throw_sqlite(sqlite3* database, int result, std::string_view doing) {
  if ((result & 0xff) == SQLITE_NOMEM) throw std::bad_alloc();
  const char* words = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(result);
  throw Error(code_of(database, result, words),
              fmt::format("{}: {} (SQLite {})", doing, words, result), hint_for(result));
}

Statement::Statement(sqlite3* database, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) throw_sqlite(database, result, "cannot prepare a statement");
  statement_.reset(statement);
}

void Statement::fail(int result) {
  sqlite3* database = sqlite3_db_handle(get());
  const char* name = sqlite3_db_filename(database, "main");
  const bool writes = sqlite3_stmt_readonly(get()) == 0;
  const std::string doing = fmt::format("cannot {} {}", writes ? "write" : "read",
                                        name != nullptr && *name != '\0' ? name : "the database");
  if (writes && (result & 0xff) == SQLITE_TOOBIG) {
    throw Error(ErrorCode::limit, fmt::format("{}: {}", doing, sqlite3_errstr(result)));
  }
  throw_sqlite(database, result, doing);
}

void KeyOrder::fail(std::int64_t key) const {
  throw Error(
      ErrorCode::damaged,
      fmt::format("the table {} is out of order: row {} follows row {}", table_, key, last_),
      "run 'audit verify' on the ledger; restore it from a copy if it is damaged");
}

Database::Database(const std::filesystem::path& file, Access access,
                   std::string_view uri_parameters) {
  sqlite3* handle = nullptr;
  const int result =
      sqlite3_open_v2(as_uri(file, uri_parameters).c_str(), &handle, open_flags(access), nullptr);
  handle_.reset(handle);
  if (result != SQLITE_OK)
    throw_sqlite(handle, result, fmt::format("cannot open {}", file.string()));
}

void Database::execute(const std::string& sql) const {
  const int result = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result == SQLITE_OK) return;
  const char* name = sqlite3_db_filename(handle_.get(), "main");
  throw_sqlite(handle_.get(), result, fmt::format("cannot use {}", name != nullptr ? name : ""));
}

std::int64_t Database::integer(std::string_view sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

void Database::set_busy_timeout(int milliseconds) const {
  // SQLite's own handler sleeps up to a tenth of a second between two tries: too long to ever meet
  // the moment in which a busy writer lets go. The tries are counted, a millisecond each.
  const auto handler = [](void* limit, int tries) {
    if (tries >= static_cast<int>(reinterpret_cast<std::intptr_t>(limit))) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return 1;
  };
  sqlite3_busy_handler(handle_.get(), handler,
                       reinterpret_cast<void*>(static_cast<std::intptr_t>(milliseconds)));
}

void Database::harden() const {
  sqlite3* db = handle_.get();
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, nullptr);
  sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kMaxRowBytes);
  sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 1 << 16);
  sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 100);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 0);
  execute("PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY");
}

void Database::load_schema() const {
  const StepBudget budget(*this, kSchemaSteps);
  try {
    (void)prepare("SELECT 1 FROM sqlite_schema");
  } catch (const Error&) {
    if (!budget.is_spent()) throw;
    throw Error(ErrorCode::damaged, "the schema of the file has no end", hint_for(SQLITE_CORRUPT));
  }
}

void Database::set_checkpoint_on_close(bool allowed) const {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, allowed ? 0 : 1, nullptr);
}

void Database::close() {
  if (handle_ == nullptr) return;
  const int result = sqlite3_close(handle_.get());
  if (result != SQLITE_OK) throw_sqlite(handle_.get(), result, "cannot close the database");
  (void)handle_.release();
}

StepBudget::StepBudget(const Database& database, std::uint64_t instructions,
                       std::function<bool()> stop)
    : database_(database), left_(instructions), stop_(std::move(stop)) {
  const auto asks = [](void* self) noexcept {
    return static_cast<StepBudget*>(self)->must_end() ? 1 : 0;
  };
  sqlite3_progress_handler(database.handle(), kStepsBetween, asks, this);
}

StepBudget::~StepBudget() { sqlite3_progress_handler(database_.handle(), 0, nullptr, nullptr); }

bool StepBudget::must_end() noexcept {
  if (stop_ && stop_()) return true;
  spent_ = left_ < kStepsBetween;
  if (!spent_) left_ -= kStepsBetween;
  return spent_;
}

Transaction::Transaction(const Database& database, Kind kind) : database_(database) {
  database.execute(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace audit::ledger
