// audit/why.hpp - five questions about one action, each answered by entries or by "no record".
//
// Place     ledger -> [query] -> export, report
// Threads   one thread at a time per view
// Errors    throws damaged, io of a ledger
//
//   const auto answer = audit::why(views, {.ledger = 0, .seq = 4711});
//   if (answer && answer->approvals.empty()) print("nobody is recorded to have approved it");
#pragma once

#include <audit/ledger.hpp>
#include <audit/trace.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace audit {

struct Explanation {
  // How the entry that asked for the action is known.
  enum class Asked : std::uint8_t {
    none,     // no record
    named,    // the action names it, or shares its span
    nearest,  // it is the model call of the same agent that came before
  };

  // What somebody had before their eyes when they approved.
  enum class Shown : std::uint8_t {
    not_recorded,
    what_ran,  // shown_hash is the hash of the arguments that ran
    unknown,   // there is a shown_hash, and no hash of what ran
    something_else,
  };

  Place action;     // the call itself, where the entry asked about is another of its step
  Timestamp when;   // it happened
  Step step;        // what was asked for, decided and done
  std::string run;  // the id of its session or trace; empty: it belongs to none

  // What reasoning led to it?
  std::vector<Place> reasoning;   // in order of time; at most kMaxExplaining, the last ones
  std::optional<Place> asked_by;  // a model call
  Asked asked = Asked::none;
  std::string said;                // what that one answered; cut at kMaxExplainedBytes
  std::optional<Place> stated_in;  // the entry of the step that says the following
  std::string intent;
  std::string purpose;
  std::string reason;

  // Which tool, with which arguments?
  std::string tool;
  std::optional<Place> arguments_in;
  std::string arguments;     // compact JSON, or text; cut at kMaxExplainedBytes
  std::string payload_hash;  // hexadecimal digits, or what the source gave

  // Under which system prompt and policy?
  std::optional<Place> prompt_in;
  std::string prompt_hash;
  std::vector<Place> policies;  // decisions about it, and entries of it that name a policy

  // Did what it read carry an injection?
  std::vector<Place> signals;      // what was noticed in the run before it, or about it
  std::uint64_t results_read = 0;  // results and retrievals in the run before it

  // Who approved it, and what did they see?
  std::vector<Place> approvals;  // answers, in order of time
  std::vector<Place> requests;   // for approval
  Shown shown = Shown::not_recorded;
  std::string shown_hash;
};

// The most entries of one list, and bytes of a payload that are told.
inline constexpr std::size_t kMaxExplaining = 8;
inline constexpr std::size_t kMaxExplainedBytes = std::size_t{16} * 1024;

//   returns   nothing if there is no such entry
[[nodiscard]] std::optional<Explanation> why(std::span<const LedgerView> ledgers, Place entry);

}  // namespace audit
