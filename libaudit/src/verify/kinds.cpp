#include <audit/verify.hpp>

#include <algorithm>
#include <array>

namespace audit {

namespace {

constexpr std::array kKinds = {
    FindingKind{"chain", "An entry does not follow from the one before it"},
    FindingKind{"checkpoint", "A signed checkpoint is missing, too much, or of other entries"},
    FindingKind{"encoding", "An entry is not stored as the format demands"},
    FindingKind{"entry", "The content of an entry does not match its hash"},
    FindingKind{"erasure", "Content is gone that no erasure names"},
    FindingKind{"erasure-undone", "Content is there that was erased"},
    FindingKind{"forked", "Two signed heads contradict each other"},
    FindingKind{"hash", "The stored hash of an entry is not its hash"},
    FindingKind{"head", "The signed head is missing or of other entries"},
    FindingKind{"index", "The search index contradicts the evidence"},
    FindingKind{"key", "The ledger is signed by another key than the one given"},
    FindingKind{"manifest", "A member of a bundle is not what its manifest says"},
    FindingKind{"missing", "An entry is not there"},
    FindingKind{"order", "A row stands where it does not belong"},
    FindingKind{"proof", "An entry does not lead to the root that was signed"},
    FindingKind{"rolled-back", "The ledger is behind a checkpoint that was kept"},
    FindingKind{"schema", "The file has another schema than a ledger"},
    FindingKind{"signature", "A signature is missing or does not verify"},
    FindingKind{"structure", "SQLite cannot make sense of the file"},
    FindingKind{"subtree", "A stored hash of the tree is wrong or missing"},
    FindingKind{"system", "An entry about the ledger itself is not as it must be"},
    FindingKind{"word", "The dictionary of values is not as it must be"},
};

}  // namespace

std::span<const FindingKind> finding_kinds() noexcept { return kKinds; }

bool is_finding_kind(std::string_view word) noexcept {
  return std::ranges::any_of(kKinds, [&](const FindingKind& kind) { return kind.word == word; });
}

}  // namespace audit
