// export/summary.hpp - what happened, in one line for a person.
#pragma once

#include <audit/ledger.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace audit::exports {

// entry_summary() with buffers that are kept from one entry to the next.
class Summarizer {
 public:
  static constexpr std::size_t kLine = 300;

  // What it reads, beside the payload.
  [[nodiscard]] static FieldSet fields();

  // Of at most so many columns.
  [[nodiscard]] std::string summary(const Entry& entry, std::size_t most = kLine);

  // Where it ended: the decision, else the state of the approval, else the status. Empty if the
  // entry says none.
  [[nodiscard]] static std::string_view outcome(const Envelope& envelope);

 private:
  [[nodiscard]] std::string payload_words(const Entry& entry);

  base::JsonReader reader_;
};

}  // namespace audit::exports
