// ledger/scrub.hpp - words that were erased are nowhere in the file any more, nor in its log.
//
// SQLite's secure_delete zeroes what it frees, with one exception: where a page is split or joined with
// others, copies of rows that moved may stay in the unused middle of the page they left. While such a
// row lives this is its own content twice; once it is erased it would be its content still.
#pragma once

#include <filesystem>
#include <functional>

#include "ledger/database.hpp"

namespace audit::ledger {

// Empties the write-ahead log into the file and zeroes the unused middle of every page that holds rows.
//   database  open for writing, outside a transaction, whose busy timeout says how long to wait
//   file      what is open
//   stop      asked now and then; true gives up. May be empty
//   returns   false if the log could not be emptied: somebody reads, or writes
//   cost      reads the file once
//   throws    io, damaged
[[nodiscard]] bool scrub(const Database& database, const std::filesystem::path& file,
                         const std::function<bool()>& stop = {});

}  // namespace audit::ledger
