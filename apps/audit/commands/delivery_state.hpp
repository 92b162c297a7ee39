// commands/delivery_state.hpp - how far a receiver has got, in a file of one line:
// "audit.delivery/1 LEDGER-ID SEQ HASH".
//
// Errors   throws configuration (of another ledger, of another history, not such a file), and what files
//          throw
#pragma once

#include <audit/ledger.hpp>

#include <cstdint>
#include <filesystem>

namespace audit::cli {

class DeliveryState {
 public:
  // Reads it; a file that is not there means that nothing was delivered. An empty name keeps nothing.
  DeliveryState(std::filesystem::path file, const LedgerView& view);

  // The first entry that is not known to be delivered.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

  // Everything up to this entry is. On disk on return.
  void set_delivered(const LedgerView& view, std::uint64_t seq);

 private:
  void read(const LedgerView& view);
  [[noreturn]] void refuse(const char* why) const;

  std::filesystem::path file_;
  std::uint64_t next_ = 0;
};

}  // namespace audit::cli
