// verify/prefix.hpp - the entries that an incremental verify does not read again: their tree as it is
// stored, and the keys that they name.
//
// The stored hashes are not believed: together with those of the entries behind, which are computed,
// they must give the root that was signed.
#pragma once

#include "proof/merkle.hpp"
#include "verify/system.hpp"

namespace audit::verify {

struct Prefix {
  proof::CompactRange tree;
  KeyHistory keys;
};

}  // namespace audit::verify
