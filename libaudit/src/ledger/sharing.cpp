#include <audit/ledger.hpp>

#include <filesystem>

#include "base/file.hpp"
#include "base/group.hpp"

namespace audit {

void share_with_group(const std::filesystem::path& ledger, const std::string& group) {
  const gid_t id = base::find_group(group);
  (void)LedgerView::open(ledger);  // that, and not any file, is what is shared
  const std::filesystem::path file = base::real_file(ledger);
  base::let_group_read(file, id);
  for (const char* beside : {"-wal", "-shm", ".index", ".index-wal", ".index-shm"}) {
    base::share_like(file, file.string() + beside);
  }
}

}  // namespace audit
