// commands/erase_words.hpp - what an erasure says for ever, held against what goes: neither reason nor
// authority may repeat it, and what other entries of the program repeat of it is told.
#pragma once

#include <audit/erase.hpp>
#include <audit/ledger.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace audit::cli {

// The words of a text that tell who it is about: with an '@', with five digits or more that are no
// date, or with a capital first and small letters behind it (four letters or more).
[[nodiscard]] std::vector<std::string> telling_words(std::string_view text);

//   throws    invalid_argument if reason or authority repeats a telling word of what goes
void check_order_against(const LedgerView& view, const ErasurePlan& plan,
                         const ErasureOrder& order);

// The entries of the program's own, which are never erased, that repeat a person's name which goes (of
// user, approver, subject), or a word that was looked for; the first hundred, ascending.
//   words   folded, as Query::words() gives them
[[nodiscard]] std::vector<std::uint64_t> said_elsewhere(const LedgerView& view,
                                                        const ErasurePlan& plan,
                                                        const std::vector<std::string>& words);

}  // namespace audit::cli
