#include "verify/chain.hpp"

namespace audit::verify {

ChainWalk::Judgement ChainWalk::judge(const Link& link) {
  by_recomputed_.reset();
  if (link.is_undecided || (!state_.stored && !state_.recomputed)) return Judgement::unknown;
  if (!link.is_computed) return Judgement::bad;
  if (state_.recomputed && state_.recomputed != state_.stored) {
    by_recomputed_ = committer_.entry(link.seq, link.received, *state_.recomputed,
                                      link.computed.envelope, link.computed.payload);
  }
  if (!link.has_hash) return Judgement::bad;
  if (state_.stored && link.computed.entry == link.stored) return Judgement::good;
  if (by_recomputed_ == link.stored) return Judgement::good_by_recomputed;
  return state_.stored ? Judgement::bad : Judgement::unknown;
}

void ChainWalk::take(const Link& link) {
  const Judgement judgement = judge(link);
  name_waiting(judgement == Judgement::good_by_recomputed);
  const bool is_bad = judgement == Judgement::bad;
  settled_ = settled_ || judgement == Judgement::good;
  if (judgement != Judgement::unknown) ++checked_;
  if (is_bad) waiting_ = Waiting{link.seq, state_.is_bad};

  State next;
  next.is_bad = is_bad;
  if (link.has_hash) next.stored = link.stored;
  if (!is_bad) {
    next.recomputed = next.stored;
  } else if (by_recomputed_) {
    next.recomputed = by_recomputed_;
  } else if (link.is_computed && state_.stored) {
    next.recomputed = link.computed.entry;
  }
  state_ = next;
}

void ChainWalk::take_hole() {
  name_waiting(false);
  state_ = {};
}

void ChainWalk::finish(const Link* behind) {
  const bool only_hash = behind != nullptr && judge(*behind) == Judgement::good_by_recomputed;
  name_waiting(only_hash);
}

void ChainWalk::name_waiting(bool only_hash) {
  if (!waiting_) return;
  if (only_hash) {
    findings_.add("hash", waiting_->seq, "its stored hash is not the one of its content");
  } else if (waiting_->after_bad) {
    findings_.add("chain", waiting_->seq,
                  "its hash does not follow from the entry before it, which is bad too");
  } else {
    findings_.add("entry", waiting_->seq, "its content does not match its hash");
  }
  waiting_.reset();
}

}  // namespace audit::verify
