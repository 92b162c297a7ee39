// commands/given_keys.hpp - what --key names: who must have signed.
#pragma once

#include <audit/key.hpp>

#include <string>
#include <vector>

namespace audit::cli {

// The keys that all of these name: each is a verifier key as text, or a file of them.
//   throws    invalid_argument, configuration, not_found, permission, io
[[nodiscard]] std::vector<VerifyKey> read_given_keys(const std::vector<std::string>& given);

}  // namespace audit::cli
