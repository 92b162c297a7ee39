// audit/page.hpp - a bundle as one page of HTML that checks itself in the browser of its reader.
//
// Place     ledger -> query -> [export]
// Format    audit-export(1), --html: the members of audit-bundle(5), and a script that checks them
// Threads   one thread at a time
// Escaping  what an agent wrote is data in the page, never markup and never part of the script, which
//           puts it on the screen as text; a policy in the page forbids it the network
#pragma once

#include <audit/bundle.hpp>
#include <audit/export.hpp>
#include <audit/time.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace audit {

// More would keep a browser busy for too long: a bundle has no such bound.
inline constexpr std::uint64_t kMaxPageEntries = 20'000;
inline constexpr std::size_t kMaxPageBytes = std::size_t{64} << 20;  // of the members of the bundle

struct PageOptions {
  std::string title{};  // empty: "Evidence from ORIGIN"
  Timestamp made{};     // when the page says it was made; it decides about no other byte
};

// Writes the page: the same for the same bundle and options.
//   requires  bundle.counts.entries > 0
//   throws    limit (more than kMaxPageEntries), invalid_argument (a title that is not UTF-8), and what
//             sink throws
void write_page(const Bundle& bundle, const PageOptions& options, const Sink& sink);

}  // namespace audit
