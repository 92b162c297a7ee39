#include "ledger/signer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/ownership.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/sha256.hpp"
#include "proof/note.hpp"

namespace audit::ledger {

namespace {

constexpr std::size_t kMaxKeyFileBytes = 64 * 1024;
constexpr std::size_t kMaxPublicFileBytes = 1024 * 1024;

// The last line of a head is by the key in force: where a key ended, its successor signs below it.
bool signs_last(const SigningKey& key, std::string_view head_note) {
  const Parsed<proof::Note> note = proof::parse_note(head_note);
  if (!note) return false;
  const proof::NoteSignature& last = note->signatures.back();
  return last.name == key.verify_key().name && last.id == key.verify_key().id();
}

bool has_line(std::string_view text, std::string_view wanted) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (text.substr(0, end) == wanted) return true;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return false;
}

// Every line is a key or a remark: the file is what it is called.
bool holds_keys(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!line.empty() && line.front() != '#' && !parse_verify_key(line)) return false;
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return true;
}

// A file that is not there was taken away by somebody, who keeps it elsewhere: it is not made anew. One
// that is somebody else's is not written to: whoever owns the folder could have it lead anywhere.
void add_verify_key(const std::filesystem::path& ledger, const VerifyKey& key) {
  const std::filesystem::path file = verify_key_file(ledger);
  std::error_code ignored;
  if (std::filesystem::symlink_status(file, ignored).type() ==
      std::filesystem::file_type::not_found) {
    return;
  }
  std::string text = base::read_file_of_owner(ledger, file, kMaxPublicFileBytes);
  if (has_line(text, key.text())) return;
  if (!holds_keys(text)) {
    throw Error(ErrorCode::configuration,
                fmt::format("'{}' holds something else than verifier keys", file.string()));
  }
  if (!text.empty() && text.back() != '\n') text += '\n';
  base::replace_file(file, text + key.text() + "\n");
}

// By which a file is known again without the passphrase.
Digest digest_of(const std::filesystem::path& file) {
  std::string bytes = base::read_file(file, kMaxKeyFileBytes);
  const Digest digest = crypto::sha256(bytes);
  crypto::wipe(bytes);
  return digest;
}

}  // namespace

std::filesystem::path next_key_file(const std::filesystem::path& key_file) {
  return key_file.string() + ".new";
}

Signer::Signer(const std::filesystem::path& ledger, const OpenOptions& options, std::string origin)
    : ledger_(ledger),
      key_file_(
          base::real_file(options.key_file.empty() ? default_key_file(ledger) : options.key_file)),
      origin_(std::move(origin)),
      passphrase_(options.passphrase) {
  try {
    key_ = read(key_file_);
  } catch (const Error&) {
    // What a rotation left beside it may have the passphrase that is at hand: follow() tells.
    std::error_code ignored;
    if (!std::filesystem::exists(next_key_file(key_file_), ignored)) throw;
    return;
  }
  if (key_) return;
  throw Error(ErrorCode::configuration,
              fmt::format("the signing key {} is not there", key_file_.string()),
              "name it with --key FILE; without it nothing can be appended");
}

std::optional<SigningKey> Signer::read(const std::filesystem::path& file) const {
  try {
    return SigningKey::read(file, origin_, passphrase_);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    return std::nullopt;
  }
}

// What is half written, or cannot be read, is not the key that is looked for.
std::optional<SigningKey> Signer::read_next() const {
  try {
    return read(next_key_file(key_file_));
  } catch (const Error&) {
    return std::nullopt;
  }
}

void Signer::follow(std::string_view head_note) {
  find_key(head_note);
  if (has_tried_public_half_) return;
  has_tried_public_half_ = true;
  try {
    add_verify_key(ledger_, key_->verify_key());
  } catch (const Error&) {
    // The rotation said so; the next writer tries again.
  }
}

void Signer::find_key(std::string_view head_note) {
  if (key_ && signs_last(*key_, head_note)) return;
  std::exception_ptr unopened;
  try {
    if (auto now = read(key_file_); now && signs_last(*now, head_note)) {
      take(std::move(*now));
      return;
    }
  } catch (const Error&) {
    unopened = std::current_exception();
  }
  auto next = read_next();
  if (!next || !signs_last(*next, head_note)) {
    if (unopened) std::rethrow_exception(unopened);
    throw_not_in_force();
  }
  take(std::move(*next));
  try {
    rename_next();
  } catch (const Error&) {
    // Whoever may, does it later; until then the key is read from where it is.
  }
}

void Signer::throw_not_in_force() const {
  const std::filesystem::path next = next_key_file(key_file_);
  std::error_code ignored;
  throw Error(
      ErrorCode::configuration,
      fmt::format("{} is not the key that signs {}", key_file_.string(), ledger_.string()),
      std::filesystem::exists(next, ignored)
          ? fmt::format("a rotation left {}: if that is the key, give its passphrase",
                        next.string())
          : "name the ledger's own key with --key FILE, or run 'audit verify' on the ledger");
}

void Signer::keep_next(const SigningKey& next, const AskPassphrase& passphrase) {
  const std::filesystem::path file = next_key_file(key_file_);
  try {
    next.write(file, passphrase);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::already_exists) throw;
    throw Error(ErrorCode::already_exists, fmt::format("{} is there already", file.string()),
                "a rotation that did not come to its end left it, or it belongs to a newer copy of "
                "this ledger: once it is of no use, remove it and rotate again");
  }
  base::give_to_owner_of(key_file_, file);
  kept_ = digest_of(file);
}

// Another writer may have done it already, and another rotation may have begun since.
std::optional<Error> Signer::put_in_place() {
  std::optional<Error> public_half;
  try {
    add_verify_key(ledger_, key_->verify_key());
  } catch (const Error& error) {
    public_half = error;
  }
  has_tried_public_half_ = true;
  const std::filesystem::path file = next_key_file(key_file_);
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored) && digest_of(file) == kept_) rename_next();
  return public_half;
}

void Signer::rename_next() const {
  const std::filesystem::path file = next_key_file(key_file_);
  if (::rename(file.c_str(), key_file_.c_str()) != 0) {
    base::throw_errno("replace", key_file_, errno);
  }
  base::sync_folder(key_file_.parent_path());
}

}  // namespace audit::ledger
