// commands/retain.hpp - what init --retain, --hold and --release declare in a ledger.
#pragma once

#include <audit/retention.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"
#include "ui/json.hpp"

namespace CLI {
class App;
}

namespace audit::cli {

struct RetainFlags {
  std::string retain;
  std::vector<std::string> holds;
  std::vector<std::string> releases;

  [[nodiscard]] bool any() const { return !retain.empty() || !holds.empty() || !releases.empty(); }
};

void add_retain_flags(CLI::App& app, RetainFlags& flags);

// What the flags mean, understood before anything is made or changed.
//   throws    invalid_argument; what reading the file throws
[[nodiscard]] RetentionChange resolve(const RetainFlags& flags);

// The entries that were appended.
struct Retained {
  std::optional<std::uint64_t> rules;
  std::vector<std::uint64_t> holds;
  std::vector<std::uint64_t> held;  // by each of them: how many entries answer its query now
  std::vector<std::uint64_t> releases;
};

// All of it or nothing.
[[nodiscard]] Retained retain_in(const std::filesystem::path& ledger, const OpenOptions& options,
                                 const RetentionChange& task);

// Adds what was declared to an audit.init/1 object.
void add_retained(JsonObject& object, const Retained& retained);

// Warns of queries that name people: they stay in the ledger for ever.
void warn_of_names(Context& context, const RetentionChange& task);

void print_retained(Context& context, const RetentionChange& task, const Retained& retained);

}  // namespace audit::cli
