#include "proof/note.hpp"

#include <audit/error.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "vector_file.hpp"

namespace audit::proof {
namespace {

const std::string kDash = "\u2014 ";

VerifyKey key_of(const std::string& text) {
  const Parsed<VerifyKey> key = parse_verify_key(text);
  REQUIRE_MESSAGE(key.has_value(), text);
  return *key;
}

// golang.org/x/mod sumdb/note/note_test.go
VerifyKey neumann() {
  return key_of("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
}

VerifyKey enoch() {
  return key_of("EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop");
}

SigningKey neumann_signer() {
  return SigningKey::from_seed(
      "PeterNeumann",
      *base::from_hex("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173"));
}

const std::string kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";

bool opens(const std::string& note, const std::vector<VerifyKey>& keys) {
  return open_note(note, keys).has_value();
}

TEST_CASE("published notes open under their keys") {
  CHECK(opens(test::read_vector("notes/c2sp-example.note"),
              {key_of("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")}));
  CHECK(opens(test::read_vector("notes/go-one-key.note"), {neumann()}));
  CHECK(opens(test::read_vector("notes/sum-golang-org.note"),
              {key_of("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")}));
}

TEST_CASE("a note with two signatures names the known ones, in order") {
  const std::string note = test::read_vector("notes/go-two-keys.note");
  const auto both = open_note(note, std::vector{enoch(), neumann()});
  REQUIRE(both);
  CHECK(both->note.text == kText);
  CHECK(both->signed_by == std::vector{neumann(), enoch()});
  const auto one = open_note(note, std::vector{enoch()});
  REQUIRE(one);
  CHECK(one->signed_by == std::vector{enoch()});
  CHECK(one->note.signatures.size() == 2);
}

TEST_CASE("a note is taken apart into views of itself") {
  const std::string text = test::read_vector("notes/go-one-key.note");
  const auto note = parse_note(text);
  REQUIRE(note);
  REQUIRE(note->signatures.size() == 1);
  const NoteSignature& signature = note->signatures[0];
  CHECK(note->text.data() == text.data());
  CHECK(signature.name == "PeterNeumann");
  CHECK(signature.id == KeyId{0xc7, 0x4f, 0x20, 0xa3});
  CHECK(base::to_hex(signature.bytes) ==
        "f64992e052f541bf49f7dcbc8010c5506d885ba92cbafca40704959227348b8652060dd451580b6a5948d5e02a"
        "fa9fa9d9e0a2da5165be8a13a472c81c099c03");
  CHECK(std::string(signature.line) + '\n' == text.substr(kText.size() + 1));
}

TEST_CASE("signing gives the published note byte for byte") {
  CHECK(sign_note(kText, neumann_signer()) == test::read_vector("notes/go-one-key.note"));
}

TEST_CASE("malformed notes are refused") {
  const std::string good = test::read_vector("notes/go-one-key.note");
  const std::string line = good.substr(kText.size() + 1);
  const std::string blob = line.substr(line.find("x08"));  // with its LF
  REQUIRE(opens(good, {neumann()}));
  const std::vector<std::pair<const char*, std::string>> notes = {
      {"empty", ""},
      {"one line feed", "\n"},
      {"two line feeds", "\n\n"},
      {"no signature block", kText},
      {"an empty signature block", kText + "\n"},
      {"no empty line", kText + line},
      {"no final line feed", good.substr(0, good.size() - 1)},
      {"a control byte in front", "\x01" + good},
      {"a byte that is not UTF-8 in front", "\xff" + good},
      {"a NUL in the text", std::string("nul\0\n", 5) + "\n" + line},
      {"a carriage return", kText + "\r\n" + line},
      {"a tab", "a\tb\n\n" + line},
      {"a name with a space", kText + "\n" + kDash + "Peter Neumann " + blob},
      {"a name with a plus", kText + "\n" + kDash + "Peter+Neumann " + blob},
      {"a name with a no-break space", kText + "\n" + kDash + "Peter\u00a0Neumann " + blob},
      {"no name", kText + "\n" + kDash + " " + blob},
      {"no signature in the line", kText + "\n" + kDash + "PeterNeumann\n"},
      {"an empty signature", kText + "\n" + kDash + "PeterNeumann \n"},
      {"a key id alone", kText + "\n" + kDash + "PeterNeumann x08gow==\n"},
      {"three bytes", kText + "\n" + kDash + "PeterNeumann x08g\n"},
      {"two spaces", kText + "\n" + kDash + "PeterNeumann  " + blob},
      {"a space at the end", kText + "\n" + line.substr(0, line.size() - 1) + " \n"},
      {"a hyphen instead of the dash", kText + "\n- PeterNeumann " + blob},
      {"an en dash", kText + "\n\u2013 PeterNeumann " + blob},
      {"no space after the dash", kText + "\n\u2014PeterNeumann " + blob},
      {"another line after the signatures", good + "unrelated\n"},
      {"an empty line after the signatures", good + "\n"},
      {"damaged base64", kText + "\n" + kDash + "PeterNeumann " + "?" + blob.substr(1)},
      {"base64 cut short", kText + "\n" + kDash + "PeterNeumann " + blob.substr(1)},
      {"a trailing base64 bit",
       kText + "\n" + kDash + "PeterNeumann " + blob.substr(0, blob.size() - 3) + "N=\n"},
  };
  for (const auto& [what, note] : notes) {
    CAPTURE(what);
    CHECK_FALSE(parse_note(note));
    CHECK_FALSE(opens(note, {neumann()}));
  }
}

TEST_CASE("up to a hundred signature lines are read, not one more") {
  std::string note = test::read_vector("notes/go-one-key.note");
  const std::string stranger = kDash + "stranger " + base::to_base64("ididsignature") + "\n";
  for (int i = 0; i < 99; ++i) note += stranger;
  CHECK(opens(note, {neumann()}));
  CHECK_FALSE(parse_note(note + stranger));
}

TEST_CASE("a note of more than a million bytes is refused") {
  const std::string line = kDash + "stranger " + base::to_base64("ididsignature") + "\n";
  std::string text(kMaxNoteBytes - line.size() - 2, 'x');
  CHECK(parse_note(text + "\n\n" + line));
  CHECK_FALSE(parse_note(text + "x\n\n" + line));
}

TEST_CASE("the last empty line ends the text, which may hold others") {
  const std::string text = "first\n\nsecond\n\n\nthird\n";
  const std::string note = sign_note(text, neumann_signer());
  const auto opened = open_note(note, std::vector{neumann()});
  REQUIRE(opened);
  CHECK(opened->note.text == text);
}

TEST_CASE("a text that looks like a signature block is still text") {
  const std::string inner = test::read_vector("notes/go-one-key.note");
  const std::string note = sign_note(inner, neumann_signer());
  const auto opened = open_note(note, std::vector{neumann()});
  REQUIRE(opened);
  CHECK(opened->note.text == inner);
}

TEST_CASE("a note nobody known signed is refused") {
  const std::string note = test::read_vector("notes/go-one-key.note");
  CHECK_FALSE(opens(note, {}));
  CHECK_FALSE(opens(note, {enoch()}));
}

TEST_CASE("name and key id count as a pair") {
  const std::string note = test::read_vector("notes/go-one-key.note");
  // The same key under another name has another id; the same name with another key as well.
  VerifyKey renamed = neumann();
  renamed.name = "EnochRoot";
  CHECK_FALSE(opens(note, {renamed}));
  VerifyKey other_key = enoch();
  other_key.name = "PeterNeumann";
  CHECK_FALSE(opens(note, {other_key}));
  // A line with the right id but another name, and the other way round, is a stranger's.
  std::string other_name = note;
  other_name.replace(other_name.find("PeterNeumann"), 12, "PeterNewmann");
  CHECK(parse_note(other_name));
  CHECK_FALSE(opens(other_name, {neumann()}));
  std::string other_id = note;
  other_id.replace(other_id.find("x08"), 3, "y08");
  CHECK(parse_note(other_id));
  CHECK_FALSE(opens(other_id, {neumann()}));
}

TEST_CASE("a known signature that does not verify refuses the note, whoever else signed") {
  const std::string both = test::read_vector("notes/go-two-keys.note");
  std::string broken = both;
  const std::size_t at = broken.find("rwz+") + 20;
  broken[at] = broken[at] == 'A' ? 'B' : 'A';
  CHECK(parse_note(broken));
  CHECK_FALSE(opens(broken, {neumann(), enoch()}));
  CHECK_FALSE(opens(broken, {enoch(), neumann()}));
  CHECK(opens(broken, {neumann()}));  // to whom Enoch is a stranger
  std::string changed = both;
  changed[0] = 'i';
  CHECK_FALSE(opens(changed, {neumann()}));
}

TEST_CASE("a refusal points at the line that does not verify") {
  std::string note = test::read_vector("notes/go-one-key.note");
  note[0] = 'i';
  const auto opened = open_note(note, std::vector{neumann()});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().offset == kText.size() + 1);
  CHECK(opened.error().message == "the signature of 'PeterNeumann' does not verify");
}

TEST_CASE("a repeated line counts once") {
  const std::string note = test::read_vector("notes/go-one-key.note");
  const auto opened = open_note(note + note.substr(kText.size() + 1), std::vector{neumann()});
  REQUIRE(opened);
  CHECK(opened->signed_by.size() == 1);
}

TEST_CASE("a repeated line that does not verify refuses the note") {
  const std::string note = test::read_vector("notes/go-one-key.note");
  std::string line = note.substr(kText.size() + 1);
  line[line.find("x08") + 20] ^= 1;
  REQUIRE(parse_note(note + line));
  CHECK_FALSE(opens(note + line, {neumann()}));
}

TEST_CASE("two keys that cannot be told apart are a mistake of the caller") {
  const std::string note = test::read_vector("notes/go-one-key.note");
  CHECK(opens(note, {neumann(), neumann()}));
  // Both were found by search: SHA-256("a", LF, 1, key) begins with the same 32 bits.
  VerifyKey first{"a", 1, {}};
  VerifyKey second{"a", 1, {}};
  const std::string one =
      *base::from_hex("a130f3d5b9d6374dcd0c0c6882a4a46b9e3ec6b32a64fcbb3cc47914f2778cd5");
  const std::string two =
      *base::from_hex("219d6bd6268ddca733805764c9fafa97c84059aba1b93463120b40f6ece14ca6");
  std::copy(one.begin(), one.end(), first.key.begin());
  std::copy(two.begin(), two.end(), second.key.begin());
  REQUIRE(first.id() == second.id());
  CHECK_THROWS_AS((void)open_note(note, std::vector{first, second}), Error);
}

TEST_CASE("only clean text is signed") {
  const SigningKey key = neumann_signer();
  for (const std::string& text : {std::string(), std::string("no line feed"), std::string("a\r\n"),
                                  std::string("\xff\n"), std::string("a\0b\n", 4)}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)sign_note(text, key), Error);
  }
}

TEST_CASE("key names") {
  for (const char* name : {"a", "ledger.example/log1", "\u00e9", "a-b_c:d@e"}) {
    CAPTURE(name);
    CHECK(is_key_name(name));
  }
  for (const char* name : {"", " ", "a b", "a+b", "a\n", "a\t", "a\x01", "a\u2003b", "\xff"}) {
    CAPTURE(name);
    CHECK_FALSE(is_key_name(name));
  }
}

// --- Cosignatures: keys 1 and 2 of RFC 8032, section 7.1 ---

VerifyKey witness() {
  return key_of("witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM");
}

VerifyKey ledger() {
  return key_of("ledger.example/log1+48adbd64+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
}

SigningKey witness_signer() {
  return SigningKey::from_seed(
      "witness.example/w1",
      *base::from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
}

TEST_CASE("a cosigned head opens under ledger, witness or both") {
  const std::string note = test::read_vector("notes/ledger-8-cosigned.note");
  CHECK(opens(note, {ledger()}));
  CHECK(opens(note, {witness()}));
  const auto opened = open_note(note, std::vector{witness(), ledger()});
  REQUIRE(opened);
  CHECK(opened->signed_by == std::vector{ledger(), witness()});
  CHECK(cosignature_time(opened->note.signatures[1].bytes) == 1'700'000'000);
  CHECK_FALSE(cosignature_time(opened->note.signatures[0].bytes));
}

TEST_CASE("cosigning gives the known line byte for byte") {
  const std::string note = test::read_vector("notes/ledger-8.note");
  const SigningKey key = witness_signer();
  CHECK(cosigner_key(key) == witness());
  CHECK(note + cosignature_line(parse_note(note)->text, key, 1'700'000'000) ==
        test::read_vector("notes/ledger-8-cosigned.note"));
}

TEST_CASE("a cosignature of another time, name, type or text is refused") {
  const std::string note = test::read_vector("notes/ledger-8-cosigned.note");
  const Note parsed = *parse_note(note);
  const std::string& good = parsed.signatures[1].bytes;
  CHECK(check_cosignature(witness(), parsed.text, good));

  for (std::size_t i = 0; i < 8; ++i) {  // each byte of the time
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(check_cosignature(witness(), parsed.text, changed));
  }
  CHECK_FALSE(check_cosignature(witness(), std::string(parsed.text) + "x\n", good));
  CHECK_FALSE(check_cosignature(witness(), parsed.text, good.substr(8)));
  CHECK_FALSE(check_cosignature(witness(), parsed.text, good + '\0'));
  CHECK_FALSE(check_cosignature(ledger(), parsed.text, parsed.signatures[0].bytes));
  VerifyKey as_plain = witness();
  as_plain.type = 1;
  CHECK_FALSE(check_cosignature(as_plain, parsed.text, good));

  // Under another name the line belongs to nobody known.
  std::string renamed = note;
  renamed.replace(renamed.find("witness.example/w1"), 18, "witness.example/w2");
  CHECK_FALSE(opens(renamed, {witness()}));
  CHECK(opens(renamed, {ledger(), witness()}));

  // The plain log signature presented as a cosignature of the same key.
  VerifyKey log_as_witness = ledger();
  log_as_witness.type = 4;
  const std::string presented =
      std::string(parsed.text) + "\n" +
      signature_line(log_as_witness.name, log_as_witness.id(), parsed.signatures[0].bytes);
  CHECK(parse_note(presented));
  CHECK_FALSE(opens(presented, {log_as_witness}));
}

TEST_CASE("a cosignature's time stays below 2^63") {
  const std::string note = test::read_vector("notes/ledger-8.note");
  const Note parsed = *parse_note(note);
  const std::string line = cosignature_line(parsed.text, witness_signer(), std::uint64_t{1} << 63);
  CHECK_FALSE(opens(note + line, {witness()}));
  const std::string last =
      cosignature_line(parsed.text, witness_signer(), (std::uint64_t{1} << 63) - 1);
  CHECK(opens(note + last, {witness()}));
}

TEST_CASE("published cosignature blobs have the shape, a plain signature does not") {
  // transparency-dev/formats note/note_cosigv1_test.go
  const std::string blob = *base::from_base64(
      "ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/"
      "iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWWOworDcFiEBYJXORm"
      "nFBOBA==");
  CHECK(cosignature_time(blob.substr(4)) == 1727964367);
  CHECK_FALSE(cosignature_time(blob.substr(4, 64)));
}

TEST_CASE("no damaged note ever opens") {
  // Every byte of a good note replaced in turn by bytes that matter to the format.
  const std::string good = test::read_vector("notes/ledger-8.note");
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'\n', ' ', '+', '=', '0', 'A', '\0', '\xff'}) {
      if (good[i] == c) continue;
      std::string damaged = good;
      damaged[i] = c;
      if (opens(damaged, {ledger()})) FAIL_CHECK("byte " << i << " as " << int{c});
    }
    std::string shorter = good;
    shorter.erase(i, 1);
    if (opens(shorter, {ledger()})) FAIL_CHECK("without byte " << i);
  }
}

}  // namespace
}  // namespace audit::proof
