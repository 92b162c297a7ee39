#include <audit/ledger.hpp>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/group.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/random.hpp"
#include "ledger/continuation.hpp"
#include "ledger/evidence.hpp"
#include "ledger/row.hpp"
#include "ledger/schema.hpp"
#include "ledger/writer.hpp"

namespace audit {

namespace {

constexpr std::size_t kLedgerIdBytes = 16;
constexpr std::size_t kMaxOriginBytes = 255;

std::string random_id() {
  std::string bytes(kLedgerIdBytes, '\0');
  crypto::random_bytes(bytes.data(), bytes.size());
  return base::to_hex(bytes);
}

void check_origin(std::string_view origin) {
  const bool control = std::any_of(origin.begin(), origin.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (origin.size() > kMaxOriginBytes || origin.find('+') != std::string_view::npos || control ||
      !base::is_utf8(origin) || base::has_white_space(origin)) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("'{}' cannot be the origin of a ledger", base::escape_controls(origin)),
                "use a name like example.com/agents: no spaces, no '+', at most 255 bytes");
  }
}

void refuse_existing(const std::filesystem::path& file, std::string_view what) {
  std::error_code ignored;
  if (std::filesystem::symlink_status(file, ignored).type() ==
      std::filesystem::file_type::not_found) {
    return;
  }
  throw Error(ErrorCode::already_exists, fmt::format("{} {} exists already", what, file.string()),
              "choose another name; a ledger is never overwritten");
}

// What a later verify would call tampered must not be written.
void check_predecessor(const Predecessor& predecessor) {
  if (ledger::is_signed(predecessor)) return;
  throw Error(ErrorCode::invalid_argument,
              fmt::format("the head of {} that is to be continued is not signed by its key",
                          base::escape_controls(predecessor.origin)));
}

std::string created_payload(const Created& created, const CreateOptions& options) {
  std::string json = fmt::format(
      "{{\"format\":{},\"ledger\":\"{}\",\"origin\":", ledger::kFormatVersion, created.ledger_id);
  base::append_json_string(json, created.origin);
  json += ",\"key\":";
  base::append_json_string(json, created.verify_key);
  if (options.continues) {
    json += ",\"continues\":";
    ledger::append_continues(json, *options.continues);
  }
  return json + "}";
}

// The first entry: what this ledger is and who signs it.
ledger::Draft first_entry(const std::string& payload, std::int64_t now) {
  ledger::Draft draft;
  draft.envelope.set_text(Field::type, "sys.created");
  draft.envelope.set_number(Field::time, now);
  draft.payload = payload;
  draft.received = now;
  ledger::Sealer().seal(draft);
  return draft;
}

void write_ledger(const std::filesystem::path& file, const std::string& payload,
                  const SigningKey& key, std::int64_t now, std::optional<gid_t> group) {
  base::create_file_exclusive(file, {}, 0600);  // SQLite gives its other files the same mode
  if (group) base::let_group_read(file, *group);
  ledger::Database database(file, ledger::Database::Access::create);
  database.execute(fmt::format(
      "PRAGMA page_size={}; PRAGMA encoding='UTF-8'; PRAGMA journal_mode=WAL", ledger::kPageBytes));
  ledger::set_writing_pragmas(database, std::chrono::milliseconds(0));
  ledger::Transaction transaction(database, ledger::Transaction::Kind::write);
  ledger::create_schema(database);
  ledger::WordWriter words(database);
  ledger::RowWriter rows(database);
  const ledger::Draft draft = first_entry(payload, now);
  const Digest hash =
      event::Committer().entry(0, now, Digest(), draft.envelope_hash, draft.payload_hash);
  rows.write(
      {0, hash, now, &draft.salt_e, &draft.salt_p, &draft.envelope, ledger::Stored::raw, payload},
      words);
  const std::string note = sign_checkpoint({key.verify_key().name, 1, hash}, key);
  ledger::Statement head = database.prepare("INSERT INTO head(one, note) VALUES(1, ?1)");
  head.bind_text(1, note);
  head.run();
  transaction.commit();
  database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

// Removes what was made when a later step fails.
class Undo {
 public:
  void remember(const std::filesystem::path& file) { files_.push_back(file); }

  void keep() { files_.clear(); }

  // The newest first: at no time is there a ledger without its keys.
  ~Undo() {
    for (auto file = files_.rbegin(); file != files_.rend(); ++file) {
      std::error_code ignored;
      std::filesystem::remove(*file, ignored);
    }
  }

 private:
  std::vector<std::filesystem::path> files_;
};

SigningKey make_or_read_key(Created& created, const CreateOptions& options, Undo& undo) {
  std::error_code ignored;
  if (std::filesystem::exists(created.key_file, ignored)) {
    return SigningKey::read(created.key_file, created.origin, options.passphrase);
  }
  SigningKey key = SigningKey::generate(created.origin);
  key.write(created.key_file, options.new_passphrase);
  undo.remember(created.key_file);
  created.key_was_made = true;
  return key;
}

}  // namespace

Created create_ledger(const std::filesystem::path& file, const CreateOptions& options) {
  Created created;
  created.ledger_id = random_id();
  created.origin = options.origin.empty() ? "audit.local/" + created.ledger_id : options.origin;
  created.ledger_file = file;
  created.key_file = options.key_file.empty() ? default_key_file(file) : options.key_file;
  created.verify_key_file = verify_key_file(file);
  check_origin(created.origin);
  if (options.continues) check_predecessor(*options.continues);
  std::optional<gid_t> group;
  if (!options.group.empty()) group = base::find_group(options.group);
  refuse_existing(file, "the ledger");
  refuse_existing(created.verify_key_file, "the verifier key");
  if (options.key_file.empty()) refuse_existing(created.key_file, "the key");

  const std::int64_t now = options.now ? nanoseconds(*options.now)
                                       : std::chrono::duration_cast<std::chrono::nanoseconds>(
                                             std::chrono::system_clock::now().time_since_epoch())
                                             .count();
  Undo undo;
  const SigningKey key = make_or_read_key(created, options, undo);
  created.verify_key = key.verify_key().text();

  // Made under another name, so that a crash leaves no half ledger under its own.
  const std::filesystem::path making = file.string() + ".new-" + created.ledger_id.substr(0, 8);
  undo.remember(making);
  undo.remember(making.string() + "-wal");
  undo.remember(making.string() + "-shm");
  write_ledger(making, created_payload(created, options), key, now, group);
  base::create_file_exclusive(created.verify_key_file, created.verify_key + "\n", 0644);
  undo.remember(created.verify_key_file);
  if (::link(making.c_str(), file.c_str()) != 0) base::throw_errno("create", file, errno);
  undo.remember(file);
  ::unlink(making.c_str());
  base::sync_folder(file.parent_path());
  undo.keep();
  return created;
}

}  // namespace audit
