// audit/policy.hpp - whose signatures are enough: the logs that are meant, the witnesses that are
// trusted, and how many of them must have seen a head.
//
// Format    c2sp.org/tlog-policy: audit-ledger(5), "Policies"
// Threads   immutable; may be shared
#pragma once

#include <audit/error.hpp>
#include <audit/key.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

class Policy {
 public:
  // The keys of the logs; of each the name is the origin.
  [[nodiscard]] const std::vector<VerifyKey>& logs() const noexcept { return logs_; }

  // The keys of the witnesses, of type 4.
  [[nodiscard]] const std::vector<VerifyKey>& witnesses() const noexcept { return witnesses_; }

  // False for "quorum none": then no witness is asked for.
  [[nodiscard]] bool has_quorum() const noexcept { return quorum_.has_value(); }

  // True if those witnesses that cosigned are enough.
  //   cosigned   keys of witnesses(); others are passed over
  [[nodiscard]] bool is_met_by(std::span<const VerifyKey> cosigned) const;

  // What the quorum asks for, as the policy calls it: "w1", "2 of a, b, c".
  [[nodiscard]] std::string quorum_text() const;

 private:
  friend class PolicyReader;

  // A witness or a group, by its place among all names, in the order of the text.
  struct Name {
    std::string name;
    std::size_t witness = 0;           // where there are no members: which of witnesses_
    std::vector<std::size_t> members;  // names before this one
    std::size_t needed = 0;            // of the members
  };

  [[nodiscard]] bool is_met(const Name& name, const std::vector<bool>& cosigned) const;

  std::vector<VerifyKey> logs_;
  std::vector<VerifyKey> witnesses_;
  std::vector<Name> names_;
  std::optional<std::size_t> quorum_;
};

// Reads a policy strictly: at most 1 MB, 1,000 names, lines "log <vkey> [url]", "witness <name> <vkey>
// [url]", "group <name> all|any|<k> <member>...", exactly one "quorum <name>|none", comments ('#').
[[nodiscard]] Parsed<Policy> parse_policy(std::string_view text);

// The same from a file.
//   throws    not_found, permission, io; configuration, with the line, for one that is no policy
[[nodiscard]] Policy read_policy(const std::filesystem::path& file);

}  // namespace audit
