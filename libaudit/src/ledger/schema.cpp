#include "ledger/schema.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "ledger/foreign_file.hpp"

namespace audit::ledger {

namespace {

constexpr std::array kColumns{
    Column{Field::type, ColumnKind::dictionary},
    Column{Field::time, ColumnKind::integer},
    Column{Field::event_id, ColumnKind::uuid},
    Column{Field::agent, ColumnKind::dictionary},
    Column{Field::environment, ColumnKind::dictionary},
    Column{Field::user, ColumnKind::text},
    Column{Field::session, ColumnKind::text},
    Column{Field::trace, ColumnKind::hex},
    Column{Field::span, ColumnKind::hex},
    Column{Field::parent, ColumnKind::hex},
    Column{Field::model, ColumnKind::dictionary},
    Column{Field::provider, ColumnKind::dictionary},
    Column{Field::tool, ColumnKind::dictionary},
    Column{Field::tool_call_id, ColumnKind::text},
    Column{Field::status, ColumnKind::dictionary},
    Column{Field::duration_us, ColumnKind::integer},
    Column{Field::tokens_in, ColumnKind::integer},
    Column{Field::tokens_out, ColumnKind::integer},
    Column{Field::cost_nano, ColumnKind::integer},
    Column{Field::policy, ColumnKind::dictionary},
    Column{Field::decision, ColumnKind::dictionary},
    Column{Field::approval, ColumnKind::dictionary},
    Column{Field::risk, ColumnKind::dictionary},
    Column{Field::format, ColumnKind::dictionary},
    Column{Field::source, ColumnKind::dictionary},
    Column{Field::position, ColumnKind::integer},
    Column{Field::part_of, ColumnKind::integer},
};

constexpr std::array<std::int8_t, 128> positions_of_columns() {
  std::array<std::int8_t, 128> positions{};
  positions.fill(-1);
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    positions[static_cast<std::size_t>(kColumns[i].field)] = static_cast<std::int8_t>(i);
  }
  return positions;
}

constexpr std::string_view kEntryTable =
    "CREATE TABLE entry(seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, received INTEGER NOT NULL, "
    "salt_e BLOB, salt_p BLOB, type ANY, time INTEGER, event_id ANY, agent ANY, environment ANY, "
    "user TEXT, session TEXT, trace ANY, span ANY, parent ANY, model ANY, provider ANY, tool ANY, "
    "tool_call_id TEXT, status ANY, duration_us INTEGER, tokens_in INTEGER, tokens_out INTEGER, "
    "cost_nano INTEGER, policy ANY, decision ANY, approval ANY, risk ANY, format ANY, source ANY, "
    "position INTEGER, part_of INTEGER, more BLOB, kept BLOB, stored INTEGER NOT NULL, payload "
    "BLOB) STRICT";

constexpr std::string_view kWordTable =
    "CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT";

constexpr std::string_view kHeadTable =
    "CREATE TABLE head(one INTEGER PRIMARY KEY CHECK(one = 1), note TEXT NOT NULL) STRICT";

constexpr std::string_view kCheckpointTable =
    "CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT";

constexpr std::string_view kSubtreeTable =
    "CREATE TABLE subtree(level INTEGER NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, "
    "PRIMARY KEY(level, number)) STRICT, WITHOUT ROWID";

// For people with a SQL shell: words for numbers, text for packed ids. Ours never reads it.
std::string event_view() {
  std::string sql = "CREATE VIEW event AS SELECT seq, received";
  for (const Column& column : kColumns) {
    const std::string_view name = name_of(column.field);
    switch (column.kind) {
      case ColumnKind::dictionary:
        sql += fmt::format(
            ", iif(typeof({0}) = 'integer', (SELECT text FROM word WHERE id = {0}), {0}) AS {0}",
            name);
        break;
      case ColumnKind::uuid:
        sql += fmt::format(
            ", iif(typeof({0}) = 'blob', lower(substr(hex({0}), 1, 8) || '-' || substr(hex({0}), "
            "9, 4) || '-' || substr(hex({0}), 13, 4) || '-' || substr(hex({0}), 17, 4) || '-' || "
            "substr(hex({0}), 21)), {0}) AS {0}",
            name);
        break;
      case ColumnKind::hex:
        sql += fmt::format(", iif(typeof({0}) = 'blob', lower(hex({0})), {0}) AS {0}", name);
        break;
      default:
        sql += fmt::format(", {}", name);
        break;
    }
  }
  return sql + ", CAST(payload AS TEXT) AS payload FROM entry";
}

std::string refusal(std::string_view table, std::string_view verb) {
  return fmt::format(
      "CREATE TRIGGER {0}_{1} BEFORE {2} ON {0} BEGIN SELECT RAISE(ABORT, 'audit: the ledger is "
      "append-only'); END",
      table, verb, verb == "update" ? "UPDATE" : "DELETE");
}

// Owns the texts schema_rows() views.
struct Texts {
  std::string view = event_view();
  std::vector<std::string> trigger_names;
  std::vector<std::string> triggers;
  std::vector<SchemaRow> rows;

  Texts() {
    constexpr std::array<std::string_view, 4> kTables{"checkpoint", "entry", "subtree", "word"};
    trigger_names.reserve(8);
    triggers.reserve(8);
    rows = {{"table", "checkpoint", "checkpoint", kCheckpointTable},
            {"table", "entry", "entry", kEntryTable},
            {"table", "head", "head", kHeadTable},
            {"table", "subtree", "subtree", kSubtreeTable},
            {"table", "word", "word", kWordTable},
            {"view", "event", "event", view}};
    for (const std::string_view table : kTables) {
      for (const std::string_view verb : {"delete", "update"}) {
        trigger_names.push_back(fmt::format("{}_{}", table, verb));
        triggers.push_back(refusal(table, verb));
        rows.push_back({"trigger", trigger_names.back(), table, triggers.back()});
      }
    }
    std::sort(rows.begin(), rows.end(),
              [](const SchemaRow& a, const SchemaRow& b) { return a.name < b.name; });
  }
};

// The first bytes of a file; fewer if it is shorter. Opened and closed by SQLite, never by us:
// closing a descriptor of our own would drop every lock this process holds on the file (POSIX
// locks belong to the process), and another process that ends would then remove the write-ahead
// log under a writer of ours.
std::string read_prefix(const std::filesystem::path& file, std::size_t count) {
  struct stat facts {};

  if (::stat(file.c_str(), &facts) != 0) base::throw_errno("open", file, errno);
  if (!S_ISREG(facts.st_mode)) {
    const bool is_folder = S_ISDIR(facts.st_mode);
    throw Error(ErrorCode::damaged,
                fmt::format("{} is not a ledger: it is {}", file.string(),
                            is_folder ? "a folder" : "not a file"),
                is_folder ? fmt::format("a pattern names the ledgers in it: '{}'",
                                        (file / "*.ledger").string())
                          : std::string());
  }
  if (::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) != 0) {
    base::throw_errno("open", file, errno);
  }
  const Database probe(file, Database::Access::read);
  sqlite3_file* opened = nullptr;
  sqlite3_file_control(probe.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &opened);
  std::string bytes(count, '\0');
  const int result = opened->pMethods->xRead(opened, bytes.data(), static_cast<int>(count), 0);
  if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ) {
    throw_sqlite(nullptr, result, fmt::format("cannot read {}", file.string()));
  }
  bytes.resize(std::min(count, static_cast<std::size_t>(facts.st_size)));
  return bytes;
}

}  // namespace

std::span<const Column> columns() noexcept { return kColumns; }

constinit const std::array<std::int8_t, 128> kColumnOf = positions_of_columns();

const std::vector<SchemaRow>& schema_rows() {
  static const Texts texts;
  return texts.rows;
}

void create_schema(const Database& database) {
  database.execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}", kApplicationId,
                               kFormatVersion));
  // The view first: were it the last, SQLite's integrity check would pass over what no table uses.
  for (const std::string_view kind : {"view", "table", "trigger"}) {
    for (const SchemaRow& row : schema_rows()) {
      if (row.type == kind) database.execute(std::string(row.sql));
    }
  }
}

namespace {

struct FoundRow {
  std::array<std::string, 4> text;  // type, name, table, SQL
  bool all_text = true;             // SQLite takes bytes for text, but they are another value
};

// Rows of sqlite_schema, in order of name: so many that each of ours that is missing can be told.
std::vector<FoundRow> read_schema(const Database& database) {
  constexpr std::size_t kMaxRows = 100;
  constexpr int kMaxBytes = 65'536;
  const int limit = sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, kMaxBytes);
  std::vector<FoundRow> found;
  try {
    KeyOrder order("sqlite_schema");
    Statement rows = database.prepare(
        "SELECT type, name, tbl_name, sql, rowid FROM sqlite_schema ORDER BY rowid");
    while (found.size() < kMaxRows && rows.step()) {
      order.take(rows.integer(4));
      FoundRow& row = found.emplace_back();
      for (int column = 0; column < 4; ++column) {
        row.all_text &= rows.type(column) == SQLITE_TEXT;  // text() makes text of anything
        row.text[static_cast<std::size_t>(column)] = rows.text(column);
      }
    }
  } catch (...) {
    sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, limit);
    throw;
  }
  sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, limit);
  std::stable_sort(found.begin(), found.end(),
                   [](const FoundRow& a, const FoundRow& b) { return a.text[1] < b.text[1]; });
  return found;
}

}  // namespace

std::vector<std::string> check_schema(const Database& database) {
  std::vector<std::string> problems;
  const std::vector<SchemaRow>& want = schema_rows();
  auto next = want.begin();
  for (const FoundRow& row : read_schema(database)) {
    const auto& [type, name, table, sql] = row.text;
    for (; next != want.end() && next->name < name; ++next) {
      problems.push_back(fmt::format("{} {} is missing", next->type, next->name));
    }
    if (next == want.end() || next->name != name) {
      problems.push_back(fmt::format("foreign {} {}", type, name));
      continue;
    }
    if (!row.all_text || type != next->type || table != next->table || sql != next->sql) {
      problems.push_back(
          fmt::format("{} {} is not what format {} says", next->type, name, kFormatVersion));
    }
    ++next;
  }
  for (; next != want.end(); ++next) {
    problems.push_back(fmt::format("{} {} is missing", next->type, next->name));
  }
  return problems;
}

namespace {

void check_version(std::uint32_t application_id, std::uint32_t version,
                   const std::filesystem::path& file) {
  if (application_id != kApplicationId) {
    throw Error(
        ErrorCode::damaged,
        fmt::format("{} is not a ledger: it is a SQLite file of something else", file.string()),
        "a ledger is made by 'audit init'");
  }
  if (version != kFormatVersion) {
    throw Error(ErrorCode::unsupported,
                fmt::format("{} has format version {}, this program knows version {}",
                            file.string(), version, kFormatVersion),
                "use a newer version of the program");
  }
}

}  // namespace

void check_identity(const std::filesystem::path& file) {
  constexpr std::size_t kHeaderBytes = 100;
  const std::string header = read_prefix(file, kForeignHeadBytes);
  const auto not_a_ledger = [&](std::string_view why) {
    throw Error(ErrorCode::damaged, fmt::format("{} is not a ledger: {}", file.string(), why),
                "a ledger is made by 'audit init'");
  };
  if (header.empty()) not_a_ledger("it is empty");
  if (header.size() < kHeaderBytes ||
      !header.starts_with(std::string_view("SQLite format 3\0", 16))) {
    const std::string_view kind = describe_foreign(header);
    not_a_ledger(kind.empty() ? "it is not a SQLite file" : fmt::format("it is {}", kind));
  }
  check_version(base::load_be32(&header[68]), base::load_be32(&header[60]), file);

  // Our ledgers never have one, and SQLite would change the file by what it says.
  struct stat facts {};

  const std::string journal = base::real_file(file).string() + "-journal";
  if (::stat(journal.c_str(), &facts) == 0 && facts.st_size > 0) {
    throw Error(ErrorCode::damaged, fmt::format("{} lies beside the ledger", journal),
                "it is not the ledger's: move it away");
  }
}

void check_identity(const Database& database, const std::filesystem::path& file) {
  check_version(static_cast<std::uint32_t>(database.integer("PRAGMA application_id")),
                static_cast<std::uint32_t>(database.integer("PRAGMA user_version")), file);
}

}  // namespace audit::ledger
