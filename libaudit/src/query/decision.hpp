// query/decision.hpp - what an entry decides about an action, in one word, and who says it.
#pragma once

#include <audit/trace.hpp>

#include <string_view>
#include <vector>

#include "query/run_entry.hpp"

namespace audit::query {

// "allow", "deny", "granted", "denied", "expired" ...; empty if it decides nothing.
[[nodiscard]] std::string_view decision_of(const RunEntry& entry);

// The approver, else the policy, else the rule; empty if none is named.
[[nodiscard]] std::string_view decider_of(const RunEntry& entry);

// True for an answer to a request for approval.
[[nodiscard]] bool answers_approval(const RunEntry& entry);

[[nodiscard]] bool is_no(std::string_view decision);
[[nodiscard]] bool is_yes(std::string_view decision);

// Which of two decisions holds, `earlier` (empty: none) or `later`: the later one; but what a person
// refused only a person grants. What says neither yes nor no holds never.
[[nodiscard]] bool outweighs(std::string_view later, std::string_view earlier);

// The decision that holds in the end, by outweighs().
//   decided   in order of time
//   returns   null where nothing says yes or no
[[nodiscard]] const Step::State* deciding(const std::vector<Step::State>& decided);

}  // namespace audit::query
