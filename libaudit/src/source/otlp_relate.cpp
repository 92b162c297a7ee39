#include "source/otlp_relate.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/spending.hpp"

namespace audit::source {

namespace {

// A trace that goes round in circles, or is deeper, is not followed on.
constexpr int kMaxAncestors = 64;

// Calls under one parent that are compared with each other.
constexpr std::size_t kMaxSiblings = 64;

class Relations {
 public:
  explicit Relations(OtlpEvents& events) : events_(events) {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const OtlpEvent& event = events_[i];
      const std::string_view id = event.envelope.text(Field::event_id);
      if (event.has_bytes && !id.empty()) by_id_.emplace(id, i);
    }
  }

  [[nodiscard]] bool empty() const { return by_id_.empty(); }

  void count_calls_once() {
    std::unordered_map<std::string, std::vector<std::size_t>> siblings;
    for (const auto& known : by_id_) {
      const std::size_t i = known.second;  // no binding: clang 14 cannot capture those
      if (!events_[i].role.is_model_call) continue;
      for_ancestors(i, [&](std::size_t above) {
        const OtlpRole& role = events_[above].role;
        if (role.is_model_call) outer_.emplace_back(above, i);
        return !role.is_run;
      });
      siblings[parent_id(i)].push_back(i);
    }
    for (const auto& [parent, calls] : siblings) compare(calls);
    for (const auto& [outer, inner] : outer_) make_wrapper(outer, inner);
  }

  void inherit() {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      OtlpEvent& event = events_[i];
      if (event.has_bytes) find_who(event, i);
      give(event, Field::agent, event.role.says_agent, agent_);
      give(event, Field::session, event.role.says_session, session_);
      if (event.has_bytes && event.envelope.text(Field::type) == "tool.call") name_tool(event, i);
    }
  }

 private:
  [[nodiscard]] std::string parent_id(std::size_t i) const {
    const Envelope& envelope = events_[i].envelope;
    std::string id(envelope.text(Field::trace));
    return id.append("/").append(envelope.text(Field::parent));
  }

  // Calls visit(index) for each span above, the nearest first, until it returns false.
  template <class Visit>
  void for_ancestors(std::size_t i, Visit&& visit) const {
    for (int depth = 0; depth < kMaxAncestors; ++depth) {
      const auto above = by_id_.find(parent_id(i));
      if (above == by_id_.end() || above->second == i) return;
      i = above->second;
      if (!visit(i)) return;
    }
  }

  // Two instrumentations of one process see one call: the one that was there first and last is
  // around the other.
  void compare(const std::vector<std::size_t>& calls) {
    if (calls.size() > kMaxSiblings) return;
    for (const std::size_t outer : calls) {
      for (const std::size_t inner : calls) {
        if (is_around(events_[outer], events_[inner])) outer_.emplace_back(outer, inner);
      }
    }
  }

  static bool is_around(const OtlpEvent& outer, const OtlpEvent& inner) {
    const auto in = outer.envelope.number(Field::tokens_in);
    return outer.scope != inner.scope && outer.role.start <= inner.role.start &&
           inner.role.end <= outer.role.end && outer.role.start != 0 &&
           (outer.role.start != inner.role.start || outer.role.end != inner.role.end) && in &&
           in == inner.envelope.number(Field::tokens_in) &&
           outer.envelope.number(Field::tokens_out) == inner.envelope.number(Field::tokens_out);
  }

  // A call around another is that other once more: no call of its own, and without its costs.
  void make_wrapper(std::size_t outer, std::size_t inner) {
    Envelope& envelope = events_[outer].envelope;
    envelope.set_text(Field::type, "other");
    for (const Field field : kSpending) envelope.erase(field);
    if (proposes(inner)) {
      for_told(outer, [](OtlpEvent& told) { told.is_dropped |= is_proposal(told); });
    }
  }

  static bool is_proposal(const OtlpEvent& event) {
    return event.envelope.text(Field::type) == "tool.proposed";
  }

  [[nodiscard]] bool proposes(std::size_t primary) const {
    bool found = false;
    for_told(primary, [&](const OtlpEvent& told) { found |= is_proposal(told); });
    return found;
  }

  // The events without bytes that this part tells; they stand behind it.
  template <class Visit>
  void for_told(std::size_t primary, Visit&& visit) const {
    for (std::size_t i = primary + 1; i < events_.size() && !events_[i].has_bytes; ++i) {
      visit(events_[i]);
    }
  }

  // Agent and session for the part at i, from the nearest span above that names them.
  void find_who(const OtlpEvent& event, std::size_t i) {
    agent_.reset();
    session_.reset();
    for_ancestors(i, [&](std::size_t above) {
      const OtlpEvent& span = events_[above];
      if (span.role.says_agent && !agent_) agent_ = span.envelope.text(Field::agent);
      if (span.role.says_session && !session_) session_ = span.envelope.text(Field::session);
      return !agent_ || !session_;
    });
    if (!session_ && !event.role.says_session) session_ = session_of_trace(event);
  }

  // The session of the other spans of a trace, if it is the same for all that name one.
  std::optional<std::string> session_of_trace(const OtlpEvent& event) {
    if (traces_.empty()) {
      for (const auto& [id, i] : by_id_) {
        const OtlpEvent& other = events_[i];
        if (!other.role.says_session) continue;
        const std::string session(other.envelope.text(Field::session));
        auto& known = traces_[std::string(other.envelope.text(Field::trace))];
        known = !known || *known == session ? session : std::string();
      }
      traces_.try_emplace(std::string());
    }
    const auto found = traces_.find(std::string(event.envelope.text(Field::trace)));
    const bool is_one = found != traces_.end() && found->second && !found->second->empty();
    return is_one ? found->second : std::nullopt;
  }

  // An execution that does not say of which tool is inside a span that does.
  void name_tool(OtlpEvent& event, std::size_t i) {
    std::optional<std::string> tool;
    for_ancestors(i, [&](std::size_t above) {
      tool = events_[above].envelope.text(Field::tool);
      return false;
    });
    give(event, Field::tool, event.envelope.has(Field::tool), tool);
  }

  static void give(OtlpEvent& event, Field field, bool own,
                   const std::optional<std::string>& value) {
    if (own || !value || value->empty()) return;
    event.envelope.set_text(field, *value);
    event.envelope.set_text(Field::states, std::string(name_of(field)).append("=derived"));
  }

  OtlpEvents& events_;
  std::unordered_map<std::string, std::size_t> by_id_;
  std::vector<std::pair<std::size_t, std::size_t>> outer_;
  std::optional<std::string> agent_;  // for the part in hand
  std::optional<std::string> session_;
  std::unordered_map<std::string, std::optional<std::string>> traces_;
};

}  // namespace

void relate(OtlpEvents& events) {
  Relations relations(events);
  if (relations.empty()) return;
  relations.count_calls_once();
  relations.inherit();
}

}  // namespace audit::source
