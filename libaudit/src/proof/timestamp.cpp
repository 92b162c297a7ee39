#include "crypto/timestamp.hpp"

#include <audit/timestamp.hpp>

#include <chrono>

#include "base/file.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/sha256.hpp"
#include "proof/checkpoint.hpp"
#include "proof/note.hpp"

namespace audit {

namespace {

constexpr std::size_t kMaxAuthoritiesBytes = std::size_t{1} << 20;

}  // namespace

Parsed<std::string> stamped_note(std::string_view note) {
  const Parsed<proof::Note> parsed = proof::parse_note(note);
  if (!parsed) return tl::make_unexpected(parsed.error());
  const Parsed<Checkpoint> stated = proof::parse_checkpoint_text(parsed->text);
  if (!stated) return tl::make_unexpected(stated.error());
  std::string own(parsed->text);
  own += '\n';
  for (const proof::NoteSignature& line : parsed->signatures) {
    // A cosignature has a time in it.
    if (line.name != stated->origin || line.bytes.size() != crypto::kEd25519SignatureBytes)
      continue;
    own.append(line.line).append("\n");
  }
  return own;
}

std::string timestamp_request(std::string_view note) {
  const Parsed<std::string> own = stamped_note(note);
  if (!own) throw Error(ErrorCode::invalid_argument, "not a checkpoint: " + own.error().message);
  return crypto::stamp_query(crypto::sha256(*own));
}

TimestampAnswer read_timestamp(const std::filesystem::path& file,
                               const std::filesystem::path& authorities) {
  TimestampAnswer answer{file, std::nullopt, {}};
  const std::string bytes = base::read_file(file, kMaxTimestampBytes);
  const std::string trusted =
      authorities.empty() ? std::string() : base::read_file(authorities, kMaxAuthoritiesBytes);
  if (!authorities.empty() && trusted.empty()) {
    throw Error(ErrorCode::configuration, authorities.string() + " is empty",
                "it holds the certificate of the authority's root, in PEM");
  }
  auto stamp = crypto::check_stamp(bytes, trusted);
  if (!stamp) {
    answer.why_not = std::move(stamp.error());
    return answer;
  }
  answer.token = TimestampToken{stamp->imprint, Timestamp(std::chrono::seconds(stamp->seconds)),
                                std::move(stamp->authority), !authorities.empty()};
  return answer;
}

}  // namespace audit
