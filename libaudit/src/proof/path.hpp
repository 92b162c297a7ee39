// proof/path.hpp - making the paths that audit/proof.hpp checks.
#pragma once

#include <audit/digest.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace audit::proof {

// Where the maker gets hashes from: the root of the perfect subtree over leaves
// [index << level, (index + 1) << level). Only subtrees inside the tree are asked for, each once;
// what it throws passes through.
using SubtreeRoot = std::function<Digest(unsigned level, std::uint64_t index)>;

// The root of the first `size` leaves; empty_root() for none.
[[nodiscard]] Digest make_root(std::uint64_t size, const SubtreeRoot& subtree);

// The path for check_inclusion, nearest sibling first: at most 63 hashes.
//   throws    invalid_argument unless index < size < 2^63
[[nodiscard]] std::vector<Digest> make_inclusion(std::uint64_t index, std::uint64_t size,
                                                 const SubtreeRoot& subtree);

// The path for check_consistency: at most 64 hashes, none when old_size is 0 or new_size.
//   throws    invalid_argument unless old_size <= new_size < 2^63
[[nodiscard]] std::vector<Digest> make_consistency(std::uint64_t old_size, std::uint64_t new_size,
                                                   const SubtreeRoot& subtree);

}  // namespace audit::proof
