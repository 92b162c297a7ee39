// audit/witness.hpp - a second pair of eyes: cosigns the heads that it verified, and keeps the last one
// of each ledger, so that it never cosigns one that went back or contradicts what it saw.
//
// Format    c2sp.org/tlog-cosignature, type 4: audit-ledger(5), "Cosignatures"
// Threads   one
#pragma once

#include <audit/key.hpp>
#include <audit/verify.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace audit {

// Makes the key of a witness: KEYFILE (mode 0600) and KEYFILE.pub with its verifier key.
//   name        what it cosigns as; not empty, no white space, no '+'
//   passphrase  asked if it is not empty: the key is encrypted with it
//   throws      already_exists, invalid_argument, permission, io; configuration: no passphrase
VerifyKey create_witness_key(const std::filesystem::path& key_file, std::string_view name,
                             const AskPassphrase& passphrase = {});

class Witness {
 public:
  // Takes the key, and the folder KEYFILE.heads (made where it is not there) for this object alone.
  //   throws    not_found, permission, io; configuration where KEYFILE.pub is not that of the key;
  //             busy where another process cosigns with it
  explicit Witness(const std::filesystem::path& key_file, const AskPassphrase& passphrase = {});
  Witness(Witness&&) noexcept;
  Witness& operator=(Witness&&) noexcept;
  ~Witness();

  [[nodiscard]] const VerifyKey& key() const noexcept;

  // The last head of this origin that it cosigned: one of VerifyOptions::known for the next. Nothing
  // the first time.
  [[nodiscard]] std::optional<std::filesystem::path> last_head(std::string_view origin) const;

  // Cosigns the head that was verified, keeps it, and saves it as save_checkpoint does.
  //   report        intact, of all entries, and held against last_head() if there is one
  //   unix_seconds  now
  //   throws        configuration where it is less, or would go backwards; permission, io
  void cosign(const VerifyReport& report, const std::filesystem::path& file,
              std::uint64_t unix_seconds) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit
