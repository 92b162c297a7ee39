#include "proof/note.hpp"

#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "crypto/ed25519.hpp"

namespace audit::proof {
namespace {

constexpr std::string_view kSeparator = "\n\n";
constexpr std::string_view kLinePrefix = "\u2014 ";  // em dash, space
constexpr std::uint8_t kCosignatureType = 4;
constexpr std::size_t kTimeBytes = 8;

tl::unexpected<ParseError> refuse(std::size_t offset, std::size_t length, std::string message) {
  return tl::make_unexpected(
      ParseError{offset, length, std::move(message),
                 "a signed note is text, an empty line, and lines of \"\u2014 <name> <base64>\""});
}

// The first byte a note may not hold (a control character other than LF), or npos.
std::size_t find_control(std::string_view text) {
  const auto* const found = std::find_if(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n';
  });
  return found == text.end() ? std::string_view::npos
                             : static_cast<std::size_t>(found - text.begin());
}

// Why the bytes cannot be a note at all, whatever its lines say.
std::optional<ParseError> find_fault(std::string_view note) {
  const auto fault = [](std::size_t offset, std::size_t length, std::string message) {
    return refuse(offset, length, std::move(message)).value();
  };
  if (note.size() > kMaxNoteBytes) {
    return fault(kMaxNoteBytes, note.size() - kMaxNoteBytes,
                 "a note of " + std::to_string(note.size()) + " bytes, at most " +
                     std::to_string(kMaxNoteBytes) + " are allowed");
  }
  const std::size_t control = find_control(note);
  if (control != std::string_view::npos && note.substr(control).starts_with("\r\n")) {
    return fault(control, 2, "it has Windows line ends (CRLF); make them LF again");
  }
  if (control != std::string_view::npos) {
    return fault(control, 1, "a note holds no control characters but line feeds");
  }
  if (!base::is_utf8(note)) return fault(0, note.size(), "the note is not UTF-8");
  if (note.empty() || note.back() != '\n') {
    return fault(note.size(), 0, "the note does not end in a line feed");
  }
  return std::nullopt;
}

// One signature line without its LF, which begins at `offset` of the note.
Parsed<NoteSignature> parse_line(std::string_view line, std::size_t offset) {
  if (!line.starts_with(kLinePrefix)) return refuse(offset, line.size(), "not a signature line");
  const std::string_view rest = line.substr(kLinePrefix.size());
  const std::size_t space = rest.find(' ');
  if (space == std::string_view::npos) {
    return refuse(offset, line.size(), "a signature line without a signature");
  }
  NoteSignature signature;
  signature.line = line;
  signature.name = rest.substr(0, space);
  if (!is_key_name(signature.name)) {
    return refuse(offset + kLinePrefix.size(), space, "not a key name");
  }
  const std::string_view blob_text = rest.substr(space + 1);
  const std::size_t blob_offset = offset + kLinePrefix.size() + space + 1;
  const std::optional<std::string> blob = base::from_base64(blob_text);
  if (!blob) return refuse(blob_offset, blob_text.size(), "the signature is not canonical base64");
  if (blob->size() <= signature.id.size()) {
    return refuse(blob_offset, blob_text.size(), "the signature is too short");
  }
  std::copy_n(blob->begin(), signature.id.size(), signature.id.begin());
  signature.bytes = blob->substr(signature.id.size());
  return signature;
}

// Two keys with one name and id: which one a line names could not be told.
void check_distinct(std::span<const VerifyKey> keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[i].name == keys[j].name && keys[i].id() == keys[j].id() && keys[i] != keys[j]) {
        throw Error(ErrorCode::configuration,
                    "two different keys have the name and id of '" + keys[i].text() + "'",
                    "give only the one that is meant");
      }
    }
  }
}

bool verifies(const VerifyKey& key, std::string_view text, std::string_view signature) {
  return key.type == kCosignatureType ? check_cosignature(key, text, signature)
                                      : check_signature(key, text, signature);
}

std::string cosigned_message(std::string_view text, std::uint64_t unix_seconds) {
  std::string message = "cosignature/v1\ntime " + std::to_string(unix_seconds) + '\n';
  message += text;
  return message;
}

}  // namespace

bool is_key_name(std::string_view name) noexcept {
  return !name.empty() && name.find('+') == std::string_view::npos &&
         find_control(name) == std::string_view::npos && base::is_utf8(name) &&
         !base::has_white_space(name);
}

Parsed<Note> parse_note(std::string_view note) {
  if (auto fault = find_fault(note)) return tl::make_unexpected(std::move(*fault));
  const std::size_t separator = note.rfind(kSeparator);
  if (separator == std::string_view::npos) {
    return refuse(note.size(), 0, "no empty line before the signatures");
  }
  Note result;
  result.text = note.substr(0, separator + 1);
  std::size_t offset = separator + kSeparator.size();
  if (offset == note.size()) return refuse(offset, 0, "no signature after the empty line");
  while (offset < note.size()) {
    const std::string_view line = note.substr(offset, note.find('\n', offset) - offset);
    if (result.signatures.size() == kMaxSignatureLines) {
      return refuse(offset, note.size() - offset,
                    "more than " + std::to_string(kMaxSignatureLines) + " signature lines");
    }
    Parsed<NoteSignature> signature = parse_line(line, offset);
    if (!signature) return tl::make_unexpected(std::move(signature.error()));
    result.signatures.push_back(std::move(*signature));
    offset += line.size() + 1;
  }
  return result;
}

Parsed<OpenedNote> open_note(std::string_view note, std::span<const VerifyKey> keys) {
  check_distinct(keys);
  Parsed<Note> parsed = parse_note(note);
  if (!parsed) return tl::make_unexpected(std::move(parsed.error()));
  OpenedNote opened;
  opened.note = std::move(*parsed);
  for (const NoteSignature& signature : opened.note.signatures) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const VerifyKey& known) {
      return known.name == signature.name && known.id() == signature.id;
    });
    if (key == keys.end()) continue;  // a stranger's: witnesses and rotated keys are normal
    if (!verifies(*key, opened.note.text, signature.bytes)) {
      return tl::make_unexpected(
          ParseError{static_cast<std::size_t>(signature.line.data() - note.data()),
                     signature.line.size(), "the signature of '" + key->name + "' does not verify",
                     "the note or its signature was changed after signing"});
    }
    const auto& known = opened.signed_by;
    if (std::find(known.begin(), known.end(), *key) == known.end()) {
      opened.signed_by.push_back(*key);
    }
  }
  if (opened.signed_by.empty()) {
    return tl::make_unexpected(ParseError{
        opened.note.text.size() + 1, note.size() - opened.note.text.size() - 1,
        "no signature of a known key", "give the verifier key of the one who signed it"});
  }
  return opened;
}

std::string signature_line(std::string_view name, const KeyId& id, std::string_view signature) {
  std::string blob(id.begin(), id.end());
  blob += signature;
  std::string line(kLinePrefix);
  line += name;
  line += ' ';
  line += base::to_base64(blob);
  line += '\n';
  return line;
}

std::string sign_note(std::string_view text, const SigningKey& key) {
  if (text.empty() || text.back() != '\n' || find_control(text) != std::string_view::npos ||
      !base::is_utf8(text)) {
    throw Error(ErrorCode::invalid_argument,
                "a note's text is UTF-8 without control characters and ends in a line feed");
  }
  const VerifyKey& verify_key = key.verify_key();
  return std::string(text) + '\n' +
         signature_line(verify_key.name, verify_key.id(), key.sign(text));
}

VerifyKey cosigner_key(const SigningKey& key) {
  VerifyKey cosigner = key.verify_key();
  cosigner.type = kCosignatureType;
  return cosigner;
}

std::string cosignature_line(std::string_view text, const SigningKey& key,
                             std::uint64_t unix_seconds) {
  const VerifyKey cosigner = cosigner_key(key);
  std::string signature;
  base::put_be64(signature, unix_seconds);
  signature += key.sign(cosigned_message(text, unix_seconds));
  return signature_line(cosigner.name, cosigner.id(), signature);
}

bool check_cosignature(const VerifyKey& key, std::string_view text, std::string_view signature) {
  const std::optional<std::uint64_t> time = cosignature_time(signature);
  if (key.type != kCosignatureType || !time || *time >> 63 != 0) return false;
  return check_signature(key, cosigned_message(text, *time), signature.substr(kTimeBytes));
}

std::optional<std::uint64_t> cosignature_time(std::string_view signature) noexcept {
  if (signature.size() != kTimeBytes + crypto::kEd25519SignatureBytes) return std::nullopt;
  return base::load_be64(signature.data());
}

}  // namespace audit::proof
