// verify/assessment.hpp - what is found out about a file that proves something, check by check.
//
// A proof and a bundle are verified by steps of which each says at once how it ended; a ledger is
// verified by several threads, whose outcome is put together at the end (verify/outcome.hpp).
#pragma once

#include <audit/verify.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/findings.hpp"
#include "verify/known.hpp"
#include "verify/time_stamps.hpp"

namespace audit::verify {

class Assessment {
 public:
  explicit Assessment(std::uint64_t max_findings) : findings(max_findings) {}

  VerifyReport report;
  Findings findings;

  void pass(std::string_view check, std::string detail);
  void fail(std::string_view check, std::string detail);
  void skip(std::string_view check, std::string detail);

  // It is not a file that can be read.
  void refuse(std::string why);

  // Something that had to be known could not be: never an intact verdict.
  void give_up(std::string_view check, const std::string& why);

  void give_up(std::string sentence) { unusable_.push_back(std::move(sentence)); }

  // Something is wrong.
  void blame(std::string_view kind, std::string_view check, const std::string& why,
             std::optional<std::uint64_t> seq = std::nullopt);

  // Holds each checkpoint that was kept against the file; true if there were some and all fit.
  //   origin    of the file's head
  //   others    those of another origin are no question, and are passed over
  //   fits      says what it finds out about one
  [[nodiscard]] bool check_kept(const std::vector<Known>& known, std::string_view origin,
                                bool others, const std::function<bool(const Known&)>& fits);

  void take(TimeStampResult&& stamps);

  // The verdict: of findings first, then of what could not be known.
  //   is_shown  all that the file must show was shown
  [[nodiscard]] VerifyReport conclude(bool is_shown = true);

  [[nodiscard]] bool is_tampered() const noexcept {
    return findings.has_other_than("forked", "rolled-back");
  }

 private:
  std::vector<std::string> unusable_;  // sentences
};

}  // namespace audit::verify
