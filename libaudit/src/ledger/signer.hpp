// ledger/signer.hpp - the key that signs the heads of a ledger, which another process may change.
//
// Owns      the private key in force, as far as it is known
// Threads   one
// Errors    throws Error: configuration when no key at hand is the one in force
// Format    audit-ledger(5), "Key history"; design: libaudit/decisions/0019-keys-and-time-stamps.md
#pragma once

#include <audit/digest.hpp>
#include <audit/error.hpp>
#include <audit/key.hpp>
#include <audit/ledger.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace audit::ledger {

// Where a rotation keeps the next key until it is in force.
[[nodiscard]] std::filesystem::path next_key_file(const std::filesystem::path& key_file);

class Signer {
 public:
  // Reads the key file.
  //   throws    configuration too when there is none, or when it does not open and nothing is beside it
  Signer(const std::filesystem::path& ledger, const OpenOptions& options, std::string origin);

  // Takes the key that must sign what comes behind this head. If the file holds another, but a
  // rotation left the right one beside it, the rotation is finished. Once for each key, LEDGER.pub gets
  // its line if a rotation could not add it.
  //   requires  the write lock, so that nobody else finishes it at the same time
  //   throws    configuration when neither is the key in force: nothing may be written
  void follow(std::string_view head_note);

  //   requires  follow()
  [[nodiscard]] const SigningKey& key() const noexcept { return *key_; }

  [[nodiscard]] const std::filesystem::path& key_file() const noexcept { return key_file_; }

  // Writes the key that is to follow beside the one in force, durable on return.
  //   passphrase  of the new key; empty: it is not encrypted
  //   throws      already_exists when something is kept there; permission, io
  void keep_next(const SigningKey& next, const AskPassphrase& passphrase);

  // The next key is in force: a head was signed with it, and committed.
  void take(SigningKey next) noexcept {
    key_ = std::move(next);
    has_tried_public_half_ = false;
  }

  // Gives the file that keep_next() wrote the name of the key file, which unlinks the old key, and adds
  // the line of the key in force to LEDGER.pub, if that is there.
  //   requires  the write lock
  //   returns   why that line could not be added; nothing if all is done
  //   throws    permission, io: the key file is the old one
  [[nodiscard]] std::optional<Error> put_in_place();

 private:
  [[nodiscard]] std::optional<SigningKey> read(const std::filesystem::path& file) const;
  [[nodiscard]] std::optional<SigningKey> read_next() const;
  [[noreturn]] void throw_not_in_force() const;
  void find_key(std::string_view head_note);
  void rename_next() const;

  std::filesystem::path ledger_;
  std::filesystem::path key_file_;  // behind every link: what stands beside it is found
  std::string origin_;
  AskPassphrase passphrase_;
  std::optional<SigningKey> key_;
  Digest kept_;                         // of the bytes that keep_next() wrote
  bool has_tried_public_half_ = false;  // to see to its line in LEDGER.pub
};

}  // namespace audit::ledger
