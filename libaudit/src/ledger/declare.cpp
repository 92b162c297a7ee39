#include "ledger/declare.hpp"

#include "ledger/writer.hpp"

namespace audit::ledger {

std::uint64_t declare(
    const std::filesystem::path& file, const OpenOptions& options,
    const std::function<std::vector<Declaration>(const LedgerView& view)>& decide) {
  Writer writer(file, options);
  writer.begin();
  const std::uint64_t first = writer.size();
  try {
    for (const Declaration& one : decide(LedgerView::open(file))) {
      writer.append_own(one.type, one.payload);
    }
    writer.commit();
  } catch (...) {
    writer.abandon();
    throw;
  }
  writer.close();
  return first;
}

}  // namespace audit::ledger
