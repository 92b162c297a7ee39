#include "verify/time_stamps.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "crypto/sha256.hpp"

namespace audit::verify {

namespace {

void add_found(const TimestampAnswer& answer, std::uint64_t size, TimeStampResult& result) {
  const TimestampToken& token = *answer.token;
  result.heads.push_back({answer.file, size, token.time, token.authority, token.is_trusted});
  result.checks.push_back(
      {Check::Status::pass, "time stamp",
       fmt::format("the head of {} entries was time-stamped {} by {}{}", size,
                   to_rfc3339(token.time), base::escape_controls(token.authority),
                   token.is_trusted ? "" : ": self-declared")});
}

void add_unusable(std::string why, TimeStampResult& result) {
  result.checks.push_back({Check::Status::skipped, "time stamp", why});
  result.unusable.push_back(std::move(why) + '.');
}

// What the stamps that were found do not show.
void add_limits(std::uint64_t size, TimeStampResult& result) {
  if (result.heads.empty()) return;
  const bool all_trusted = std::all_of(result.heads.begin(), result.heads.end(),
                                       [](const HeadTime& head) { return head.is_trusted; });
  if (!all_trusted) {
    result.limits.emplace_back(
        "Who time-stamped is self-declared: anybody can make such a stamp with any time in it. "
        "Give the certificate of an authority that you trust with --timestamp-ca.");
  }
  result.limits.emplace_back(
      "Whether the certificate of a time-stamping authority was revoked was not checked.");
  const auto last = std::max_element(
      result.heads.begin(), result.heads.end(),
      [](const HeadTime& one, const HeadTime& other) { return one.size < other.size; });
  if (last->size < size) {
    result.limits.push_back(
        fmt::format("No time stamp covers the entries from {} on.", last->size));
  }
}

}  // namespace

void TimeStampCheck::offer(std::string_view note,
                           const std::function<bool(const Checkpoint&)>& is_ours) {
  if (!is_asked()) return;
  const Parsed<std::string> own = stamped_note(note);
  const Parsed<Checkpoint> stated = parse_checkpoint(note);
  if (!own || !stated) return;
  const Digest digest = crypto::sha256(*own);
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    const std::optional<TimestampToken>& token = answers_[i].token;
    if (heads_[i] || !token || token->imprint != digest) continue;
    if (is_ours(*stated)) heads_[i] = stated->size;
  }
}

TimeStampResult TimeStampCheck::conclude(std::uint64_t size, std::string_view where) const {
  TimeStampResult result;
  for (std::size_t i = 0; i < answers_.size(); ++i) {
    const TimestampAnswer& answer = answers_[i];
    const std::string name = base::escape_controls(answer.file.string());
    if (!answer.token) {
      add_unusable(fmt::format("{} is no time stamp that counts: {}", name,
                               base::escape_controls(answer.why_not)),
                   result);
    } else if (!heads_[i]) {
      add_unusable(fmt::format("{} is a time stamp of something else: {}", name, where), result);
    } else {
      add_found(answer, *heads_[i], result);
    }
  }
  add_limits(size, result);
  return result;
}

}  // namespace audit::verify
