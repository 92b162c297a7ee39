// verify/chain.hpp - walks the entries in order and says which one is to blame.
//
// Entry k is bad if its hash follows neither from the stored nor from the recomputed hash of entry
// k - 1. So an entry whose stored hash was changed is blamed alone: the next one still follows from
// what that hash should be.
//
// Format   audit-ledger(5), "HOW TO VERIFY", step 6
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <optional>

#include "event/commitment_batch.hpp"
#include "verify/findings.hpp"

namespace audit::verify {

// An entry as the chain sees it.
struct Link {
  std::uint64_t seq = 0;
  std::int64_t received = 0;
  bool has_hash = false;  // `stored` is one
  bool is_computed =
      false;  // `computed` is: E, P, and the hash that follows from the stored one before
  bool is_undecided = false;  // it cannot be judged, and that is nobody's fault
  Digest stored;
  event::CommitmentBatch::Result computed;
};

class ChainWalk {
 public:
  // What an entry leaves to the one behind it.
  struct State {
    std::optional<Digest> stored;
    std::optional<Digest> recomputed;
    bool is_bad = false;
  };

  // The state before entry 0.
  [[nodiscard]] static State beginning() { return {Digest(), Digest(), false}; }

  // The state behind an entry of which only the stored hash is known.
  [[nodiscard]] static State behind(const Digest& stored) { return {stored, stored, false}; }

  ChainWalk(State state, Findings& findings) : state_(state), findings_(findings) {}

  // Takes the next entry.
  void take(const Link& link);

  // Entries are missing, or could not be read: what comes next cannot be judged by itself.
  void take_hole();

  // True while the last entry is bad and only the one behind it can say how.
  [[nodiscard]] bool is_waiting() const noexcept { return waiting_.has_value(); }

  // Ends the walk; `behind` is the entry behind the last one, if that is there.
  void finish(const Link* behind);

  [[nodiscard]] const State& state() const noexcept { return state_; }

  // True once an entry followed from the stored hash before it: what comes behind does not depend
  // on where the walk began.
  [[nodiscard]] bool is_settled() const noexcept { return settled_; }

  // How many entries were compared with their hash.
  [[nodiscard]] std::uint64_t checked() const noexcept { return checked_; }

 private:
  enum class Judgement : std::uint8_t { good, good_by_recomputed, bad, unknown };

  struct Waiting {
    std::uint64_t seq;
    bool after_bad;
  };

  [[nodiscard]] Judgement judge(const Link& link);
  void name_waiting(bool only_hash);

  State state_;
  Findings& findings_;
  std::optional<Waiting> waiting_;
  std::optional<Digest> by_recomputed_;  // the hash that follows from the recomputed one before
  event::Committer committer_;
  std::uint64_t checked_ = 0;
  bool settled_ = false;
};

}  // namespace audit::verify
