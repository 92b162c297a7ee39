#include <audit/rotate.hpp>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/json.hpp"
#include "ledger/schema.hpp"
#include "ledger/writer.hpp"

namespace audit {

namespace {

// Who waits for the lock now finishes the rotation first, as every writer does that comes later.
std::optional<Error> put_in_place(ledger::Writer& writer, std::uint64_t seq) {
  try {
    writer.begin();
    std::optional<Error> public_half = writer.signer().put_in_place();
    writer.abandon();
    return public_half;
  } catch (const Error& error) {
    throw Error(error.code(),
                fmt::format("entry {} changed the key, but its file is not in place: {}", seq,
                            error.message()),
                fmt::format("whoever writes next goes on with {}, and tries again",
                            ledger::next_key_file(writer.signer().key_file()).string()));
  }
}

}  // namespace

Rotated rotate_key(const std::filesystem::path& file, const RotateOptions& options) {
  ledger::Writer writer(file, options.open);
  ledger::Signer& signer = writer.signer();
  writer.begin();
  Rotated rotated;
  rotated.key_file = signer.key_file();
  rotated.previous = signer.key().verify_key().text();
  SigningKey next = SigningKey::generate(writer.identity().origin);
  rotated.verify_key = next.verify_key().text();
  signer.keep_next(next, options.new_passphrase);
  rotated.seq = writer.hand_over(std::move(next));
  rotated.public_half = put_in_place(writer, rotated.seq);
  std::error_code ignored;
  if (!rotated.public_half && std::filesystem::exists(verify_key_file(file), ignored)) {
    rotated.verify_key_file = verify_key_file(file);
  }
  writer.close();
  return rotated;
}

std::optional<std::filesystem::path> left_key_file(const std::filesystem::path& ledger,
                                                   const std::filesystem::path& key_file) {
  std::filesystem::path file = ledger::next_key_file(
      base::real_file(key_file.empty() ? default_key_file(ledger) : key_file));
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return file;
}

namespace ledger {

std::uint64_t Writer::hand_over(SigningKey next) {
  const VerifyKey key = next.verify_key();
  std::string payload = "{\"key\":";
  base::append_json_string(payload, key.text());
  payload += ",\"previous\":";
  base::append_json_string(payload, signer_.key().verify_key().text());
  payload += '}';
  std::uint64_t seq = 0;
  next_key_ = &next;
  try {
    seq = append_own("sys.key", payload);
    if (size() % kCheckpointEvery != 0) save_checkpoint();
    commit();
  } catch (...) {
    next_key_ = nullptr;  // it ends with this call
    throw;
  }
  next_key_ = nullptr;
  signer_.take(std::move(next));
  return seq;
}

}  // namespace ledger

}  // namespace audit
