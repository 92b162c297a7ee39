#include "query/joined_by_order.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "query/decision.hpp"
#include "query/joined.hpp"

namespace audit::query {

namespace {

// What a set holds.
enum Mark : std::uint8_t { kCall = 1, kResult = 2, kProposal = 4, kWord = 8, kAnswer = 16 };

// Entries that may still join with others, apart by whether they have a call's id: ids that are there
// have been compared, so one of two that join lacks it.
struct Open {
  std::vector<std::uint32_t> with_id;
  std::vector<std::uint32_t> without_id;
};

// Of one tool in one run.
struct Waiting {
  Open calls;      // without a result
  Open proposals;  // before a call, here and below
  Open words;      // decisions and approvals
};

class OrderJoiner {
 public:
  OrderJoiner(const RunEntries& entries, Sets& sets)
      : entries_(entries), sets_(sets), marks_(entries.size()) {
    for (std::uint32_t i = 0; i < entries.size(); ++i) marks_[sets.root(i)] |= marks_of(entries[i]);
  }

  void join() {
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      if (family_of(entries_[i]) != Family::action) continue;
      const std::vector<std::string> scopes = scopes_of(entries_[i]);
      const std::string_view scope = scopes.empty() ? std::string_view() : scopes.back();
      const std::string_view tool = entries_[i].text(Field::tool);
      Waiting& waiting = waiting_[key_of({scope, tool})];
      if (entries_[i].type() == "tool.call") {
        take_call(i, waiting);
      } else if (!has(i, kCall)) {
        take_word(i, waiting);
      }
      if (tool.empty()) answer_open_request(i, key_of({scope}));
      if (entries_[i].type() == "approval.requested") requests_[key_of({scope})].push_back(i);
    }
  }

 private:
  static std::uint8_t marks_of(const RunEntry& entry) {
    if (entry.type() == "tool.call") return kCall;
    if (entry.type() == "tool.result") return kResult;
    if (entry.type() == "tool.proposed") return kProposal;
    return answers_approval(entry) ? kWord | kAnswer : kWord;
  }

  bool has(std::uint32_t i, Mark mark) { return (marks_[sets_.root(i)] & mark) != 0; }

  void unite(std::uint32_t a, std::uint32_t b) {
    const auto both = static_cast<std::uint8_t>(marks_[sets_.root(a)] | marks_[sets_.root(b)]);
    marks_[sets_.unite(a, b)] = both;
  }

  [[nodiscard]] bool has_id(std::uint32_t i) const {
    return entries_[i].envelope.has(Field::tool_call_id);
  }

  [[nodiscard]] std::vector<std::uint32_t>& room_for(std::uint32_t i, Open& open) const {
    return has_id(i) ? open.with_id : open.without_id;
  }

  void take_call(std::uint32_t i, Waiting& waiting) {
    if (has(i, kWord)) return;  // it is known what is about it
    if (!has(i, kProposal)) take_waiting(i, waiting.proposals);
    take_waiting(i, waiting.words);
    std::vector<std::uint32_t>& calls = room_for(i, waiting.calls);
    const bool came_twice = !calls.empty() && sets_.root(calls.back()) == sets_.root(i);
    if (!came_twice && !has(i, kResult)) calls.push_back(i);
  }

  // A call takes all that waits for one. What waited and ends in a no was about none that came after.
  void take_waiting(std::uint32_t i, Open& open) {
    std::vector<std::uint32_t> taken = std::exchange(open.without_id, {});
    if (!has_id(i)) {
      taken.insert(taken.end(), open.with_id.begin(), open.with_id.end());
      open.with_id.clear();
      std::sort(taken.begin(), taken.end());
    }
    if (ends_in_no(taken)) return;
    for (const std::uint32_t word : taken) unite(word, i);
  }

  [[nodiscard]] bool ends_in_no(const std::vector<std::uint32_t>& words) const {
    for (auto at = words.rbegin(); at != words.rend(); ++at) {
      const std::string_view decision = decision_of(entries_[*at]);
      if (is_no(decision) || is_yes(decision)) return is_no(decision);
    }
    return false;
  }

  void take_word(std::uint32_t i, Waiting& waiting) {
    const bool ends = entries_[i].type() == "tool.result";
    if (std::vector<std::uint32_t>* calls = open_calls(i, waiting.calls)) {
      unite(calls->back(), i);
      if (ends) calls->pop_back();
      return;
    }
    if (ends) return;
    const bool proposes = entries_[i].type() == "tool.proposed";
    room_for(i, proposes ? waiting.proposals : waiting.words).push_back(i);
  }

  // Those whose last is the latest that the entry may be about; null for none.
  std::vector<std::uint32_t>* open_calls(std::uint32_t i, Open& open) const {
    std::vector<std::uint32_t>* latest = open.without_id.empty() ? nullptr : &open.without_id;
    if (has_id(i) || open.with_id.empty()) return latest;
    return latest != nullptr && latest->back() > open.with_id.back() ? latest : &open.with_id;
  }

  // An answer that names nothing is that to the one request of its run that has none.
  void answer_open_request(std::uint32_t i, const std::string& scope) {
    const RunEntry& entry = entries_[i];
    if (!answers_approval(entry) || has_id(i) || entry.envelope.has(Field::request_id)) return;
    std::vector<std::uint32_t>& requests = requests_[scope];
    if (forget_answered(requests) != 1) return;
    unite(requests.back(), i);
    requests.pop_back();
  }

  // Looks no further than the second open request from the end.
  //   returns   0, 1, or 2 for more; an only one is the last
  std::size_t forget_answered(std::vector<std::uint32_t>& requests) {
    std::size_t open = 0;
    for (std::size_t at = requests.size(); at > 0 && open < 2;) {
      --at;
      if (has(requests[at], kAnswer)) {
        requests.erase(requests.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        ++open;
      }
    }
    return open;
  }

  const RunEntries& entries_;
  Sets& sets_;
  std::vector<std::uint8_t> marks_;  // by root
  std::unordered_map<std::string, Waiting> waiting_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> requests_;  // by scope
};

}  // namespace

void join_by_order(const RunEntries& entries, Sets& sets) { OrderJoiner(entries, sets).join(); }

}  // namespace audit::query
