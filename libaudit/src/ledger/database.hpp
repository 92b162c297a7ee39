// ledger/database.hpp - SQLite behind RAII: open, prepare, step, and every error translated once.
//
// Threads   one thread at a time per Database and its Statements (opened without SQLite's mutexes)
// Errors    audit::Error; SQLite's own words and number stay in the message
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace audit::ledger {

// One value of the row a statement stands on, fetched once: what asks for a value's type and then for
// the value pays for the fetch twice otherwise. Lives until the next step or reset.
class Cell {
 public:
  explicit Cell(sqlite3_value* value) : value_(value) {}

  [[nodiscard]] int type() const { return sqlite3_value_type(value_); }

  [[nodiscard]] std::int64_t integer() const { return sqlite3_value_int64(value_); }

  [[nodiscard]] std::string_view text() const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(value_));
    return {bytes != nullptr ? bytes : "", static_cast<std::size_t>(sqlite3_value_bytes(value_))};
  }

  [[nodiscard]] std::string_view blob() const {
    const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value_));
    return {bytes != nullptr ? bytes : "", static_cast<std::size_t>(sqlite3_value_bytes(value_))};
  }

 private:
  sqlite3_value* value_;
};

class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* database, std::string_view sql);

  // Binding is by position from 1. Texts and blobs are not copied: they must live until the next
  // reset() or bind of the same position.
  void bind(int position, std::int64_t value) { check(sqlite3_bind_int64(get(), position, value)); }

  void bind(int position, std::uint64_t value) = delete;

  void bind_text(int position, std::string_view text) {
    check(sqlite3_bind_text64(get(), position, text.data() != nullptr ? text.data() : "",
                              text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }

  void bind_blob(int position, const void* bytes, std::size_t size) {
    check(sqlite3_bind_blob64(get(), position, size != 0 ? bytes : "", size, SQLITE_STATIC));
  }

  void bind_blob(int position, std::string_view bytes) {
    bind_blob(position, bytes.data(), bytes.size());
  }

  // True: a row is there. False: done.
  [[nodiscard]] bool step() {
    const int result = sqlite3_step(get());
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) fail(result);
    return false;
  }

  // Steps a statement that gives no rows, and resets it.
  void run() {
    const int result = sqlite3_step(get());
    if (result != SQLITE_DONE && result != SQLITE_ROW) fail(result);
    sqlite3_reset(get());
  }

  void reset() noexcept { sqlite3_reset(get()); }

  void clear_bindings() noexcept { sqlite3_clear_bindings(get()); }

  // Columns are numbered from 0; views live until the next step or reset.
  [[nodiscard]] int type(int column) const { return sqlite3_column_type(get(), column); }

  [[nodiscard]] bool is_null(int column) const { return type(column) == SQLITE_NULL; }

  [[nodiscard]] Cell cell(int column) const { return Cell(sqlite3_column_value(get(), column)); }

  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(get(), column);
  }

  [[nodiscard]] std::string_view text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(get(), column));
    return {bytes != nullptr ? bytes : "",
            static_cast<std::size_t>(sqlite3_column_bytes(get(), column))};
  }

  [[nodiscard]] std::string_view blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(get(), column));
    return {bytes != nullptr ? bytes : "",
            static_cast<std::size_t>(sqlite3_column_bytes(get(), column))};
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };

  [[nodiscard]] sqlite3_stmt* get() const noexcept { return statement_.get(); }

  // A value that is too large for a row must not become NULL without a word.
  void check(int result) {
    if (result != SQLITE_OK) fail(result);
  }

  [[noreturn]] void fail(int result);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Whether the keys of a scan rise (or fall) as they must. SQLite believes the pages of a file: where
// they lead to the same page again and again, a scan would not end in a lifetime.
class KeyOrder {
 public:
  enum class Direction : std::uint8_t { up, down };

  //   table   for the message; must live as long as this
  explicit KeyOrder(std::string_view table, Direction direction = Direction::up)
      : table_(table), direction_(direction) {}

  // Takes the key of the next row.
  //   throws    damaged
  void take(std::int64_t key) {
    if (any_ && (direction_ == Direction::up ? key <= last_ : key >= last_)) fail(key);
    any_ = true;
    last_ = key;
  }

 private:
  [[noreturn]] void fail(std::int64_t key) const;

  std::string_view table_;
  Direction direction_;
  bool any_ = false;
  std::int64_t last_ = 0;
};

class Database {
 public:
  enum class Access : std::uint8_t {
    create,  // make it; it must not be there
    write,   // read and write what is there
    read,    // never writes into the file
  };

  Database() = default;

  // `uri_parameters` such as "immutable=1" or "vfs=unix-none" are passed on.
  //   throws    not_found, permission, damaged, io
  Database(const std::filesystem::path& file, Access access, std::string_view uri_parameters = {});

  [[nodiscard]] Statement prepare(std::string_view sql) const { return {handle_.get(), sql}; }

  void execute(const std::string& sql) const;

  // The first column of the first row, or 0.
  [[nodiscard]] std::int64_t integer(std::string_view sql) const;

  // How long a statement waits for another connection's lock.
  void set_busy_timeout(int milliseconds) const;

  // Makes a file of a stranger harmless: no extensions, no trusted schema, defensive, no triggers of
  // its own, limits on what it can ask of us.
  void harden() const;

  // Reads the schema now. No ledger's takes more than a few steps; a file that repeats an object
  // without end would keep SQLite busy for ever.
  //   throws    damaged
  void load_schema() const;

  // Whether closing may move the write-ahead log into the file.
  void set_checkpoint_on_close(bool allowed) const;

  [[nodiscard]] sqlite3* handle() const noexcept { return handle_.get(); }

  [[nodiscard]] bool is_open() const noexcept { return handle_ != nullptr; }

  // Closes now; reports what the destructor could not.
  void close();

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept { sqlite3_close_v2(database); }
  };

  std::unique_ptr<sqlite3, Close> handle_;
};

// Ends what SQLite does on a connection after so many of its instructions, or when `stop` says so.
// One at a time for each connection.
class StepBudget {
 public:
  //   stop    asked now and then; must not throw
  StepBudget(const Database& database, std::uint64_t instructions,
             std::function<bool()> stop = nullptr);
  StepBudget(const StepBudget&) = delete;
  StepBudget& operator=(const StepBudget&) = delete;
  ~StepBudget();

  // What was running was ended, and not because of `stop`.
  [[nodiscard]] bool is_spent() const noexcept { return spent_; }

 private:
  [[nodiscard]] bool must_end() noexcept;

  const Database& database_;
  std::uint64_t left_;
  std::function<bool()> stop_;
  bool spent_ = false;
};

// A transaction that rolls back unless committed.
class Transaction {
 public:
  enum class Kind : std::uint8_t { read, write };

  Transaction(const Database& database, Kind kind);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  void commit();

 private:
  const Database& database_;
  bool open_ = true;
};

// Throws what `result` means; `database` may be null.
[[noreturn]] void throw_sqlite(sqlite3* database, int result, std::string_view doing);

}  // namespace audit::ledger
