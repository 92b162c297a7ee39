// proof/bundle_manifest.hpp - what an evidence bundle consists of: the names of its members, and the
// last of them, which says what the others are. Nothing vouches for it: it is what the maker says.
//
// Format   audit-bundle(5), "THE MEMBERS", "THE MANIFEST"
// Threads  plain values
#pragma once

#include <audit/digest.hpp>
#include <audit/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audit::proof {

inline constexpr std::string_view kBundleReadme = "README.txt";
inline constexpr std::string_view kBundleCheckpoint = "checkpoint";
inline constexpr std::string_view kBundleKeys = "keys.txt";
inline constexpr std::string_view kBundleHistory = "history.jsonl";
inline constexpr std::string_view kBundleEntries = "entries.jsonl";
inline constexpr std::string_view kBundleNodes = "nodes.txt";
inline constexpr std::string_view kBundleManifest = "manifest.json";

// Changes of keys in one bundle.
inline constexpr std::size_t kMaxRotations = 1000;
inline constexpr std::size_t kMaxManifestBytes = std::size_t{1} << 20;
// Of the texts in it that somebody chose.
inline constexpr std::size_t kMaxManifestQuery = 64 * 1024;

// "rotation-1.tlog-proof": of the first change of keys.
[[nodiscard]] std::string rotation_name(std::size_t number);

// The names in the only order there is, without that of the manifest.
[[nodiscard]] std::vector<std::string> bundle_names(std::size_t rotations);

struct BundleMember {
  std::string name;
  std::uint64_t bytes = 0;
  Digest sha256;

  friend bool operator==(const BundleMember&, const BundleMember&) = default;
};

struct BundleManifest {
  std::string origin;
  std::string ledger_id;  // 32 hexadecimal digits
  // What the entries are answers to, empty for everything. Nothing where something is hidden: the
  // question would tell of it.
  std::optional<std::string> query;
  std::uint64_t seconds = 0;  // since 1970: the time of all members
  std::uint64_t entries = 0;
  std::optional<std::uint64_t> first;  // numbers of the first and the last entry
  std::optional<std::uint64_t> last;
  std::vector<std::string> hidden;  // what was asked to be hidden
  std::uint64_t withheld = 0;       // entries with something hidden
  std::uint64_t erased = 0;         // entries with something erased
  std::uint64_t size = 0;           // what the checkpoint states
  Digest root;
  std::vector<BundleMember> members;  // all but the manifest
};

// One line with its line end.
[[nodiscard]] std::string manifest_text(const BundleManifest& manifest);

// Nothing but what manifest_text would have written.
[[nodiscard]] Parsed<BundleManifest> parse_manifest(std::string_view text);

}  // namespace audit::proof
