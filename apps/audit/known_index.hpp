// known_index.hpp - which parts of the index of a ledger were verified or made here: what this user's
// programs remember, so that a search can say whether it rests on a stranger's index.
//
// A text for each ledger in the folder index/ of what is remembered (state_file.hpp).
//
// What two programs remember at the same moment, one of them may forget: the next verify remembers it.
#pragma once

#include <audit/digest.hpp>
#include <audit/ledger.hpp>
#include <audit/time.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "context.hpp"

namespace audit::cli {

// Why a part of an index is believed.
enum class IndexBasis : std::uint8_t {
  verified,  // all of it was compared with the evidence
  made,      // it was made from the evidence
};

[[nodiscard]] std::string_view to_string(IndexBasis basis) noexcept;

struct KnownPart {
  IndexSegment segment;
  IndexBasis basis = IndexBasis::made;
  Timestamp when;
  // It is right of a ledger that has at least so many entries, the last of them with this hash.
  std::uint64_t size = 0;
  Digest last_hash;
};

class KnownIndex {
 public:
  // The hash of an entry of a ledger, if there is one.
  using HashOf = std::function<std::optional<Digest>(std::uint64_t seq)>;

  // What is remembered of a ledger.
  [[nodiscard]] static KnownIndex read(const Context& context, const std::string& ledger_id);

  // What is remembered of a part, if it is right of the ledger with these hashes; else null.
  //   hash_of   asked once for each state that parts were found right of; the same with every call
  [[nodiscard]] const KnownPart* find(const IndexSegment& segment, const HashOf& hash_of);

  // Adds parts, and forgets those they stand for.
  void add(const IndexState& state, IndexBasis basis, Timestamp when);

  // Adds what was merged of parts that are all known: as right as the least of them.
  //   hash_of   of the ledger that `state` is of
  void add_merged(const IndexState& state, const HashOf& hash_of);

  // The text of the file, and back: nothing for what is none.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<KnownIndex> parse(std::string_view text);

 private:
  [[nodiscard]] bool is_right(const KnownPart& part, const HashOf& hash_of);
  void add_in_place_of_covered(const std::vector<KnownPart>& fresh);

  std::vector<KnownPart> parts_;                               // newest first
  std::map<std::pair<std::uint64_t, Digest>, bool> is_state_;  // of the ledger, once asked
};

// Remembers parts that were verified or made just now, or merged of such as are known.
//   hash_of   of this ledger; asked only where some were merged
void remember(const Context& context, const IndexState& state, IndexBasis basis,
              const KnownIndex::HashOf& hash_of = {});

}  // namespace audit::cli
