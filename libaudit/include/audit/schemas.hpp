// audit/schemas.hpp - what the payloads of a kind of events must look like.
//
// Place     source -> event -> [schemas] -> ledger: declared in a ledger with declare_schemas(),
//           asked by ingest_into()
// Format    audit-schemas(5)
// Threads   plain values; may be read by several threads
//
//   auto schemas = audit::parse_schemas(audit::read_schemas(file));
//   if (!schemas) return report(schemas.error());
//   audit::declare_schemas("run.ledger", *schemas);
#pragma once

#include <audit/error.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

namespace schema {
struct Set;  // libaudit/src/schema/set.hpp
}

// A longer text is refused.
inline constexpr std::size_t kMaxSchemasBytes = std::size_t{1} << 20;

// Kinds that one text may speak of.
inline constexpr std::size_t kMaxSchemas = 256;

// Schemas that were understood. Cheap to copy.
class SchemaSet {
 public:
  explicit SchemaSet(std::shared_ptr<const schema::Set> set);

  // The text they were read from, byte for byte.
  [[nodiscard]] const std::string& text() const noexcept;

  // The kinds they are about, as they are spelled there: "tool.call", "refund.*".
  [[nodiscard]] std::vector<std::string> kinds() const;

  // Kinds in it that nearly are ones that are known, in a sentence each: slips of the finger, perhaps.
  [[nodiscard]] std::vector<std::string> notes() const;

  // Why the payload of an event of this kind does not fit, on one line that is safe to show; empty
  // if it fits, or if nothing is said about the kind.
  [[nodiscard]] std::string misfit(std::string_view kind, std::string_view payload) const;

  [[nodiscard]] const schema::Set& set() const noexcept { return *set_; }

 private:
  std::shared_ptr<const schema::Set> set_;
};

// Why a text is none of schemas.
struct SchemaError {
  std::string place;   // in it, a JSON Pointer: "/schemas/tool.call/properties/amount"; empty: all
  ParseError problem;  // message and hint; it marks no bytes
};

[[nodiscard]] tl::expected<SchemaSet, SchemaError> parse_schemas(std::string_view text);

// The text of a file of schemas.
//   throws    not_found, permission, io; limit if it is longer than kMaxSchemasBytes
[[nodiscard]] std::string read_schemas(const std::filesystem::path& file);

}  // namespace audit
