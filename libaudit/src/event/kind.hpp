// event/kind.hpp - the words people use for kinds, outcomes and verdicts, and the ones we store.
//
// Words compare without case and without separators: "LLMCall", "llm-call" and "llm_call" are one.
// Used by every reader, and by the query language, so that what was ingested under a word is found
// under it.
// Format   audit-events(5)
#pragma once

#include <audit/field.hpp>

#include <span>
#include <string>
#include <string_view>

namespace audit::event {

// The kind that `word` stands for, else `word` itself: a kind nobody knows is kept as spelled.
// "approval" comes back for human_review and the like: finish it with approval_kind().
// Never turns another spelling into a kind that only the program writes.
//   returns   static text, or `word`
[[nodiscard]] std::string_view canonical_kind(std::string_view word) noexcept;

// "granted" -> "approval.granted"; "approval" if the status is not one of the canonical five.
[[nodiscard]] std::string_view approval_kind(std::string_view canonical_approval) noexcept;

// True for "sys" and "sys.anything", in any case: only the program writes these.
[[nodiscard]] bool is_reserved_kind(std::string_view kind) noexcept;

// True for what the ledger itself rests on: functions of their own write it, and nothing of it is ever
// erased. Exact: no other spelling is stored.
[[nodiscard]] bool is_never_erased(std::string_view kind) noexcept;

// The family that `word` names, else empty: "approval" for approval.requested and its like.
//   returns   static text without the dot
[[nodiscard]] std::string_view kind_family(std::string_view word) noexcept;

// Each gives the canonical word (static text), else empty.
[[nodiscard]] std::string_view canonical_status(std::string_view word) noexcept;
[[nodiscard]] std::string_view canonical_decision(std::string_view word) noexcept;
[[nodiscard]] std::string_view canonical_approval(std::string_view word) noexcept;
[[nodiscard]] std::string_view canonical_risk(std::string_view word) noexcept;

// The words that a field with a closed list can hold; none for any other field.
[[nodiscard]] std::span<const std::string_view> closed_words(Field field) noexcept;

// The kind that a mistyped one is near to; empty for a kind, a family, a word for one, and for what
// is near to none.
[[nodiscard]] std::string_view nearest_kind(std::string_view word) noexcept;

// 0 low, 1 medium, 2 high, 3 critical; -1 for anything else.
[[nodiscard]] int risk_rank(std::string_view canonical_risk) noexcept;

// Lower case, and one name for each of the providers that have several.
[[nodiscard]] std::string canonical_provider(std::string_view word);

}  // namespace audit::event
