// verify/checkpoints.hpp - the signed heads: exactly those that must be there, each for the root
// that was computed at its size, each signed by the key that was in force.
//
// Format   audit-ledger(5), "CHECKPOINTS AND KEYS", "HOW TO VERIFY" steps 8 and 9
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ledger/scan.hpp"
#include "verify/findings.hpp"
#include "verify/system.hpp"

namespace audit::verify {

struct HeadFacts {
  std::string note;                   // of the one head; empty if there is none
  std::optional<std::uint64_t> size;  // what it states
};

class CheckpointCheck {
 public:
  using RootAt = std::function<std::optional<Digest>(std::uint64_t)>;

  CheckpointCheck(const KeyHistory& keys, std::uint64_t size, RootAt root_at, Findings& findings)
      : keys_(keys), size_(size), root_at_(std::move(root_at)), findings_(findings) {}

  // The table head.
  [[nodiscard]] HeadFacts check_head(ledger::EvidenceScan& scan);

  // The table checkpoint; returns how many notes it has.
  std::uint64_t check_checkpoints(ledger::EvidenceScan& scan, const HeadFacts& head);

  // One note: that it states this size and the root there, and who had to sign it did.
  //   what   begins the messages: "the head", "the checkpoint at 10000 entries"
  void check_note(std::string_view kind, const std::string& what, std::string_view note,
                  std::uint64_t size);

 private:
  // False if there is no text to look at.
  [[nodiscard]] bool check_stored(std::string_view kind, const std::string& what,
                                  const ledger::EvidenceScan::Note& row);

  void check_signatures(const std::string& what, std::string_view note, std::uint64_t size);

  const KeyHistory& keys_;
  std::uint64_t size_;
  RootAt root_at_;
  Findings& findings_;
};

}  // namespace audit::verify
