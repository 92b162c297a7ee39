// commands/continuation.hpp - one ledger after another: what init --continues names, and what verify
// holds against each other.
#pragma once

#include <audit/ledger.hpp>
#include <audit/verify.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// The head of a ledger that is to be continued, after all of its evidence was verified.
//   throws    damaged unless it is intact; what verify_ledger throws; interrupted is in context.stop,
//             and nothing that is returned then means anything
[[nodiscard]] Predecessor verified_predecessor(Context& context, const std::filesystem::path& old);

// Says what the old ledger declared and the new one does not: nothing of it is carried over.
void note_not_carried_over(Context& context, const std::filesystem::path& old);

// What an intact ledger says it continues, where that one is not among those that are verified.
void limit_to_itself(VerifyReport& report);

// Ledgers found intact: each is held against those that it continues, or that continue it.
class Successions {
 public:
  //   all   ledgers, in the order in which they will be taken
  explicit Successions(const std::vector<std::filesystem::path>& all) : all_(all) {}

  // Adds to the report of `view` what is wrong between it and one that was taken before, and what is
  // not shown.
  void compare(const LedgerView& view, VerifyReport& report);

  // A line for each two that belong together.
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  struct Taken {
    std::filesystem::path file;
    std::string ledger_id;
    std::optional<Predecessor> continues;
  };

  [[nodiscard]] bool is_to_come(const std::string& ledger_id) const;
  void hold(const Predecessor& named, const std::string& next, const LedgerView& old,
            VerifyReport& report);

  const std::vector<std::filesystem::path>& all_;
  std::vector<Taken> taken_;
  std::vector<std::string> lines_;
};

}  // namespace audit::cli
