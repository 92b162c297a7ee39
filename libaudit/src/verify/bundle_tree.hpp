// verify/bundle_tree.hpp - the entries that a bundle shows and the hashes between them, folded to the
// root; which entries are not what they say.
//
// Memory   some 50 bytes for each entry
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proof/merkle.hpp"
#include "verify/findings.hpp"

namespace audit::verify {

class BundleTree {
 public:
  // Before the first node: the root at this size is asked for.
  void mark(std::uint64_t size) { marks_.insert(size); }

  // The root at a size that was marked, of the hashes as they are said to be. Nothing where the
  // entries and nodes leave no seam.
  [[nodiscard]] std::optional<Digest> root_at(std::uint64_t size) const;

  // An entry that is shown: its hash as it is said to be, and as it was computed.
  void add(std::uint64_t seq, const Digest& stated, const Digest& computed);

  // The entries are all there. A number that was added twice must have had one hash.
  void finish_entries(Findings& findings);

  // Takes the next line of nodes.txt; false if it is not the hash that must come next in a tree of
  // `size` leaves.
  [[nodiscard]] bool add_node(std::string_view line, std::uint64_t size);

  // Instead of check(), where not all that is needed for it is there: names every entry that is bad.
  void name_bad(Findings& findings) const;

  // Compares with the root, and names every entry that is bad; false if there is a finding.
  [[nodiscard]] bool check(std::uint64_t size, const Digest& root, Findings& findings);

 private:
  struct Leaf {
    std::uint64_t seq;
    Digest hash;
  };

  void take_leaves(std::uint64_t size);
  void append(const Leaf& leaf);
  void keep_root();
  void blame(std::string_view kind, const std::string& why, Findings& findings) const;

  std::vector<Leaf> leaves_;  // as they say
  std::vector<Leaf> bad_;     // as computed, of those where that is another one
  std::size_t next_ = 0;      // leaf
  std::size_t next_bad_ = 0;
  proof::CompactRange stated_;
  proof::CompactRange computed_;
  std::set<std::uint64_t> marks_;
  std::map<std::uint64_t, Digest> roots_;
};

}  // namespace audit::verify
