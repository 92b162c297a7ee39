// verify/time_stamps.hpp - of which head is a time stamp?
//
// An answer that does not count, or is about something else, says nothing of what is verified: the
// question could not be answered, which is no finding and never an intact verdict.
#pragma once

#include <audit/digest.hpp>
#include <audit/timestamp.hpp>
#include <audit/verify.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audit::verify {

// What was found out about the answers, for the report.
struct TimeStampResult {
  std::vector<HeadTime> heads;
  std::vector<Check> checks;
  std::vector<std::string> unusable;  // sentences
  std::vector<std::string> limits;    // sentences
};

class TimeStampCheck {
 public:
  //   answers   outlive this object
  explicit TimeStampCheck(const std::vector<TimestampAnswer>& answers)
      : answers_(answers), heads_(answers.size()) {}

  [[nodiscard]] bool is_asked() const noexcept { return !answers_.empty(); }

  // A note that may be the one that was stamped.
  //   is_ours   whether it is a head of what is verified, signed by whom it must be; asked only where
  //             an answer is about it
  void offer(std::string_view note, const std::function<bool(const Checkpoint&)>& is_ours);

  // When all were offered.
  //   size      of what is verified
  //   where     heads were looked for, for the message about an answer of none
  [[nodiscard]] TimeStampResult conclude(std::uint64_t size, std::string_view where) const;

 private:
  const std::vector<TimestampAnswer>& answers_;
  std::vector<std::optional<std::uint64_t>> heads_;  // of each answer, the size of its head
};

}  // namespace audit::verify
