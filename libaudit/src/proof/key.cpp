#include <audit/key.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <sys/stat.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/sha256.hpp"
#include "proof/note.hpp"

namespace audit {
namespace {

constexpr std::uint8_t kEd25519Type = 1;
constexpr std::uint8_t kCosignatureType = 4;
constexpr std::size_t kMaxPrivateFileBytes = 64 * 1024;
constexpr std::size_t kMaxPublicFileBytes = 1024 * 1024;

tl::unexpected<ParseError> refuse(std::size_t offset, std::size_t length, std::string message) {
  return tl::make_unexpected(ParseError{offset, length, std::move(message),
                                        "a verifier key reads <name>+<key id>+<base64>"});
}

// The type byte and the key, as they are hashed and written.
std::string typed_key(const VerifyKey& key) {
  std::string bytes(1, static_cast<char>(key.type));
  bytes.append(key.key.begin(), key.key.end());
  return bytes;
}

void check_name(std::string_view name) {
  if (proof::is_key_name(name)) return;
  throw Error(ErrorCode::invalid_argument, "not a key name: '" + std::string(name) + "'",
              "a key name is not empty and has no white space and no '+'");
}

// Wiped at the end. Made in its place: moving a short text leaves its bytes behind.
struct Secret {
  explicit Secret(const std::function<std::string()>& make) : text(make()) {}

  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  ~Secret() { crypto::wipe(text); }

  std::string text;
};

std::string ask(const AskPassphrase& passphrase, const std::filesystem::path& file) {
  std::string secret = passphrase ? passphrase(file) : std::string();
  if (!secret.empty() && secret.size() <= crypto::kMaxPassphraseBytes) return secret;
  const bool is_missing = secret.empty();
  crypto::wipe(secret);
  if (is_missing) {
    throw Error(ErrorCode::configuration,
                "there is no passphrase for the key '" + file.string() + "'",
                "--passphrase-file FILE: its first line");
  }
  throw Error(ErrorCode::configuration, "the passphrase of '" + file.string() + "' is too long",
              "at most 1024 bytes");
}

std::string_view trim(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

}  // namespace

// --- VerifyKey ---

std::array<std::uint8_t, 4> VerifyKey::id() const {
  const Digest digest = crypto::sha256(name + '\n' + typed_key(*this));
  std::array<std::uint8_t, 4> id{};
  std::copy_n(digest.bytes.begin(), id.size(), id.begin());
  return id;
}

std::string VerifyKey::text() const {
  const auto id_bytes = id();
  return name + '+' + base::to_hex(std::string(id_bytes.begin(), id_bytes.end())) + '+' +
         base::to_base64(typed_key(*this));
}

Parsed<VerifyKey> parse_verify_key(std::string_view text) {
  const std::size_t name_end = text.find('+');
  const std::size_t id_end =
      name_end == std::string_view::npos ? name_end : text.find('+', name_end + 1);
  if (id_end == std::string_view::npos) return refuse(0, text.size(), "not a verifier key");
  VerifyKey key;
  key.name = text.substr(0, name_end);
  if (!proof::is_key_name(key.name)) return refuse(0, name_end, "not a key name");

  const std::size_t key_offset = id_end + 1;
  const std::size_t key_length = text.size() - key_offset;
  const std::optional<std::string> bytes = base::from_base64(text.substr(key_offset));
  if (!bytes || bytes->empty()) {
    return refuse(key_offset, key_length, "the key is not canonical base64");
  }
  key.type = static_cast<std::uint8_t>(bytes->front());
  if (key.type != kEd25519Type && key.type != kCosignatureType) {
    return refuse(key_offset, key_length,
                  "a key of type " + std::to_string(key.type) + ", only 1 and 4 are known");
  }
  if (bytes->size() != 1 + key.key.size()) {
    return refuse(key_offset, key_length,
                  "a key of " + std::to_string(bytes->size() - 1) + " bytes instead of 32");
  }
  std::copy(bytes->begin() + 1, bytes->end(), key.key.begin());
  if (crypto::is_weak_key(key.key)) {
    return refuse(key_offset, key_length, "a weak key that anybody could sign for");
  }
  if (key.text() != text) {
    return refuse(name_end + 1, id_end - name_end - 1,
                  "the key id does not fit the name and the key");
  }
  return key;
}

std::vector<VerifyKey> read_verify_keys(const std::filesystem::path& file) {
  const std::string content = base::read_file(file, kMaxPublicFileBytes);
  std::vector<VerifyKey> keys;
  std::size_t number = 0;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t end = std::min(content.find('\n', at), content.size());
    const std::string_view line = trim(std::string_view(content).substr(at, end - at));
    at = end + 1;
    ++number;
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("-----BEGIN") && line.find("PRIVATE KEY") != std::string_view::npos) {
      throw Error(ErrorCode::configuration,
                  "'" + file.string() + "' is a private key, and verifier keys are wanted",
                  "the public one is in the file that init wrote beside it, LEDGER.pub; keep this "
                  "one where it is");
    }
    Parsed<VerifyKey> key = parse_verify_key(line);
    if (!key) {
      throw Error(ErrorCode::configuration,
                  "line " + std::to_string(number) + " of '" + file.string() +
                      "' is no verifier key: " + key.error().message,
                  key.error().hint);
    }
    keys.push_back(std::move(*key));
  }
  return keys;
}

bool check_signature(const VerifyKey& key, std::string_view message, std::string_view signature) {
  return crypto::ed25519_verify(key.key, message, signature);
}

// --- SigningKey ---

struct SigningKey::Impl {
  Impl(std::string name, crypto::Ed25519Key private_key)
      : verify_key{std::move(name), kEd25519Type, private_key.public_key()},
        key(std::move(private_key)) {}

  VerifyKey verify_key;
  crypto::Ed25519Key key;
};

SigningKey::SigningKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate(std::string name) {
  check_name(name);
  return SigningKey(std::make_unique<Impl>(std::move(name), crypto::Ed25519Key::generate()));
}

SigningKey SigningKey::from_seed(std::string name, std::string_view seed) {
  check_name(name);
  if (seed.size() != crypto::kEd25519SeedBytes) {
    throw Error(ErrorCode::invalid_argument,
                "a seed of " + std::to_string(seed.size()) + " bytes instead of 32");
  }
  return SigningKey(std::make_unique<Impl>(std::move(name), crypto::Ed25519Key::from_seed(seed)));
}

SigningKey SigningKey::read(const std::filesystem::path& file, std::string name,
                            const AskPassphrase& passphrase) {
  check_name(name);
  const Secret pem([&] { return base::read_file(file, kMaxPrivateFileBytes); });
  const bool is_encrypted = crypto::is_encrypted_pem(pem.text);
  const Secret secret([&] { return is_encrypted ? ask(passphrase, file) : std::string(); });
  std::optional<crypto::Ed25519Key> key = crypto::Ed25519Key::from_pem(pem.text, secret.text);
  if (key) return SigningKey(std::make_unique<Impl>(std::move(name), std::move(*key)));
  if (is_encrypted) {
    throw Error(ErrorCode::configuration,
                "the passphrase does not open '" + file.string() + "', or it holds no Ed25519 key",
                "'openssl pkey -in FILE -noout' tries it, too");
  }
  throw Error(ErrorCode::configuration, "'" + file.string() + "' is no Ed25519 private key",
              "it should be a PKCS#8 PEM file that begins -----BEGIN PRIVATE KEY-----");
}

void SigningKey::write(const std::filesystem::path& file, const AskPassphrase& passphrase) const {
  const Secret secret([&] { return passphrase ? ask(passphrase, file) : std::string(); });
  const Secret pem(
      [&] { return passphrase ? impl_->key.to_pem(secret.text) : impl_->key.to_pem(); });
  base::create_file_exclusive(file, pem.text, S_IRUSR | S_IWUSR);
}

const VerifyKey& SigningKey::verify_key() const noexcept { return impl_->verify_key; }

std::string SigningKey::sign(std::string_view message) const { return impl_->key.sign(message); }

bool key_file_is_encrypted(const std::filesystem::path& file) {
  const Secret pem([&] { return base::read_file(file, kMaxPrivateFileBytes); });
  return crypto::is_encrypted_pem(pem.text);
}

bool key_file_is_private(const std::filesystem::path& file) {
  struct stat status {};

  if (::stat(file.c_str(), &status) != 0) base::throw_errno("look at", file, errno);
  return (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

}  // namespace audit
