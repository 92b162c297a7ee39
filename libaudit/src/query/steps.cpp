#include "query/steps.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "query/decision.hpp"

namespace audit::query {

namespace {

// Which entry of a step is shown for it.
int weight_of(const RunEntry& entry) {
  constexpr std::array<std::string_view, 5> kByWeight = {
      "tool.call", "tool.result", "tool.proposed", "approval.requested", "policy.decision"};
  const auto at = std::find(kByWeight.begin(), kByWeight.end(), entry.type());
  return static_cast<int>(at - kByWeight.begin());
}

class StepMaker {
 public:
  StepMaker(const RunEntries& entries, const Group& group) : entries_(entries), group_(group) {}

  Step make() {
    const RunEntry& main = main_entry(entries_, group_);
    step_.type = main.type();
    step_.is_action = family_of(main) == Family::action;
    for (const std::uint32_t i : group_) take(entries_[i]);
    step_.what = what_of(main);
    step_.begin = entries_[group_.front()].when;
    set_duration();
    set_end();
    if (step_.is_action) {
      set_states();
      add_gaps();
    }
    return std::move(step_);
  }

 private:
  void take(const RunEntry& entry) {
    step_.entries.push_back(entry.place);
    for (const auto& [field, to] :
         {std::pair{Field::agent, &step_.agent}, std::pair{Field::tool_call_id, &step_.call_id},
          std::pair{Field::session, &step_.session}, std::pair{Field::currency, &step_.currency}}) {
      if (to->empty()) *to = entry.text(field);
    }
    // What is said last holds: a span that was sent when it began is sent again when it has ended.
    // Neither does a proposal, or a decision that was made in order.
    const bool tells_end = entry.type() == "tool.call" || entry.type() == "tool.result";
    if (!step_.is_action || tells_end) {
      if (entry.envelope.has(Field::status)) step_.status = entry.text(Field::status);
      if (entry.envelope.has(Field::error)) step_.error = entry.text(Field::error);
    }
    for (const auto& [field, to] : {std::pair{Field::tokens_in, &step_.tokens_in},
                                    std::pair{Field::tokens_out, &step_.tokens_out},
                                    std::pair{Field::cost_nano, &step_.cost_nano}}) {
      // Counters grow while an answer comes, and of two accounts one may be of its beginning.
      if (const auto number = entry.envelope.number(field))
        *to = std::max(to->value_or(0), *number);
    }
    if (!call_ && entry.type() == "tool.call") call_ = &entry;
    if (entry.type() == "tool.result") result_ = &entry;
    if (!asked_ && entry.type() == "tool.proposed") asked_ = &entry;
    if (!approval_asked_ && entry.type() == "approval.requested") approval_asked_ = &entry;
    is_answered_ |= entry.type().starts_with("approval.") && answers_approval(entry);
    needs_approval_ |= entry.envelope.number(Field::requires_approval).value_or(0) != 0;
  }

  // What names the step best: of a call the tool, of a model call the model, else the action.
  [[nodiscard]] std::string what_of(const RunEntry& main) const {
    const std::string_view to = main.text(Field::destination);
    if (main.type() == "agent.message" && !to.empty()) return "to " + std::string(to);
    const bool is_call = step_.is_action || family_of(main) == Family::model;
    const auto fields = is_call ? std::array{Field::tool, Field::model, Field::action}
                                : std::array{Field::action, Field::tool, Field::model};
    for (const Field field : fields) {
      if (!main.text(field).empty()) return std::string(main.text(field));
      for (const std::uint32_t i : group_) {
        if (!entries_[i].text(field).empty()) return std::string(entries_[i].text(field));
      }
    }
    return {};
  }

  void set_duration() {
    for (const RunEntry* entry : {call_, result_}) {
      if (entry != nullptr && set_reported(*entry)) return;
    }
    if (call_ != nullptr && result_ != nullptr && result_->when >= call_->when) {
      step_.duration = span_between(call_->when, result_->when);
      return;
    }
    for (const std::uint32_t i : group_) {
      if (const auto took = reported(entries_[i])) step_.duration = took;
    }
  }

  // A result says when it was there, all else when it began.
  void set_end() {
    step_.end = entries_[group_.back()].when;
    for (const std::uint32_t i : group_) {
      const RunEntry& entry = entries_[i];
      const auto took = reported(entry);
      if (!took || entry.type() == "tool.result") continue;
      const auto room = Timestamp::max() - std::max(entry.when, Timestamp());
      step_.end = std::max(step_.end, entry.when + std::min<std::chrono::nanoseconds>(*took, room));
    }
  }

  static std::optional<std::chrono::microseconds> reported(const RunEntry& entry) {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 1000;
    const auto us = entry.envelope.number(Field::duration_us);
    if (!us || *us < 0 || *us > kMost) return std::nullopt;
    return std::chrono::microseconds(*us);
  }

  bool set_reported(const RunEntry& entry) {
    step_.duration = reported(entry);
    return step_.duration.has_value();
  }

  void set_states() {
    const RunEntry* first = asked_ != nullptr            ? asked_
                            : approval_asked_ != nullptr ? approval_asked_
                                                         : call_;
    if (first != nullptr) step_.requested = {first->place, first->when, "requested", {}};
    for (const std::uint32_t i : group_) {
      const RunEntry& entry = entries_[i];
      std::string_view word = decision_of(entry);
      // What a call says of its approval counts only where nobody answers for himself.
      if (is_answered_ && entry.type().starts_with("tool.") && answers_approval(entry)) {
        word = entry.text(Field::decision);
      }
      if (word.empty() || repeats_decision(entry, word) || is_other_account(entry, word)) continue;
      step_.decided.push_back(
          {entry.place, entry.when, std::string(word), std::string(decider_of(entry))});
      decided_in_.push_back(entry.text(Field::format));
    }
    if (const RunEntry* ran = result_ != nullptr ? result_ : call_) {
      step_.executed = {ran->place, ran->when, std::string(end_word()), {}};
    }
  }

  // A call that says it was approved only repeats who approved it.
  [[nodiscard]] bool repeats_decision(const RunEntry& entry, std::string_view word) const {
    return entry.type().starts_with("tool.") && decider_of(entry).empty() &&
           std::any_of(step_.decided.begin(), step_.decided.end(),
                       [word](const Step::State& state) { return state.word == word; });
  }

  // Two formats that tell of the same answer are two accounts of it, unless they name two people.
  [[nodiscard]] bool is_other_account(const RunEntry& entry, std::string_view word) const {
    const std::string_view by = decider_of(entry);
    for (std::size_t i = 0; i < step_.decided.size(); ++i) {
      const Step::State& told = step_.decided[i];
      const bool is_one = by.empty() || told.by.empty() || by == told.by;
      if (told.word == word && is_one && decided_in_[i] != entry.text(Field::format)) return true;
    }
    return false;
  }

  // Some records hold all of a call, and say so by its end.
  [[nodiscard]] bool call_says_end() const {
    return call_ != nullptr &&
           (call_->envelope.has(Field::status) || call_->envelope.has(Field::duration_us) ||
            call_->envelope.has(Field::error));
  }

  [[nodiscard]] std::string_view end_word() const {
    if (!step_.status.empty()) return step_.status;
    if (!step_.error.empty()) return "error";
    if (result_ != nullptr) return "returned";
    return call_says_end() ? "returned" : "begun";
  }

  // True if it ran, as far as anybody can tell. A refusal is often written down as an error, and what
  // began before it is no disobedience.
  [[nodiscard]] bool has_run(const Step::State* refusal) const {
    if (!step_.executed) return false;
    const std::string& word = step_.executed->word;
    if (word == "begun" || word == "pending") {
      return call_ != nullptr && refusal != nullptr && call_->when > refusal->when;
    }
    return word != "error" && word != "denied" && word != "cancelled";
  }

  // Nothing says yet how it ended.
  [[nodiscard]] bool has_begun() const {
    return call_ != nullptr && step_.executed &&
           (step_.executed->word == "begun" || step_.executed->word == "pending");
  }

  void add_gaps() {
    const Step::State* holds = deciding(step_.decided);
    const bool is_refused = holds != nullptr && is_no(holds->word);
    add_what_is_missing(is_refused);
    const bool needs_approval = needs_approval_ || approval_asked_ != nullptr;
    const bool is_decided = holds != nullptr;
    if (has_begun() && needs_approval_ && approval_asked_ == nullptr && !is_decided) {
      add(Gap::Kind::not_approved);  // to ask would have come first
    }
    if (has_run(is_refused ? holds : nullptr)) {
      // A later yes is a yes, whoever gave it.
      const bool is_allowed = holds != nullptr && is_yes(holds->word);
      if (is_refused) add(Gap::Kind::denied);
      if (needs_approval && !is_refused && !is_allowed) add(Gap::Kind::not_approved);
      if (is_late()) add(Gap::Kind::approved_late);
    }
    if (has_changed()) add(Gap::Kind::changed);
    if (ran_again()) add(Gap::Kind::repeated);
  }

  void add_what_is_missing(bool is_refused) {
    const bool is_answered = std::any_of(group_.begin(), group_.end(), [&](std::uint32_t i) {
      return answers_approval(entries_[i]);
    });
    if (call_ != nullptr && result_ == nullptr && !call_says_end() && !is_refused) {
      add(Gap::Kind::result_missing);
    }
    // A result that says how long it took is a record of all of the call.
    const bool is_all = result_ != nullptr && result_->envelope.has(Field::duration_us);
    if (call_ == nullptr && asked_ == nullptr && result_ != nullptr && !is_all) {
      add(Gap::Kind::call_missing);
    }
    if (approval_asked_ != nullptr && !is_answered) add(Gap::Kind::decision_missing);
  }

  // The only approval came when it had run.
  [[nodiscard]] bool is_late() const {
    const auto is_grant = [](const Step::State& state) { return state.word == "granted"; };
    const auto first = std::find_if(step_.decided.begin(), step_.decided.end(), is_grant);
    if (first == step_.decided.end()) return false;
    // A call says when it began, a result when it was there.
    const auto took = result_ == nullptr ? reported(*call_) : std::nullopt;
    return span_between(step_.executed->when, first->when) >
           took.value_or(std::chrono::microseconds(0));
  }

  // Called twice: who allowed the one may not have meant the other. Two formats that tell of it once
  // each are two accounts of one call.
  [[nodiscard]] bool ran_again() const {
    std::map<std::string_view, const RunEntry*> first;
    return std::any_of(group_.begin(), group_.end(), [&](std::uint32_t i) {
      if (entries_[i].type() != "tool.call") return false;
      const auto [at, is_new] = first.try_emplace(entries_[i].text(Field::format), &entries_[i]);
      return !is_new && !is_copy(entries_[i], *at->second);
    });
  }

  // One event that came twice: as one span, or under one id.
  static bool is_copy(const RunEntry& a, const RunEntry& b) {
    if (a.place == b.place) return true;
    const auto same = [&](Field field) {
      return !a.text(field).empty() && a.text(field) == b.text(field);
    };
    return a.when == b.when && (same(Field::span) || same(Field::event_id));
  }

  // Not all that is said about its arguments is the same. Formats of a product that write down the same
  // fact, but not the same arguments, have each their own form of them: then each is compared with
  // itself.
  [[nodiscard]] bool has_changed() const {
    std::map<std::string_view, std::set<std::string>> by_format;
    std::map<std::string_view, std::map<std::string_view, std::string>> by_fact;
    std::set<std::string> all;
    bool differ_in_form = false;
    for (const std::uint32_t i : group_) {
      const Envelope& envelope = entries_[i].envelope;
      const std::string_view format = entries_[i].text(Field::format);
      for (std::size_t at = 0; at < envelope.size(); ++at) {
        const Envelope::Value said = envelope.at(at);
        if (said.field != Field::payload_hash && said.field != Field::shown_hash) continue;
        const std::string text = value_text(said);
        all.insert(text);
        by_format[format].insert(text);
        auto& accounts = by_fact[entries_[i].type()];
        for (const auto& [other, hash] : accounts) {
          differ_in_form |=
              other != format && hash != text && product_of(other) == product_of(format);
        }
        accounts.try_emplace(format, text);
      }
    }
    if (!differ_in_form) return all.size() > 1;
    return std::any_of(by_format.begin(), by_format.end(),
                       [](const auto& account) { return account.second.size() > 1; });
  }

  void add(Gap::Kind kind) {
    step_.gaps.push_back({kind, !step_.call_id.empty() ? step_.call_id : step_.what});
  }

  const RunEntries& entries_;
  const Group& group_;
  Step step_;
  const RunEntry* asked_ = nullptr;
  const RunEntry* approval_asked_ = nullptr;
  const RunEntry* call_ = nullptr;
  const RunEntry* result_ = nullptr;
  bool needs_approval_ = false;
  bool is_answered_ = false;
  std::vector<std::string_view> decided_in_;  // formats, beside step_.decided
};

}  // namespace

const RunEntry& main_entry(const RunEntries& entries, const Group& group) {
  const auto at = std::min_element(group.begin(), group.end(), [&](auto a, auto b) {
    return weight_of(entries[a]) < weight_of(entries[b]);
  });
  return entries[*at];
}

Step make_step(const RunEntries& entries, const Group& group) {
  return StepMaker(entries, group).make();
}

void mark_shared_ids(std::span<Step> steps, const Ids& doubtful) {
  const auto is_call = [](const Step& step) {
    return step.is_action && !step.call_id.empty() && (step.requested || step.executed);
  };
  std::map<std::pair<std::string_view, std::string_view>, int> calls;
  for (const Step& step : steps) {
    if (is_call(step)) ++calls[{step.session, step.call_id}];
  }
  for (Step& step : steps) {
    const auto has = [&](Gap::Kind kind) {
      return std::any_of(step.gaps.begin(), step.gaps.end(),
                         [kind](const Gap& gap) { return gap.kind == kind; });
    };
    if (is_call(step) && calls[{step.session, step.call_id}] > 1 && !has(Gap::Kind::repeated)) {
      step.gaps.push_back({Gap::Kind::repeated, step.call_id});
    }
    if (step.is_action && doubtful.contains(step.call_id)) {
      step.gaps.push_back({Gap::Kind::ambiguous, step.call_id});
    }
  }
}

}  // namespace audit::query
