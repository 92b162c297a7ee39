// rule/waits.hpp - the events that `absent` has begun to wait for an answer to.
//
// Bounds    kMaxWaits
// Threads   one
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "match/predicate.hpp"
#include "rule/seen.hpp"

namespace audit::rule {

inline constexpr std::size_t kMaxWaits = 65'536;

// Events for which an answer has not come.
class Waits {
 public:
  Waits(const Others& others, match::Predicates& questions)
      : others_(others), question_(questions.add(others.query.get())) {}

  struct Wait {
    std::int64_t deadline;
    std::vector<std::string> group;
    Named event;
    Envelope about;  // where_of() the event
  };

  // Ends the waits that `entry` answers in time.
  void answer(const Seen& entry, match::Predicates& questions) {
    if (waits_.empty() || !questions.matches(question_)) return;
    if (!values_of(others_.by, entry.envelope, values_)) return;
    const auto group = by_group_.find(key_of(values_));
    if (group == by_group_.end()) return;
    std::erase_if(group->second, [&](const Key& key) {
      return key.first >= entry.received && waits_.erase(key) > 0;
    });
    if (group->second.empty()) by_group_.erase(group);
  }

  // Returns false if another had to be forgotten for it.
  [[nodiscard]] bool begin(const Seen& entry) {
    if (!values_of(others_.by, entry.envelope, values_)) return true;
    const Key key{plus(entry.received, others_.within), entry.seq};
    by_group_[key_of(values_)].push_back(key);
    waits_.emplace(key, Wait{key.first, values_, named(entry), where_of(entry.envelope)});
    if (waits_.size() <= kMaxWaits) return true;
    (void)take_first();
    return false;
  }

  // Ends the wait for the answer to one entry of the group.
  void end(const std::vector<std::string>& values, std::uint64_t seq) {
    const auto group = by_group_.find(key_of(values));
    if (group == by_group_.end()) return;
    const auto key = std::find_if(group->second.begin(), group->second.end(),
                                  [seq](const Key& wait) { return wait.second == seq; });
    if (key != group->second.end()) (void)take(waits_.find(*key));
  }

  [[nodiscard]] std::optional<std::int64_t> first_deadline() const {
    if (waits_.empty()) return std::nullopt;
    return waits_.begin()->first.first;
  }

  //   requires  there is one
  Wait take_first() { return take(waits_.begin()); }

 private:
  using Key = std::pair<std::int64_t, std::uint64_t>;  // deadline, seq

  Wait take(std::map<Key, Wait>::iterator at) {
    Wait wait = std::move(at->second);
    const auto group = by_group_.find(key_of(wait.group));
    std::erase(group->second, at->first);
    if (group->second.empty()) by_group_.erase(group);
    waits_.erase(at);
    return wait;
  }

  const Others& others_;
  std::size_t question_;
  std::map<Key, Wait> waits_;
  std::unordered_map<std::string, std::vector<Key>> by_group_;
  std::vector<std::string> values_;
};

}  // namespace audit::rule
