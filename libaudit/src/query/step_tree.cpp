#include "query/step_tree.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "query/steps.hpp"

namespace audit::query {

namespace {

constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// How well an entry stands for its span: a call that a model asked for has the model's span, too.
int rank_of(const RunEntry& entry) {
  const std::string_view type = entry.type();
  if (type == "llm.call" || type == "tool.call") return 0;
  if (type == "tool.proposed" || type == "error") return 3;
  return family_of(entry) == Family::action ? 2 : 1;
}

// What an entry may be named by, and the step it is of.
class Names {
 public:
  Names(const RunEntries& entries, const std::vector<Group>& groups) {
    for (std::uint32_t step = 0; step < groups.size(); ++step) {
      for (const std::uint32_t i : groups[step]) add(entries[i], step);
    }
  }

  // The step with this span, event or call, as `from` would mean it.
  [[nodiscard]] std::optional<std::uint32_t> find(const RunEntry& from, std::string_view id) const {
    for (const std::string& scope : scopes_of(from)) {
      if (const auto step = look_up(key_of({"span", scope, id}))) return step;
    }
    if (const auto step = look_up(key_of({"event", id}))) return step;
    // Spans and calls are numbered within a trace or a session: only what names neither may mean any.
    for (const std::string_view kind : {"any span", "call"}) {
      const auto step = scopes_of(from).empty() ? look_up(key_of({kind, id})) : std::nullopt;
      if (step) return step;
    }
    return std::nullopt;
  }

  // True for the id of a whole run: what names it as its parent stands at the top.
  [[nodiscard]] bool is_run(std::string_view id) const {
    return steps_.contains(key_of({"run", id}));
  }

 private:
  struct Named {
    std::uint32_t step;
    int rank;
  };

  void add(const RunEntry& entry, std::uint32_t step) {
    const int rank = rank_of(entry);
    const std::string_view span = entry.text(Field::span);
    if (!span.empty()) {
      for (const std::string& scope : scopes_of(entry)) {
        put(key_of({"span", scope, span}), step, rank);
      }
      put(key_of({"any span", span}), step, rank);
    }
    const std::string_view call = entry.text(Field::tool_call_id);
    if (!call.empty()) {
      for (const std::string& scope : scopes_of(entry)) {
        put(key_of({"span", scope, call}), step, rank + 10);  // a call's id may be named as well
      }
    }
    for (const auto& [kind, field] :
         {std::pair{"event", Field::event_id}, std::pair{"call", Field::tool_call_id},
          std::pair{"run", Field::trace}, std::pair{"run", Field::session}}) {
      const std::string_view id = entry.text(field);
      if (!id.empty()) put(key_of({kind, id}), step, rank);
    }
  }

  void put(std::string key, std::uint32_t step, int rank) {
    const auto [at, is_new] = steps_.try_emplace(std::move(key), Named{step, rank});
    if (!is_new && rank < at->second.rank) at->second = {step, rank};
  }

  [[nodiscard]] std::optional<std::uint32_t> look_up(const std::string& key) const {
    const auto at = steps_.find(key);
    if (at == steps_.end()) return std::nullopt;
    return at->second.step;
  }

  std::unordered_map<std::string, Named> steps_;
};

class TreeMaker {
 public:
  TreeMaker(const RunEntries& entries, const std::vector<Group>& groups)
      : entries_(entries), groups_(groups), names_(entries, groups) {}

  std::vector<Step> make() {
    for (const Group& group : groups_) steps_.push_back(make_step(entries_, group));
    parents_.assign(groups_.size(), kNone);
    for (std::uint32_t step = 0; step < groups_.size(); ++step) find_parent(step);
    break_cycles();
    return in_order();
  }

 private:
  // --- Whose child is it? ---

  void find_parent(std::uint32_t step) {
    std::string_view missing;
    for (const std::uint32_t i : by_weight(groups_[step])) {
      const std::string_view id = entries_[i].text(Field::parent);
      if (id.empty() || names_.is_run(id)) continue;
      const auto parent = names_.find(entries_[i], id);
      if (parent && *parent != step) {
        parents_[step] = *parent;
        return;
      }
      if (!parent && missing.empty()) missing = id;
    }
    if (!missing.empty()) {
      parents_[step] = missing_step(missing);
    } else {
      find_implied(step);
    }
  }

  // The main entry's word about the parent counts first.
  [[nodiscard]] Group by_weight(const Group& group) const {
    Group sorted = group;
    const RunEntry* main = &main_entry(entries_, group);
    std::stable_partition(sorted.begin(), sorted.end(),
                          [&](std::uint32_t i) { return &entries_[i] == main; });
    return sorted;
  }

  // What has no parent may be a part of what has its span, be about a call, or be linked.
  void find_implied(std::uint32_t step) {
    for (const std::uint32_t i : groups_[step]) {
      for (const Field field : {Field::span, Field::tool_call_id, Field::links}) {
        const std::string_view id = entries_[i].text(field);
        if (id.empty()) continue;
        const auto parent = names_.find(entries_[i], id);
        if (!parent || *parent == step) continue;
        // Two that are linked with each other: the earlier one led to the later.
        if (field != Field::span && *parent > step) continue;
        parents_[step] = *parent;
        return;
      }
    }
  }

  std::uint32_t missing_step(std::string_view id) {
    const auto number = static_cast<std::uint32_t>(steps_.size());
    const auto [at, is_new] = missing_.try_emplace(std::string(id), number);
    if (!is_new) return at->second;
    Step step;
    step.what = id;
    step.begin = Timestamp::max();
    step.end = Timestamp::min();
    step.gaps.push_back({Gap::Kind::parent_missing, std::string(id)});
    steps_.push_back(std::move(step));
    parents_.push_back(kNone);
    return number;
  }

  // --- Steps that are each below the other ---

  void break_cycles() {
    enum class Seen : std::uint8_t { no, now, done };
    std::vector<Seen> seen(parents_.size(), Seen::no);
    for (std::uint32_t start = 0; start < parents_.size(); ++start) {
      std::vector<std::uint32_t> path;
      std::uint32_t at = start;
      for (; at != kNone && seen[at] == Seen::no; at = parents_[at]) {
        seen[at] = Seen::now;
        path.push_back(at);
      }
      if (at != kNone && seen[at] == Seen::now) stand_alone(earliest_of_cycle(at));
      for (const std::uint32_t step : path) seen[step] = Seen::done;
    }
  }

  [[nodiscard]] std::uint32_t earliest_of_cycle(std::uint32_t step) const {
    std::uint32_t earliest = step;
    for (std::uint32_t at = parents_[step]; at != step; at = parents_[at]) {
      earliest = std::min(earliest, at);
    }
    return earliest;
  }

  void stand_alone(std::uint32_t step) {
    parents_[step] = kNone;
    steps_[step].gaps.push_back({Gap::Kind::cycle, steps_[step].what});
  }

  // --- In order ---

  // What is missing began when the first that it caused did.
  void date_missing() {
    for (std::uint32_t step = 0; step < groups_.size(); ++step) {
      const std::uint32_t parent = parents_[step];
      if (parent == kNone || parent < groups_.size()) continue;
      steps_[parent].begin = std::min(steps_[parent].begin, steps_[step].begin);
      steps_[parent].end = std::max(steps_[parent].end, steps_[step].end);
    }
  }

  // Many logs name what came before as the parent: such a chain is no depth.
  static bool follows(const Step& step, const Step& parent) {
    const bool is_within = parent.begin <= step.begin && step.end <= parent.end;
    return !parent.entries.empty() && !is_within;
  }

  std::vector<Step> in_order() {
    date_missing();
    std::vector<std::vector<std::uint32_t>> children(steps_.size());
    std::vector<std::uint32_t> waiting;
    for (std::uint32_t step = 0; step < steps_.size(); ++step) {
      (parents_[step] == kNone ? waiting : children[parents_[step]]).push_back(step);
    }
    const auto later = [&](std::uint32_t a, std::uint32_t b) {
      return steps_[a].begin != steps_[b].begin ? steps_[a].begin > steps_[b].begin : a > b;
    };
    std::sort(waiting.begin(), waiting.end(), later);
    std::vector<Step> ordered;
    std::vector<std::size_t> place(steps_.size());
    while (!waiting.empty()) {  // a chain may be as long as the run: no recursion
      const std::uint32_t step = waiting.back();
      waiting.pop_back();
      place[step] = ordered.size();
      if (parents_[step] != kNone) {
        const Step& parent = ordered[place[parents_[step]]];
        steps_[step].parent = place[parents_[step]];
        const bool is_only = children[parents_[step]].size() == 1;
        steps_[step].depth = parent.depth + (is_only && follows(steps_[step], parent) ? 0 : 1);
      }
      ordered.push_back(std::move(steps_[step]));
      std::sort(children[step].begin(), children[step].end(), later);
      waiting.insert(waiting.end(), children[step].begin(), children[step].end());
    }
    return ordered;
  }

  const RunEntries& entries_;
  const std::vector<Group>& groups_;
  Names names_;
  std::vector<Step> steps_;  // one for each group, then the missing ones
  std::vector<std::uint32_t> parents_;
  std::unordered_map<std::string, std::uint32_t> missing_;
};

}  // namespace

std::vector<Step> make_tree(const RunEntries& entries, const std::vector<Group>& groups) {
  return TreeMaker(entries, groups).make();
}

}  // namespace audit::query
