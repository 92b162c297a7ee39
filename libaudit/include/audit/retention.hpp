// audit/retention.hpp - how long entries must stay, how long they may, and what stops every erasure.
//
// What is declared is entries of the ledger, sys.retention and sys.hold. erase() obeys them.
//
// Place     ledger, query -> [erasure]
// Format    audit-erase(1), "Retention and holds"
// Threads   plain values; the functions one at a time
#pragma once

#include <audit/erase.hpp>
#include <audit/ledger.hpp>
#include <audit/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

inline constexpr std::size_t kMaxRetentionRules = 256;

// A longer file is refused.
inline constexpr std::size_t kMaxRetentionBytes = std::size_t{1} << 20;

// The first rule whose question an entry answers is the one that holds for it.
struct RetentionRule {
  std::string name;
  std::string query;     // empty: every entry
  std::string at_least;  // a span such as 7y; empty: may be erased at any time
  std::string at_most;   // empty: never expires
  ErasureScope::Kind what = ErasureScope::Kind::entry;  // goes when it has expired; not field
};

// Reads {"rules":[{"name":"...","query":"...","at_least":"6y","at_most":"7y","what":"entry"}]}.
//   throws    invalid_argument, with the rule it is about
[[nodiscard]] std::vector<RetentionRule> parse_retention(std::string_view json);

// One rule for everything: `span` long and no longer.
//   throws    invalid_argument for what is no span
[[nodiscard]] std::vector<RetentionRule> retain_all(std::string_view span);

struct LegalHold {
  std::string id;
  std::string query;  // entries that answer it are not erased while it is in force
  std::uint64_t seq = 0;
  Timestamp placed;
};

// What is in force in a ledger.
struct Retention {
  std::vector<RetentionRule> rules;
  std::optional<std::uint64_t> seq;  // of the sys.retention they stand in
  Timestamp declared;
  std::vector<LegalHold> holds;
};

//   throws    invalid_argument: an id or a query that a hold cannot have
void check_hold(std::string_view id, std::string_view query);

// What is to be in force from now on.
struct RetentionChange {
  std::vector<RetentionRule>
      rules;                     // take the place of those that were declared; empty: these stay
  std::vector<LegalHold> place;  // id and query
  std::vector<std::string> release;  // ids, of holds in force or of those placed here
};

// Appends an entry for each thing that changes: all of them or none, and nobody else changes what they
// were held against meanwhile.
//   returns   the numbers of the entries: the rules, then each hold, then each release
//   throws    what Ledger::open throws; busy; damaged: what stands there cannot be relied on;
//             invalid_argument: rules, an id or a query that cannot be one; already_exists: a hold of
//             this id is in force; not_found: none of this id is
std::vector<std::uint64_t> change_retention(const std::filesystem::path& ledger,
                                            const RetentionChange& change,
                                            const OpenOptions& options = {});

// Each of these changes one thing.
std::uint64_t declare_retention(const std::filesystem::path& ledger,
                                const std::vector<RetentionRule>& rules,
                                const OpenOptions& options = {});
std::uint64_t place_hold(const std::filesystem::path& ledger, std::string_view id,
                         std::string_view query, const OpenOptions& options = {});
std::uint64_t release_hold(const std::filesystem::path& ledger, std::string_view id,
                           const OpenOptions& options = {});

// Each entry it rests on is found in the tree of the head, which nobody has checked the signature of.
// One that somebody who can write the file took out, or gave another type, is not missed: verify does.
//   throws    damaged: one of them is not what its hash says, or is not understood; io
[[nodiscard]] Retention read_retention(const LedgerView& view);

// What has expired under one rule.
struct Expired {
  RetentionRule rule;
  ErasurePlan plan;  // may be empty
  // How many have expired and stay: a hold is on one, or on what would go with it, or that must stay
  // longer.
  std::uint64_t kept = 0;
};

// One for each rule under which something has; the age of an entry counts from its receipt.
//   throws    damaged, io
[[nodiscard]] std::vector<Expired> plan_expired(const LedgerView& view, const Retention& retention,
                                                Timestamp now);

// Throws permission, naming the rule or the hold, if one of `entries` must not be erased yet. A record
// must stay as long as one of its parts, and a part as long as a hold is on its record.
void require_erasable(const LedgerView& view, const Retention& retention,
                      std::span<const std::uint64_t> entries, Timestamp now);

}  // namespace audit
