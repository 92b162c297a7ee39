// ingest/schemas.hpp - the schemas that a ledger declares, and records held against them.
//
// Threads   DeclaredSchemas: take_in() one, the committing one; the others any. Judge: one
#pragma once

#include <audit/schemas.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "ingest/batch.hpp"
#include "ledger/writer.hpp"

namespace audit::ingest {

inline constexpr std::string_view kSchemaType = "sys.schema";

// A flag that says why begins so; the flag "schema" stands beside it.
inline constexpr std::string_view kSchemaReason = "schema: ";

// The schemas of one sys.schema entry.
struct Declaration {
  std::string id;  // its number: what the field `schema` says
  SchemaSet schemas;
};

// What is declared now. Where nothing ever was, it costs nothing.
class DeclaredSchemas {
 public:
  explicit DeclaredSchemas(std::filesystem::path ledger) : ledger_(std::move(ledger)) {}

  // Takes in what was declared since the last call, by whichever process.
  //   writer    after its begin()
  //   throws    unsupported: the newest declaration cannot be understood
  void take_in(const ledger::Writer& writer);

  // After the commit: what was written since take_in() declares nothing.
  void committed(const ledger::Writer& writer) { taken_in_ = writer.head().size; }

  // Rises with each declaration; 0: there is none.
  [[nodiscard]] std::uint64_t generation() const noexcept {
    return generation_.load(std::memory_order_acquire);
  }

  // The newest; null if there is none.
  [[nodiscard]] std::shared_ptr<const Declaration> newest() const;

 private:
  void declare(std::uint64_t seq);

  std::filesystem::path ledger_;
  std::uint64_t taken_in_ = 0;  // entries [0, taken_in_) are
  std::atomic<std::uint64_t> generation_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const Declaration> newest_;
};

// Says of drafts whether they fit what is declared for their kind.
class Judge {
 public:
  // Judges by what is declared now; call it before each batch.
  void refresh(const DeclaredSchemas& declared);

  // What it judges by: DeclaredSchemas::generation().
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

  // Sets `schema` and, where the payload does not fit, the flags. The envelope is not sealed yet, or
  // must be again.
  void judge(ledger::Draft& draft);

  // The same of a record and its parts that were judged before, by something else.
  void judge_again(Record& record);

 private:
  std::uint64_t generation_ = 0;
  std::shared_ptr<const Declaration> declared_;
  base::JsonReader json_;
};

// Why a record, or the first of its parts that does not, does not fit its schema; empty if all do.
[[nodiscard]] std::string_view schema_reason(const Record& record);

}  // namespace audit::ingest
