#include "proof/checkpoint.hpp"

#include <audit/proof.hpp>

#include <optional>
#include <utility>

#include "proof/decimal.hpp"
#include "proof/merkle.hpp"
#include "proof/note.hpp"

namespace audit {
namespace {

constexpr std::size_t kMaxOriginBytes = 255;

tl::unexpected<ParseError> refuse(std::size_t offset, std::size_t length, std::string message) {
  return tl::make_unexpected(
      ParseError{offset, length, std::move(message),
                 "a checkpoint has three lines: origin, number of entries, base64 root"});
}

// The lines of a text one after the other, each with its place.
class Lines {
 public:
  //   requires  text ends in LF
  explicit Lines(std::string_view text) : text_(text) {}

  [[nodiscard]] bool done() const { return next_ == text_.size(); }

  [[nodiscard]] std::size_t offset() const { return offset_; }

  // The next line without its LF; empty at the end.
  std::string_view next() {
    offset_ = next_;
    if (done()) return {};
    const std::size_t end = text_.find('\n', offset_);
    next_ = end + 1;
    return text_.substr(offset_, end - offset_);
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  std::size_t next_ = 0;
};

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + '\n' + std::to_string(checkpoint.size) + '\n' +
         to_base64(checkpoint.root) + '\n';
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  if (!proof::is_key_name(checkpoint.origin) || checkpoint.origin.size() > kMaxOriginBytes) {
    throw Error(ErrorCode::invalid_argument, "not an origin: '" + checkpoint.origin + "'",
                "an origin has no white space, no '+' and at most 255 bytes");
  }
  if (checkpoint.size > proof::kMaxTreeSize ||
      (checkpoint.size == 0 && checkpoint.root != empty_root())) {
    throw Error(ErrorCode::invalid_argument, "no checkpoint of size " +
                                                 std::to_string(checkpoint.size) + " with root " +
                                                 to_hex(checkpoint.root));
  }
  return proof::sign_note(checkpoint_text(checkpoint), key);
}

Parsed<Checkpoint> parse_checkpoint(std::string_view note) {
  const Parsed<proof::Note> parsed = proof::parse_note(note);
  if (!parsed) return tl::make_unexpected(parsed.error());
  return proof::parse_checkpoint_text(parsed->text);
}

Parsed<SignedCheckpoint> open_checkpoint(std::string_view note,
                                         const std::vector<VerifyKey>& keys) {
  const Parsed<proof::OpenedNote> opened = proof::open_note(note, keys);
  if (!opened) return tl::make_unexpected(opened.error());
  Parsed<Checkpoint> checkpoint = proof::parse_checkpoint_text(opened->note.text);
  if (!checkpoint) return tl::make_unexpected(std::move(checkpoint.error()));
  SignedCheckpoint result{std::move(*checkpoint), std::string(note), {}};
  for (const VerifyKey& key : opened->signed_by) result.signed_by.push_back(key.text());
  return result;
}

Parsed<Checkpoint> proof::parse_checkpoint_text(std::string_view text) {
  if (text.empty() || text.back() != '\n') {
    return refuse(text.size(), 0, "the checkpoint does not end in a line feed");
  }
  Lines lines(text);
  Checkpoint checkpoint;
  checkpoint.origin = lines.next();
  if (checkpoint.origin.empty() || checkpoint.origin.size() > kMaxOriginBytes) {
    return refuse(0, checkpoint.origin.size(), "the origin is empty or longer than 255 bytes");
  }
  const std::string_view size_text = lines.next();
  const std::optional<std::uint64_t> size = proof::parse_decimal(size_text);
  if (!size) return refuse(lines.offset(), size_text.size(), "not a number of entries");
  checkpoint.size = *size;
  const std::string_view root_text = lines.next();
  const std::optional<Digest> root = digest_from_base64(root_text);
  if (!root) return refuse(lines.offset(), root_text.size(), "not a root hash");
  checkpoint.root = *root;
  if (*size == 0 && *root != empty_root()) {
    return refuse(lines.offset(), root_text.size(), "not the root hash of no entries");
  }
  while (!lines.done()) {
    if (lines.next().empty()) return refuse(lines.offset(), 0, "an empty extension line");
  }
  return checkpoint;
}

}  // namespace audit
