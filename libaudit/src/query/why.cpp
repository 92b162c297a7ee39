#include <audit/why.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "query/decision.hpp"
#include "query/joined.hpp"
#include "query/membership.hpp"
#include "query/payload_value.hpp"
#include "query/steps.hpp"

namespace audit {

namespace {

using query::Group;
using query::RunEntries;
using query::RunEntry;

// What logs call the answer of a model.
constexpr auto kAnswers = std::to_array<std::string_view>(
    {"output_text", "completion", "answer", "response", "output", "gen_ai.output.messages",
     "ai.response.text", "ai.response.toolCalls", "output.value", "gen_ai.completion.0.content",
     "traceloop.entity.output", "gcp.vertex.agent.llm_response", "lk.response.text",
     "genkit:output", "mastra.model_step.output", "mlflow.spanOutputs",
     "langfuse.observation.output"});

// The value of a field that may hold a hash: in hexadecimal digits, or as the source gave it.
std::string hash_text(const RunEntry& entry, Field field) {
  for (std::size_t i = 0; i < entry.envelope.size(); ++i) {
    const Envelope::Value value = entry.envelope.at(i);
    if (value.field == field) return query::value_text(value);
  }
  return {};
}

bool is_reasoning(const RunEntry& entry) {
  return entry.type() == "reasoning" || entry.type() == "decision";
}

bool notes_risk(const RunEntry& entry) {
  const std::string_view type = entry.type();
  return type == "risk.signal" || type == "guardrail.block" || type == "policy.violation" ||
         type == "pii.redacted";
}

// What an agent reads may be an attack on it.
bool brings_text(const RunEntry& entry) {
  return entry.type() == "tool.result" || entry.type() == "retrieval" ||
         entry.type() == "agent.message";
}

class Explainer {
 public:
  Explainer(std::span<const LedgerView> ledgers, const RunEntries& entries, Group group)
      : ledgers_(ledgers), entries_(entries), group_(std::move(group)) {}

  Explanation explain() {
    explanation_.step = query::make_step(entries_, group_);
    action_ = &query::main_entry(entries_, group_);
    explanation_.action = action_->place;
    explanation_.when = action_->when;
    find_model_call();
    find_reasoning();
    find_call();
    find_authority();
    find_signals();
    find_approvals();
    return std::move(explanation_);
  }

 private:
  [[nodiscard]] bool is_of_step(std::size_t i) const {
    return std::binary_search(group_.begin(), group_.end(), static_cast<std::uint32_t>(i));
  }

  // Entries before the action; what is about it may come later.
  template <class Take>
  void each_before(Take take) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (!is_of_step(i) && entries_[i].when <= action_->when) take(entries_[i]);
    }
  }

  static void add(std::vector<Place>& places, const RunEntry& entry) {
    if (places.size() == kMaxExplaining) places.erase(places.begin());
    places.push_back(entry.place);
  }

  // --- What reasoning led to it? ---

  void find_model_call() {
    const RunEntry* nearest = nullptr;
    each_before([&](const RunEntry& entry) {
      if (entry.type() != "llm.call") return;
      if (is_named(entry)) {
        asked_by_ = &entry;
        explanation_.asked = Explanation::Asked::named;
      } else if (is_same_agent(entry)) {
        nearest = &entry;
      }
    });
    if (asked_by_ == nullptr && nearest != nullptr) {
      asked_by_ = nearest;
      explanation_.asked = Explanation::Asked::nearest;
    }
    if (asked_by_ == nullptr) return;
    explanation_.asked_by = asked_by_->place;
    if (const auto model = read(*asked_by_)) {
      explanation_.said = query::value_named(model->payload, kAnswers, kMaxExplainedBytes);
    }
  }

  [[nodiscard]] std::optional<Entry> read(const RunEntry& entry) const {
    return ledgers_[entry.place.ledger].entry(entry.place.seq);
  }

  // Some entry of the step names it as its parent, or is a part of its span.
  [[nodiscard]] bool is_named(const RunEntry& model) const {
    return std::any_of(group_.begin(), group_.end(), [&](std::uint32_t i) {
      const std::string_view parent = entries_[i].text(Field::parent);
      const std::string_view span = model.text(Field::span);
      const bool by_parent =
          !parent.empty() && (parent == model.text(Field::event_id) || parent == span);
      return by_parent || (!span.empty() && entries_[i].text(Field::span) == span);
    });
  }

  [[nodiscard]] bool is_same_agent(const RunEntry& entry) const {
    const std::string& agent = explanation_.step.agent;
    const std::string_view other = entry.text(Field::agent);
    return agent.empty() || other.empty() || agent == other;
  }

  // Since the model was asked, else the last there was.
  void find_reasoning() {
    std::vector<Place> earlier;
    each_before([&](const RunEntry& entry) {
      if (!is_reasoning(entry) || !is_same_agent(entry)) return;
      const bool is_recent = asked_by_ != nullptr && entry.when >= asked_by_->when;
      add(is_recent ? explanation_.reasoning : earlier, entry);
    });
    if (explanation_.reasoning.empty() && !earlier.empty()) {
      explanation_.reasoning.push_back(earlier.back());
    }
  }

  // --- Which tool, with which arguments? ---

  void find_call() {
    explanation_.tool = explanation_.step.what;
    for (const std::string_view type :
         {"tool.call", "tool.proposed", "approval.requested", "tool.result"}) {
      for (const std::uint32_t i : group_) {
        const RunEntry& entry = entries_[i];
        if (entry.type() != type) continue;
        if (explanation_.payload_hash.empty()) {
          explanation_.payload_hash = hash_text(entry, Field::payload_hash);
          has_hash_of_run_ = type == "tool.call" && !explanation_.payload_hash.empty();
        }
        if (!explanation_.arguments_in || !explanation_.stated_in) read_arguments(entry);
      }
    }
  }

  void read_arguments(const RunEntry& entry) {
    const std::optional<Entry> whole = read(entry);
    if (!whole) return;
    if (!explanation_.stated_in) read_statement(entry.place, whole->envelope);
    std::string arguments =
        query::value_named(whole->payload, query::argument_names(), kMaxExplainedBytes);
    if (arguments.empty() || explanation_.arguments_in) return;
    explanation_.arguments = std::move(arguments);
    explanation_.arguments_in = entry.place;
  }

  void read_statement(const Place& place, const Envelope& envelope) {
    for (const auto& [field, to] : {std::pair{Field::intent, &explanation_.intent},
                                    std::pair{Field::purpose, &explanation_.purpose},
                                    std::pair{Field::reason, &explanation_.reason}}) {
      *to = envelope.text(field);
      if (!to->empty()) explanation_.stated_in = place;
    }
  }

  // --- Under which system prompt and policy? ---

  void find_authority() {
    each_before([&](const RunEntry& entry) {
      if (is_same_agent(entry)) take_prompt(entry);
    });
    if (asked_by_ != nullptr) take_prompt(*asked_by_);
    for (const std::uint32_t i : group_) {
      const RunEntry& entry = entries_[i];
      take_prompt(entry);
      const bool is_answer = query::answers_approval(entry) && !entry.envelope.has(Field::policy);
      const bool decides = !query::decision_of(entry).empty() && !is_answer;
      if (decides || entry.envelope.has(Field::policy) || entry.envelope.has(Field::rule)) {
        add(explanation_.policies, entry);
      }
    }
  }

  // The last one that says so holds.
  void take_prompt(const RunEntry& entry) {
    std::string hash = hash_text(entry, Field::prompt_hash);
    if (hash.empty()) return;
    explanation_.prompt_hash = std::move(hash);
    explanation_.prompt_in = entry.place;
  }

  // --- Did what it read carry an injection? ---

  void find_signals() {
    each_before([&](const RunEntry& entry) {
      if (notes_risk(entry)) add(explanation_.signals, entry);
      if (brings_text(entry)) ++explanation_.results_read;
    });
    for (const std::uint32_t i : group_) {
      if (notes_risk(entries_[i])) add(explanation_.signals, entries_[i]);
    }
  }

  // --- Who approved it, and what did they see? ---

  void find_approvals() {
    for (const std::uint32_t i : group_) {
      const RunEntry& entry = entries_[i];
      if (entry.type() == "approval.requested") add(explanation_.requests, entry);
      // A call that says it was approved only repeats who approved it, if somebody did.
      const bool is_call = entry.type().starts_with("tool.");
      if (query::answers_approval(entry) && !(is_call && !explanation_.approvals.empty())) {
        add(explanation_.approvals, entry);
      }
      std::string hash = hash_text(entry, Field::shown_hash);
      if (!hash.empty()) explanation_.shown_hash = std::move(hash);
    }
    if (explanation_.shown_hash.empty()) return;
    if (!has_hash_of_run_) {
      explanation_.shown = Explanation::Shown::unknown;
    } else {
      explanation_.shown = explanation_.shown_hash == explanation_.payload_hash
                               ? Explanation::Shown::what_ran
                               : Explanation::Shown::something_else;
    }
  }

  std::span<const LedgerView> ledgers_;
  const RunEntries& entries_;
  Group group_;
  Explanation explanation_;
  const RunEntry* action_ = nullptr;
  const RunEntry* asked_by_ = nullptr;
  bool has_hash_of_run_ = false;  // and not only of what was proposed
};

Group group_with(const RunEntries& entries, const Place& place) {
  for (Group& group : query::join(entries)) {
    for (const std::uint32_t i : group) {
      if (entries[i].place == place) return std::move(group);
    }
  }
  return {};
}

}  // namespace

std::optional<Explanation> why(std::span<const LedgerView> ledgers, Place entry) {
  query::Members members = query::members_around(ledgers, entry, kMaxTraceEntries);
  Group group = group_with(members.whole.entries, entry);
  if (group.empty()) return std::nullopt;
  Explanation explanation = Explainer(ledgers, members.whole.entries, std::move(group)).explain();
  explanation.run = std::move(members.run);
  return explanation;
}

}  // namespace audit
