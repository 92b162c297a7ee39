#include <audit/tlog_proof.hpp>

#include <utility>

#include "base/bytes.hpp"
#include "proof/decimal.hpp"
#include "proof/note.hpp"

namespace audit {
namespace {

constexpr std::string_view kName = "c2sp.org/tlog-proof@";
constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kMaxLine = std::size_t{64} << 10;
constexpr std::size_t kMaxPath = 64;

tl::unexpected<ParseError> refuse(std::size_t offset, std::size_t length, std::string message) {
  return tl::make_unexpected(
      ParseError{offset, length, std::move(message),
                 "a tlog-proof is a header, \"index N\", hashes, an empty line and a checkpoint"});
}

// The lines of the file one after the other, each ended by a line feed.
class ProofLines {
 public:
  explicit ProofLines(std::string_view text) : text_(text) { step(); }

  // The line that is next, without its line feed; nothing where none is ended.
  [[nodiscard]] const std::optional<std::string_view>& line() const { return line_; }

  [[nodiscard]] std::size_t offset() const { return offset_; }

  [[nodiscard]] std::size_t length() const { return line_ ? line_->size() : 0; }

  void step() {
    offset_ = next_;
    const std::size_t end = text_.substr(0, offset_ + kMaxLine + 1).find('\n', offset_);
    line_.reset();
    if (end == std::string_view::npos) return;
    line_ = text_.substr(offset_, end - offset_);
    next_ = end + 1;
  }

  // All that follows the line.
  [[nodiscard]] std::string_view rest() const { return text_.substr(next_); }

 private:
  std::string_view text_;
  std::optional<std::string_view> line_;
  std::size_t offset_ = 0;
  std::size_t next_ = 0;
};

// What stands behind a keyword at the front of the line; nothing if that is another.
std::optional<std::string_view> value_of(const ProofLines& lines, std::string_view keyword) {
  if (!lines.line() || !lines.line()->starts_with(keyword)) return std::nullopt;
  return lines.line()->substr(keyword.size());
}

// Up to the empty line, which is not stepped over.
std::optional<ParseError> read_path(ProofLines& lines, std::vector<Digest>& path) {
  for (; lines.line() && !lines.line()->empty(); lines.step()) {
    const std::optional<Digest> hash = digest_from_base64(*lines.line());
    if (!hash) return refuse(lines.offset(), lines.length(), "not a hash in base64").value();
    if (path.size() == kMaxPath) {
      return refuse(lines.offset(), lines.length(), "more than 64 hashes").value();
    }
    path.push_back(*hash);
  }
  if (lines.line()) return std::nullopt;
  return refuse(lines.offset(), 0, "no empty line before the checkpoint").value();
}

}  // namespace

bool looks_like_tlog_proof(std::string_view head) noexcept { return head.starts_with(kName); }

std::string tlog_proof_text(const TlogProof& proof) {
  std::string text(kHeader);
  text += '\n';
  if (proof.extra) text += std::string(kExtra) + base::to_base64(*proof.extra) + '\n';
  text += std::string(kIndex) + std::to_string(proof.index) + '\n';
  for (const Digest& hash : proof.path) text += to_base64(hash) + '\n';
  text += '\n';
  return text += proof.note;
}

Parsed<TlogProof> parse_tlog_proof(std::string_view text) {
  if (text.size() > kMaxTlogProofBytes) {
    return refuse(kMaxTlogProofBytes, text.size() - kMaxTlogProofBytes, "the proof is too long");
  }
  ProofLines lines(text);
  if (text.substr(0, text.find('\n')).ends_with('\r')) {
    return refuse(0, lines.length(), "it has Windows line ends (CRLF); make them LF again");
  }
  if (lines.line() != kHeader) return refuse(0, lines.length(), "not the header of a tlog-proof");
  TlogProof proof;
  lines.step();
  if (const auto extra = value_of(lines, kExtra)) {
    proof.extra = base::from_base64(*extra);
    if (!proof.extra) return refuse(lines.offset(), lines.length(), "extra is not base64");
    lines.step();
  }
  const auto number = value_of(lines, kIndex);
  if (!number) return refuse(lines.offset(), lines.length(), "no line \"index N\"");
  const std::optional<std::uint64_t> index = proof::parse_decimal(*number);
  if (!index) return refuse(lines.offset(), lines.length(), "index is not a number of an entry");
  proof.index = *index;
  lines.step();
  if (auto wrong = read_path(lines, proof.path)) return tl::make_unexpected(std::move(*wrong));
  proof.note = lines.rest();
  if (proof.note.empty() || proof.note.size() > proof::kMaxNoteBytes || proof.note.back() != '\n') {
    return refuse(text.size() - proof.note.size(), proof.note.size(),
                  "no checkpoint after the empty line");
  }
  return proof;
}

}  // namespace audit
