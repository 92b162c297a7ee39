#include <audit/checkpoint.hpp>
#include <audit/error.hpp>
#include <audit/witness.hpp>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/path.hpp"
#include "crypto/sha256.hpp"
#include "proof/note.hpp"
#include "verify/keep.hpp"

namespace audit {

namespace {

namespace fs = std::filesystem;

constexpr mode_t kPublicMode = 0644;
constexpr std::size_t kNameBytes = 8;

fs::path with_suffix(const fs::path& file, std::string_view suffix) {
  fs::path path = file;
  return path += suffix;
}

VerifyKey read_public(const fs::path& key_file) {
  const fs::path file = with_suffix(key_file, ".pub");
  if (base::exists(key_file) && !base::exists(file)) {
    throw Error(
        ErrorCode::configuration,
        fmt::format("{} is not there, which has the name of the witness", file.string()),
        "put a copy of it back, a line of type 4 as it was made with the key; without one the "
        "key is of no use: make another with --witness NAME");
  }
  const std::vector<VerifyKey> keys = read_verify_keys(file);
  if (keys.size() != 1 || keys.front().type != 4) {
    throw Error(ErrorCode::configuration,
                fmt::format("{} is not the verifier key of a witness", file.string()),
                "a line of type 4, as it was made with the key");
  }
  return keys.front();
}

void lock(int fd, const fs::path& key_file) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) base::throw_errno("lock", with_suffix(key_file, ".heads"), errno);
  throw Error(ErrorCode::busy, fmt::format("another process cosigns with {}", key_file.string()),
              "wait for it to end");
}

}  // namespace

VerifyKey create_witness_key(const fs::path& key_file, std::string_view name,
                             const AskPassphrase& passphrase) {
  const SigningKey key = SigningKey::generate(std::string(name));
  const VerifyKey cosigner = proof::cosigner_key(key);
  if (base::exists(with_suffix(key_file, ".pub"))) {
    throw Error(ErrorCode::already_exists, fmt::format("{}.pub exists", key_file.string()),
                "it names another key: give this one another name");
  }
  key.write(key_file, passphrase);
  try {
    base::create_file_exclusive(with_suffix(key_file, ".pub"), cosigner.text() + "\n", kPublicMode);
  } catch (...) {
    std::error_code ignored;
    fs::remove(key_file, ignored);  // of no use without it, and in the way of another
    throw;
  }
  return cosigner;
}

struct Witness::Impl {
  VerifyKey key;
  SigningKey signer;
  fs::path folder;
  base::UniqueFd lock;
};

Witness::Witness(const fs::path& key_file, const AskPassphrase& passphrase) {
  VerifyKey key = read_public(key_file);
  SigningKey signer = SigningKey::read(key_file, key.name, passphrase);
  if (proof::cosigner_key(signer) != key) {
    throw Error(ErrorCode::configuration, fmt::format("{} and {}.pub do not belong together",
                                                      key_file.string(), key_file.string()));
  }
  const fs::path folder = with_suffix(key_file, ".heads");
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (failed) base::throw_errno("make the folder", folder, failed.value());
  base::UniqueFd held = base::open_file(folder, O_RDONLY | O_DIRECTORY);
  lock(held.value(), key_file);
  impl_ = std::make_unique<Impl>(Impl{std::move(key), std::move(signer), folder, std::move(held)});
}

Witness::Witness(Witness&&) noexcept = default;
Witness& Witness::operator=(Witness&&) noexcept = default;
Witness::~Witness() = default;

const VerifyKey& Witness::key() const noexcept { return impl_->key; }

std::optional<fs::path> Witness::last_head(std::string_view origin) const {
  const fs::path file = verify::head_file(impl_->folder, origin);
  if (!base::exists(file)) return std::nullopt;
  return file;
}

void Witness::cosign(const VerifyReport& report, const fs::path& file,
                     std::uint64_t unix_seconds) const {
  const auto refuse = [](std::string why) {
    throw Error(ErrorCode::configuration, fmt::format("nothing was cosigned: {}", why),
                "only what was verified as a whole is cosigned");
  };
  const auto reached = [&](Level level) {
    return std::find(report.level.begin(), report.level.end(), level) != report.level.end();
  };
  if (report.verdict != Verdict::intact) {
    refuse(fmt::format("the ledger is {}", to_string(report.verdict)));
  }
  if (!reached(Level::complete) || report.checked_from != 0) refuse("not all of it was checked");
  const auto last = last_head(report.origin);
  const bool was_compared =
      !last || std::find(report.known.begin(), report.known.end(), *last) != report.known.end();
  if (!was_compared || (last && !reached(Level::anchored))) {
    refuse("it was not held against the head that was cosigned last");
  }
  const Parsed<proof::Note> note = proof::parse_note(report.note);
  if (!note) refuse("it has no head");
  const std::string line = proof::cosignature_line(note->text, impl_->signer, unix_seconds);
  // First what it must never go back behind; whatever happens then, nothing is lost but the line.
  verify::keep_note(report.note + line, verify::head_file(impl_->folder, report.origin));
  verify::keep_note(report.note + line, file);
}

namespace verify {

fs::path head_file(const fs::path& folder, std::string_view origin) {
  const Digest digest = crypto::sha256(origin);
  return folder / (base::to_hex(base::bytes_of(digest).substr(0, kNameBytes)) + ".checkpoint");
}

}  // namespace verify

}  // namespace audit
