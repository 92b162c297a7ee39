// ledger/schema.hpp - the tables of a ledger file, and what makes a file one.
//
// Format   audit-ledger(5), "The file". Nothing here changes within one format version.
#pragma once

#include <audit/field.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/database.hpp"
#include "proof/tiles.hpp"

namespace audit::ledger {

inline constexpr std::uint32_t kApplicationId = 0x61756474;  // "audt"
inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr int kPageBytes = 16384;

// A checkpoint is kept at each multiple of this many entries.
inline constexpr std::uint64_t kCheckpointEvery = 10'000;

// The table subtree holds the roots of whole tiles, those of leaves on level 1.
using proof::kTileBits;
inline constexpr unsigned kMaxTileLevel = 7;

// More words, or longer ones, stand in the entry's row itself.
inline constexpr std::size_t kMaxWords = 65'536;
inline constexpr std::size_t kMaxWordTextBytes = 255;

// How the value of a field with a column of its own is stored.
enum class ColumnKind : std::uint8_t {
  dictionary,  // INTEGER: number of a word; TEXT: the text itself
  uuid,        // BLOB of 16 bytes: a UUID; TEXT: the text itself
  hex,         // BLOB: lower-case hexadecimal digits, two a byte; TEXT: the text itself
  text,
  integer,
};

struct Column {
  Field field;
  ColumnKind kind;
};

// The fields that have a column, in the order of the columns.
[[nodiscard]] std::span<const Column> columns() noexcept;

// The position of a field in columns(), or -1.
extern const std::array<std::int8_t, 128> kColumnOf;

[[nodiscard]] inline int column_of(Field field) noexcept {
  return kColumnOf[static_cast<std::size_t>(field)];
}

struct SchemaRow {
  std::string_view type;
  std::string_view name;
  std::string_view table;
  std::string_view sql;
};

// Every row sqlite_schema must have, in order of name; no other may be there.
[[nodiscard]] const std::vector<SchemaRow>& schema_rows();

// Creates the tables in an empty database and sets its identity.
void create_schema(const Database& database);

// What is wrong with the schema of an open file, one line each; empty if nothing is. Of a schema
// with very many rows the first ones are looked at.
//   throws    damaged
[[nodiscard]] std::vector<std::string> check_schema(const Database& database);

// Reads the first bytes of a file without SQLite.
//   throws    not_found, permission, io; damaged: not a ledger; unsupported: another version
void check_identity(const std::filesystem::path& file);

// The same of an open file: a write-ahead log may replace what the first bytes say.
void check_identity(const Database& database, const std::filesystem::path& file);

}  // namespace audit::ledger
