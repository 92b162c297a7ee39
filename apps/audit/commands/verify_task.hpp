// commands/verify_task.hpp - what verify was asked: flags as they were typed, and what they mean.
#pragma once

#include <audit/verify.hpp>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/timestamp.hpp"
#include "context.hpp"

namespace CLI {
class App;
}

namespace audit::cli {

struct VerifyFlags {
  std::vector<std::string> known;
  std::string save;
  std::vector<std::string> keys;
  std::vector<std::string> require;
  bool quick = false;
  bool since_known = false;
  std::string policy;
  std::string cosign;
  std::string witness;
  std::string passphrase;
  std::string evidence;
  TimestampFlags timestamps;
  std::string format;
  bool rebuild_index = false;
  std::string threads;
  std::string leaf;
};

// How verdicts are told: one after the other, or all in one document of a CI system.
enum class VerdictForm : std::uint8_t { text, json, junit, sarif };

// What verify is to do, all values understood.
struct VerifyTask {
  std::vector<std::filesystem::path> ledgers;  // and proofs, and bundles
  VerifyOptions options;
  std::filesystem::path source;       // the ledger that proofs may be from; empty: none
  std::optional<std::string> leaf;    // what the entry of a proof is in the tree
  std::vector<std::string> required;  // words of --require
  VerdictForm form = VerdictForm::text;
  bool is_told = false;  // the verdict was printed, or its document

  // One document at the end, and nothing before.
  [[nodiscard]] bool is_document() const noexcept {
    return form == VerdictForm::junit || form == VerdictForm::sarif;
  }

  // People read it as it comes.
  [[nodiscard]] bool is_text() const noexcept { return form == VerdictForm::text; }
};

// What `--format` and `--json` say.
//   throws    invalid_argument
[[nodiscard]] VerdictForm resolve_form(const Context& context, const std::string& format);

// Reads what the flags name: keys, policy, time stamps, the leaf of a proof.
//   throws    invalid_argument, not_found, permission, io, configuration
[[nodiscard]] VerifyTask resolve_verify(const Context& context, const VerifyFlags& flags,
                                        const std::vector<std::string>& words);

void add_verify_flags(CLI::App& app, VerifyFlags& flags);

struct Given {
  std::string_view flag;
  bool is_given;
};

// The first flag that was given; empty if none was.
[[nodiscard]] std::string_view first_given(std::initializer_list<Given> flags);

}  // namespace audit::cli
