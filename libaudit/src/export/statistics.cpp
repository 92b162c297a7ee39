#include "export/statistics.hpp"

#include <audit/export.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "event/value.hpp"

namespace audit::exports {
namespace {

using document::BarChart;
using document::TimeChart;
using document::Tone;

constexpr std::size_t kMostValues = 20'000;
constexpr std::string_view kNotSaid = "(not said)";

// --- Stretches of time ---

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kWeek = 7 * kDay;

// A step is so many seconds, or so many months.
struct Step {
  std::int64_t seconds;
  int months;
  std::string_view unit;
};

// What is counted by: each is made of whole ones of the step before.
constexpr std::array<Step, 5> kCounted = {{{1, 0, "per second"},
                                           {kMinute, 0, "per minute"},
                                           {kHour, 0, "per hour"},
                                           {kDay, 0, "per day"},
                                           {0, 1, "per month"}}};
constexpr std::size_t kMostCounted = 4096;

// What is shown, with the finest of the above that it can be made of.
struct ShownStep {
  Step step;
  std::size_t of;
};

constexpr std::array<ShownStep, 12> kShown = {{{kCounted[0], 0},
                                               {{10, 0, "per 10 seconds"}, 0},
                                               {kCounted[1], 1},
                                               {{10 * kMinute, 0, "per 10 minutes"}, 1},
                                               {kCounted[2], 2},
                                               {{6 * kHour, 0, "per 6 hours"}, 2},
                                               {kCounted[3], 3},
                                               {{kWeek, 0, "per week, from Monday"}, 3},
                                               {kCounted[4], 4},
                                               {{0, 3, "per quarter"}, 4},
                                               {{0, 12, "per year"}, 4},
                                               {{0, 120, "per decade"}, 4}}};
constexpr std::size_t kMostBars = 62;

std::chrono::sys_days day_of(std::int64_t second) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_seconds(std::chrono::seconds(second)));
}

std::int64_t seconds_of(std::chrono::sys_days day) {
  return std::chrono::duration_cast<std::chrono::seconds>(day.time_since_epoch()).count();
}

// A month as the first second of it; months are counted from January of the year 0.
std::int64_t month_start(int month) {
  const std::chrono::year year(month / 12);
  return seconds_of(year / std::chrono::month(static_cast<unsigned>(month % 12 + 1)) / 1);
}

int month_of(std::int64_t second) {
  const std::chrono::year_month_day date(day_of(second));
  return static_cast<int>(date.year()) * 12 +
         static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}

std::int64_t start_of(const Step& step, std::int64_t second) {
  if (step.months > 0) return month_start(month_of(second) / step.months * step.months);
  // 1970 began on a Thursday.
  const std::int64_t shift = step.seconds == kWeek ? 3 * kDay : 0;
  const std::int64_t into = (second + shift) % step.seconds;
  return second - (into < 0 ? into + step.seconds : into);
}

std::int64_t next_start(const Step& step, std::int64_t start) {
  if (step.months > 0) return month_start(month_of(start) + step.months);
  return start + step.seconds;
}

std::string label_of(const Step& step, std::int64_t start) {
  const std::chrono::year_month_day date(day_of(start));
  std::string label = fmt::format("{:04}", static_cast<int>(date.year()));
  if (step.months >= 12) return label;
  label += fmt::format("-{:02}", static_cast<unsigned>(date.month()));
  if (step.months > 0) return label;
  label += fmt::format("-{:02}", static_cast<unsigned>(date.day()));
  if (step.seconds >= kDay) return label;
  const std::int64_t of_day = start - seconds_of(day_of(start));
  label += fmt::format(" {:02}:{:02}", of_day / kHour, of_day % kHour / kMinute);
  if (step.seconds >= kMinute) return label;
  return label + fmt::format(":{:02}", of_day % kMinute);
}

// How many bars from one to the other; more than kMostBars is as bad as any.
bool fits(const Step& step, std::int64_t first, std::int64_t last) {
  std::int64_t at = start_of(step, first);
  for (std::size_t bars = 1; bars <= kMostBars; ++bars) {
    at = next_start(step, at);
    if (at > last) return true;
  }
  return false;
}

bool is_granted(const Envelope& envelope) {
  return envelope.text(Field::approval) == "granted" ||
         envelope.text(Field::type) == "approval.granted";
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view first_text(const Envelope& envelope, std::initializer_list<Field> fields) {
  for (const Field field : fields) {
    const std::string_view text = envelope.text(field);
    if (!text.empty()) return text;
  }
  return kNotSaid;
}

}  // namespace

bool is_failure(const Envelope& envelope) {
  constexpr std::array<std::string_view, 2> kFailed = {"error", "timeout"};
  return is_one_of(kFailed, envelope.text(Field::status)) || envelope.text(Field::type) == "error";
}

bool is_denial(const Envelope& envelope) {
  constexpr std::array<std::string_view, 2> kRefused = {"deny", "abort"};
  return is_one_of(kRefused, envelope.text(Field::decision)) ||
         envelope.text(Field::approval) == "denied" || envelope.text(Field::status) == "denied" ||
         envelope.text(Field::type) == "approval.denied";
}

bool is_approval(const Envelope& envelope) {
  return envelope.text(Field::type).starts_with("approval.") || envelope.has(Field::approval);
}

Tone tone_of(std::string_view word) {
  constexpr std::array<std::string_view, 6> kBad = {"deny",  "denied",  "abort",
                                                    "error", "timeout", "expired"};
  constexpr std::array<std::string_view, 6> kBetween = {"ask",       "warn",    "modify",
                                                        "requested", "pending", "cancelled"};
  constexpr std::array<std::string_view, 3> kGood = {"allow", "granted", "ok"};
  if (is_one_of(kBad, word)) return Tone::bad;
  if (is_one_of(kBetween, word)) return Tone::caution;
  return is_one_of(kGood, word) ? Tone::good : Tone::plain;
}

std::string_view decider(const Envelope& envelope) {
  for (const Field field : {Field::approver, Field::policy, Field::rule}) {
    if (envelope.has(field)) return envelope.text(field);
  }
  return {};
}

void Tally::add(std::string_view value) {
  const auto known = counts_.find(value);
  if (known != counts_.end()) {
    ++known->second;
  } else if (counts_.size() < kMostValues) {
    counts_.emplace(value, 1);
  } else {
    ++beyond_;
  }
}

BarChart Tally::chart(std::string title, std::size_t most) const {
  std::vector<std::pair<std::string_view, std::uint64_t>> all(counts_.begin(), counts_.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  BarChart chart{std::move(title), {}};
  std::uint64_t rest = beyond_;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i < most) {
      chart.bars.push_back({std::string(all[i].first), all[i].second, tone_of(all[i].first)});
    } else {
      rest += all[i].second;
    }
  }
  if (rest > 0) {
    const std::string name =
        beyond_ > 0 ? "all others" : fmt::format("{} others", all.size() - most);
    chart.bars.push_back({name, rest, Tone::muted});
  }
  return chart;
}

void TimeCounts::add(Timestamp time, std::size_t series) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  ++counts_[start_of(kCounted[step_], second)][series];
  while (counts_.size() > kMostCounted && step_ + 1 < kCounted.size()) coarsen();
}

void TimeCounts::coarsen() {
  ++step_;
  std::map<std::int64_t, Counts> coarse;
  for (const auto& [start, counts] : counts_) {
    Counts& sum = coarse[start_of(kCounted[step_], start)];
    for (std::size_t i = 0; i < kSeries; ++i) sum[i] += counts[i];
  }
  counts_ = std::move(coarse);
}

std::vector<TimeChart::Bar> TimeCounts::bars(std::string& unit) const {
  std::vector<TimeChart::Bar> bars;
  if (counts_.empty()) return bars;
  const std::int64_t first = counts_.begin()->first;
  const std::int64_t last = counts_.rbegin()->first;
  const auto* const shown = std::find_if(
      kShown.begin(), kShown.end() - 1,
      [&](const ShownStep& one) { return one.of >= step_ && fits(one.step, first, last); });
  unit = shown->step.unit;
  auto counted = counts_.begin();
  std::int64_t start = start_of(shown->step, first);
  while (start <= last) {
    const std::int64_t next = next_start(shown->step, start);
    Counts sum{};
    for (; counted != counts_.end() && counted->first < next; ++counted) {
      for (std::size_t i = 0; i < kSeries; ++i) sum[i] += counted->second[i];
    }
    bars.push_back({label_of(shown->step, start), {sum.begin(), sum.end()}});
    start = next;
  }
  return bars;
}

void Statistics::add(const Entry& entry) {
  const Envelope& envelope = entry.envelope;
  if (count == 0) first_seq = entry.seq;
  last_seq = entry.seq;
  const Timestamp when = entry.when();
  earliest = std::min(earliest, when);
  latest = std::max(latest, when);
  if (++count <= kMaxPdfEntries) {
    last_held_seq = entry.seq;
    last_held_time = when;
  }
  if (entry.payload_state == Entry::Payload::erased) ++erased;
  types.add(first_text(envelope, {Field::type}));
  agents.add(first_text(envelope, {Field::agent}));
  if (envelope.has(Field::decision) || envelope.has(Field::approval)) {
    verdicts.add(first_text(envelope, {Field::decision, Field::approval}));
  }
  if (envelope.has(Field::status)) outcomes.add(envelope.text(Field::status));
  const bool has_failed = is_failure(envelope);
  const bool is_denied = is_denial(envelope);
  times.add(when, has_failed || is_denied ? 1 : 0);
  if (has_failed) {
    ++failures;
    failed.add(first_text(envelope, {Field::tool, Field::model, Field::type}));
  }
  if (is_denied) {
    ++denials;
    refused.add(first_text(envelope, {Field::approver, Field::policy, Field::rule}));
  }
  if (is_denied || is_approval(envelope)) ++decisions;
  if (is_granted(envelope)) ++approvals;
  add_to_hash(entry);
}

void Statistics::add_to_hash(const Entry& entry) {
  event::append_integer(line_, entry.seq);
  line_ += ',';
  event::append_hex(line_, base::bytes_of(entry.hash));
  line_ += "\r\n";
  hash_.update(line_);
  line_.clear();
}

Digest Statistics::hash() {
  hash_.update(line_);
  line_.clear();
  return hash_.finish();
}

}  // namespace audit::exports
