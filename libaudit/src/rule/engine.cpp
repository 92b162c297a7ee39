#include "rule/engine.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "rule/groups.hpp"
#include "rule/memory.hpp"
#include "rule/waits.hpp"

namespace audit::rule {

namespace {

constexpr std::size_t kMaxWindows = 10'000;
constexpr std::size_t kMaxPointsOfRule = 1'000'000;

}  // namespace

class Engine::Watched {
 public:
  Watched(const Set& set, const Rule& rule, match::Predicates& questions)
      : set_(set), rule_(rule), when_(questions.add(rule.when.get())) {
    if (rule.after) after_.emplace(*rule.after, questions);
    if (rule.unless) unless_.emplace(*rule.unless, questions);
    if (rule.absent) waits_.emplace(*rule.absent, questions);
  }

  [[nodiscard]] bool is(const Earlier& earlier) const {
    return earlier.set == set_.name && earlier.rule == rule_.id;
  }

  // Appends what came of the entry, unless somebody else wrote it.
  //   questions   look at the entry
  void take(const Seen& entry, match::Predicates& questions, std::vector<Firing>* firings) {
    if (waits_) waits_->answer(entry, questions);
    if (questions.matches(when_)) take_match(entry, firings);
    if (after_ && !after_->take(entry, questions)) forgot_ = true;
    if (unless_ && !unless_->take(entry, questions)) forgot_ = true;
  }

  // Whether it fires, as things are, though the entry was taken before.
  void look_again(const Seen& entry, match::Predicates& questions, std::vector<Firing>& firings) {
    const bool keeps_back = rule_.action == Action::block || rule_.action == Action::halt;
    if (!keeps_back || waits_ || !questions.matches(when_)) return;
    const Named* before = after_ ? after_->find(entry) : nullptr;
    if ((after_ && before == nullptr) || (unless_ && unless_->find(entry) != nullptr)) return;
    if (!rule_.threshold) return firings.push_back(firing_of(before, entry));
    if (!values_of(rule_.threshold->by, entry.envelope, values_)) return;
    const std::string key = key_of(values_);
    const Window* window = windows_.find(key);
    if (window != nullptr) window = reached(*rule_.threshold, key, *window);
    if (window == nullptr) return;
    Firing firing = firing_of(nullptr, entry);
    firing.group = values_;
    firing.count = window->count();
    firing.sum = window->sum();
    firings.push_back(std::move(firing));
  }

  void take(const Earlier& earlier) {
    if (waits_) {
      for (const std::uint64_t seq : earlier.entries) waits_->end(earlier.group, seq);
    }
    Window* window = rule_.threshold ? windows_.find(key_of(earlier.group)) : nullptr;
    if (window != nullptr) window->told = true;
  }

  void run_out(std::int64_t now, std::vector<Firing>& firings) {
    while (waits_ && waits_->first_deadline() && *waits_->first_deadline() < now) {
      Waits::Wait wait = waits_->take_first();
      firings.push_back({&set_,
                         &rule_,
                         {std::move(wait.event)},
                         std::move(wait.group),
                         0,
                         0,
                         std::move(wait.about)});
    }
  }

  [[nodiscard]] std::optional<std::int64_t> next_deadline() const {
    return waits_ ? waits_->first_deadline() : std::nullopt;
  }

  [[nodiscard]] std::chrono::nanoseconds reach() const {
    std::chrono::nanoseconds reach{0};
    if (rule_.threshold) reach = rule_.threshold->span;
    for (const auto* others : {&rule_.after, &rule_.unless, &rule_.absent}) {
      if (*others) reach = std::max(reach, (*others)->within);
    }
    return reach;
  }

  // True once, after something was forgotten that might have counted.
  [[nodiscard]] bool take_forgot() {
    if (!forgot_ || said_) return false;
    said_ = true;
    return true;
  }

  [[nodiscard]] const Rule& rule() const { return rule_; }

 private:
  void take_match(const Seen& entry, std::vector<Firing>* firings) {
    const Named* before = after_ ? after_->find(entry) : nullptr;
    if (after_ && before == nullptr) return;
    if (unless_ && unless_->find(entry) != nullptr) return;
    if (waits_) {
      if (!waits_->begin(entry)) forgot_ = true;
      return;
    }
    if (rule_.threshold) return count(*rule_.threshold, entry, firings);
    if (firings != nullptr) firings->push_back(firing_of(before, entry));
  }

  [[nodiscard]] Firing firing_of(const Named* before, const Seen& entry) const {
    Firing firing;
    firing.set = &set_;
    firing.rule = &rule_;
    if (before != nullptr) firing.entries.push_back(*before);
    firing.entries.push_back(named(entry));
    return firing;
  }

  void count(const Threshold& threshold, const Seen& entry, std::vector<Firing>* firings) {
    if (!values_of(threshold.by, entry.envelope, values_)) return;
    std::int64_t value = 1;
    if (threshold.summed) {
      const auto number = entry.envelope.number(*threshold.summed);
      if (!number) return;
      value = *number;
    }
    const std::string key = key_of(values_);
    Window& window = windows_.meet(key);
    add(threshold, window, when_of(entry), value, entry);
    if (entry.is_live) {
      add(threshold, by_receipt_.meet(key), entry.received, value, entry);
      make_room(threshold, by_receipt_, entry.received);
    }
    tell(threshold, key, window, firings);
    make_room(threshold, windows_, when_of(entry));
  }

  void add(const Threshold& threshold, Window& window, std::int64_t when, std::int64_t value,
           const Seen& entry) {
    const std::size_t before = window.count();
    window.add(threshold, when, value, named(entry));
    points_ += window.count();
    points_ -= before;
  }

  // The window of a group that reaches the threshold: by the time events say, or by their receipt.
  [[nodiscard]] const Window* reached(const Threshold& threshold, const std::string& key,
                                      const Window& window) {
    if (window.reaches(threshold)) return &window;
    const Window* received = by_receipt_.find(key);
    return received != nullptr && received->reaches(threshold) ? received : nullptr;
  }

  // Once when it is reached; where events are kept back, of each while it is.
  void tell(const Threshold& threshold, const std::string& key, Window& window,
            std::vector<Firing>* firings) {
    const Window* by = reached(threshold, key, window);
    if (by == nullptr) {
      window.told = false;
      return;
    }
    if (firings == nullptr || (window.told && rule_.action != Action::block)) return;
    window.told = true;
    Firing firing;
    firing.set = &set_;
    firing.rule = &rule_;
    firing.entries = by->last();
    firing.group = values_;
    firing.count = by->count();
    firing.sum = by->sum();
    firings->push_back(std::move(firing));
  }

  void make_room(const Threshold& threshold, Groups<Window>& windows, std::int64_t now) {
    while (windows.size() > 1 && (windows.size() > kMaxWindows || points_ > kMaxPointsOfRule)) {
      const Window& oldest = windows.oldest();
      forgot_ |= oldest.count() > 0 && !is_apart_more_than(threshold.span, oldest.newest(), now);
      points_ -= oldest.count();
      windows.drop_oldest();
    }
  }

  const Set& set_;
  const Rule& rule_;
  std::size_t when_;  // a question
  std::optional<Memory> after_;
  std::optional<Memory> unless_;
  std::optional<Waits> waits_;
  Groups<Window> windows_;     // by the time of the events; says for both what was told
  Groups<Window> by_receipt_;  // of those that came as they happened
  std::size_t points_ = 0;     // in all windows
  std::vector<std::string> values_;
  bool forgot_ = false;
  bool said_ = false;
};

Engine::Engine(std::vector<RuleSet> sets) : sets_(std::move(sets)) {
  for (const RuleSet& set : sets_) {
    for (const Rule& rule : set.set().rules) {
      rules_.push_back(std::make_unique<Watched>(set.set(), rule, questions_));
    }
  }
}

Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

void Engine::look_at(const Seen& entry, std::vector<Firing>& firings) { take(entry, &firings); }

void Engine::look_again(const Seen& entry, std::vector<Firing>& firings) {
  questions_.look_at(entry.envelope, entry.has_payload, entry.payload, entry.seq,
                     from_nanoseconds(entry.received));
  for (const auto& watched : rules_) watched->look_again(entry, questions_, firings);
}

void Engine::recall(const Seen& entry) { take(entry, nullptr); }

void Engine::take(const Seen& entry, std::vector<Firing>* firings) {
  questions_.look_at(entry.envelope, entry.has_payload, entry.payload, entry.seq,
                     from_nanoseconds(entry.received));
  for (const auto& watched : rules_) watched->take(entry, questions_, firings);
}

void Engine::recall(const Earlier& earlier) {
  for (const auto& watched : rules_) {
    if (watched->is(earlier)) watched->take(earlier);
  }
}

void Engine::run_out(std::int64_t now, std::vector<Firing>& firings) {
  for (const auto& watched : rules_) watched->run_out(now, firings);
}

std::optional<std::int64_t> Engine::next_deadline() const {
  std::optional<std::int64_t> next;
  for (const auto& watched : rules_) {
    const std::optional<std::int64_t> deadline = watched->next_deadline();
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  return next;
}

std::chrono::nanoseconds Engine::reach() const noexcept {
  std::chrono::nanoseconds reach{0};
  for (const auto& watched : rules_) reach = std::max(reach, watched->reach());
  return reach;
}

std::vector<std::string> Engine::take_notes() {
  std::vector<std::string> notes;
  for (const auto& watched : rules_) {
    if (!watched->take_forgot()) continue;
    notes.push_back(
        fmt::format("rule '{}' met more at once than it can remember; the oldest was forgotten",
                    watched->rule().id));
  }
  return notes;
}

}  // namespace audit::rule
