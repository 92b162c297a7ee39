#include "ledger/foreign_file.hpp"

#include <audit/fork.hpp>
#include <audit/key.hpp>
#include <audit/tlog_proof.hpp>

#include <algorithm>
#include <array>
#include <string>

#include "proof/bundle_manifest.hpp"

namespace audit::ledger {

namespace {

constexpr std::string_view kQuoteMark = "> ";  // what mail programs put before a line
constexpr std::size_t kTarMagicAt = 257;

struct Magic {
  std::string_view bytes;
  std::string_view meaning;
};

constexpr std::array kMagics = {
    Magic{{"SQLite format 3\0", 16}, "a SQLite file; a ledger is verified by its own name"},
    Magic{"\x1f\x8b", "packed with gzip; unpack it first"},
    Magic{"\x28\xb5\x2f\xfd", "packed with zstd; unpack it first"},
    Magic{{"\xfd\x37zXZ\0", 6}, "packed with xz; unpack it first"},
    Magic{"PK\x03\x04", "a ZIP archive; unpack it first"},
    Magic{"-----BEGIN ",
          "a key or certificate in PEM; what verify needs is LEDGER.pub, with --key"},
    Magic{"%PDF-", "a PDF"},
    Magic{"\x30\x82", "DER; a time stamp is given with --timestamp, beside its ledger"},
    Magic{"{\"", "JSON; 'audit ingest' takes events into a ledger"},
};

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

bool begins_page(std::string_view head) {
  constexpr std::string_view kDoctype = "<!doctype html";
  return head.size() >= kDoctype.size() &&
         std::equal(kDoctype.begin(), kDoctype.end(), head.begin(), [](char want, char got) {
           return want == (got >= 'A' && got <= 'Z' ? static_cast<char>(got + 32) : got);
         });
}

// An origin, a number of entries, a root.
bool begins_checkpoint(std::string_view head) {
  constexpr std::size_t kRootLength = 44;
  const std::size_t first = head.find('\n');
  if (first == std::string_view::npos) return false;
  const std::string_view rest = head.substr(first + 1);
  const std::size_t second = rest.find('\n');
  if (second == 0 || second == std::string_view::npos || second > 20) return false;
  const std::string_view size = rest.substr(0, second);
  const std::string_view root = first_line(rest.substr(second + 1));
  return std::all_of(size.begin(), size.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         root.size() == kRootLength && root.ends_with('=');
}

// The text with every `part` of it left out.
std::string without(std::string_view text, std::string_view part) {
  std::string rest;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(part, at), text.size());
    rest += text.substr(at, end - at);
    at = end + part.size();
  }
  return rest;
}

std::string_view describe_text(std::string_view head) {
  if (looks_like_tlog_proof(head)) return "a proof of an entry; 'audit verify' checks it";
  if (looks_like_fork(head)) return "fork evidence; 'audit verify' checks it";
  if (head.starts_with(proof::kBundleReadme) ||
      head.substr(std::min(head.size(), kTarMagicAt)).starts_with("ustar")) {
    return "an evidence bundle or another tar archive; 'audit verify' checks it, 'tar -xOf' shows "
           "it";
  }
  if (begins_page(head)) {
    return "an HTML page; a browser shows it, and a page of export --html saves the bundle in it";
  }
  if (begins_checkpoint(head)) return "a checkpoint; give it with --known, beside its ledger";
  if (parse_verify_key(first_line(head))) {
    return "a file of public keys; give it with --key, beside what is to be verified";
  }
  return {};
}

}  // namespace

std::string_view describe_foreign(std::string_view head) {
  const auto magic =
      std::ranges::find_if(kMagics, [&](const Magic& one) { return head.starts_with(one.bytes); });
  if (magic != kMagics.end()) return magic->meaning;
  if (first_line(head).ends_with('\r') && !describe_text(without(head, "\r")).empty()) {
    return "a text with Windows line ends (CRLF); make them LF again";
  }
  if (head.starts_with(kQuoteMark) && !describe_text(without(head, kQuoteMark)).empty()) {
    return "quoted, as in a mail; take the '> ' before its lines away";
  }
  return describe_text(head);
}

}  // namespace audit::ledger
