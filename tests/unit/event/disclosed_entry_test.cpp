#include "event/disclosed_entry.hpp"

#include <audit/proof.hpp>

#include <string>

#include <doctest/doctest.h>

namespace audit::event {
namespace {

Salt counting_salt(std::uint8_t from) {
  Salt salt{};
  for (std::uint8_t& byte : salt) byte = from++;
  return salt;
}

Digest hex(std::string_view text) { return digest_from_hex(text).value(); }

Digest hash_of(const DisclosedEntry& entry) {
  Committer committer;
  const auto leaf = leaf_of(entry, committer);
  REQUIRE(leaf);
  return leaf_hash(encode_leaf(*leaf));
}

// Entry 1 of the example in audit-ledger(5), whose salts count from 20 and from 30.
constexpr std::string_view kHash =
    "1b919671c2aa1a1f1e76080be34e914a0793792d7654acf4b3063d2463e93a7a";

DisclosedEntry published_entry() {
  DisclosedEntry entry;
  entry.seq = 1;
  entry.received = 1'700'000'002'000'000'000;
  entry.previous = hex("6e13de944fc256129d243563dcd99a15c46942ed55c2d2566fd0aeda83a1fdc6");
  entry.hash = hex(kHash);
  Envelope& e = entry.envelope;
  e.set_text(Field::type, "tool.call");
  e.set_number(Field::time, 1'700'000'001'500'000'000);
  e.set_text(Field::event_id, "0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911");
  e.set_text(Field::agent, "billing-agent");
  e.set_text(Field::environment, "prod");
  e.set_text(Field::user, "Zo\xc3\xab");
  e.set_text(Field::session, "s-42");
  e.set_text(Field::trace, "4bf92f3577b34da6a3ce929d0e0e4736");
  e.set_text(Field::span, "00f067aa0ba902b7");
  e.set_number(Field::step, 3);
  e.set_text(Field::links, "evt-1");
  e.set_text(Field::links, "evt-2");
  e.set_text(Field::tool, "refund");
  e.set_text(Field::tool_call_id, "call_7");
  e.set_number(Field::side_effect, 1);
  e.set_text(Field::resource, "invoice/1001");
  e.set_text(Field::status, "ok");
  e.set_number(Field::duration_us, 1500);
  e.set_text(Field::reason, "duplicate charge");
  e.set_hash(Field::payload_hash,
             hex("70e1d28f6239e1afba2e3a3b9671674417e76f46126b75b9d5fe0436d752a013"));
  e.set_text(Field::format, "jsonl");
  e.set_text(Field::source, "app.jsonl");
  e.set_number(Field::position, 0);
  e.set_number(Field::approval_expires, 0x1797a04466e2a000);
  Committer committer;
  Kept kept;
  committer.keep(e, counting_salt(0x20), {}, kept);
  entry.salt = kept.common;
  entry.own = kept.own;
  entry.salt_p = counting_salt(0x30);
  entry.has_payload = true;
  entry.payload =
      "{\"id\":\"0b6d3c1e-5f0a-4c3e-9a57-2f1de0c8a911\",\"type\":\"tool_call\",\"user\":"
      "\"Zo\xc3\xab\","
      "\"tool\":\"refund\",\"arguments\":{\"amount\":12}}";
  return entry;
}

std::string line_of(const DisclosedEntry& entry) {
  std::string line;
  append_disclosed_line(line, entry);
  return line;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("the published entry has its published hash when it is shown, and when part of it is") {
  DisclosedEntry entry = published_entry();
  CHECK(to_hex(hash_of(entry)) == kHash);

  Committer committer;
  Kept kept{{}, entry.salt, entry.own, {}};
  FieldSet gone{Field::user, Field::reason};
  committer.keep(entry.envelope, gone, kept);
  // F1 and F4 of the page.
  CHECK(to_hex(kept.own[0].field) ==
        "6937aee8da85f378afd895566c32712dbd14674eaa52ea6709ad7188e8e19fa8");
  CHECK(to_hex(kept.own[3].field) ==
        "b49d7e4865c5ceba4297de207bc0bc30f6e9c9a2c4837566d7e7b2e8594f5c97");

  // Each part hidden, one after the other, until only E and P are left.
  entry.own = kept.own;
  for (const Field field : {Field::user, Field::reason}) entry.envelope.erase(field);
  entry.hidden.own = gone;
  CHECK(to_hex(hash_of(entry)) == kHash);
  entry.payload_digest = hex("c3ba863f5314f0a8b29dae2218f38ea19658bc29b5fe44083898340eb053bde6");
  entry.salt_p.reset();
  entry.has_payload = false;
  entry.hidden.payload = true;
  CHECK(to_hex(hash_of(entry)) == kHash);
  DisclosedEntry bare = entry;
  bare.common = hex("16a974f9e2a3f6d4116c34fdb8e554eeda7e25e0f5ab6dcf3c3cd6aa169dfec2");
  bare.salt.reset();
  for (const FieldInfo& field : fields()) {
    if (!field.own) bare.envelope.erase(field.field);
  }
  bare.hidden.common = true;
  CHECK(to_hex(hash_of(bare)) == kHash);
  DisclosedEntry gone_entry;
  gone_entry.seq = 1;
  gone_entry.received = entry.received;
  gone_entry.previous = entry.previous;
  gone_entry.hash = entry.hash;
  gone_entry.whole = hex("663a353f8a0674729edb8dc47133faab5ff8fffb432e18f6477f3edd01c86673");
  gone_entry.payload_digest = entry.payload_digest;
  gone_entry.erased.entry = gone_entry.erased.payload = true;
  CHECK(to_hex(hash_of(gone_entry)) == kHash);
  for (const DisclosedEntry& one : {entry, bare, gone_entry}) {
    const std::string line = line_of(one);
    const auto read = DisclosedReader().read(line);
    REQUIRE_MESSAGE(read, line);
    CHECK(line_of(*read) == line);
    CHECK(hash_of(*read) == one.hash);
  }
}

TEST_CASE("a line holds what it must, in the order that is agreed") {
  DisclosedEntry entry;
  entry.seq = 5;
  entry.received = 7;
  entry.envelope.set_text(Field::type, "a<\xc2\x85\xe2\x80\xae\"b");
  entry.envelope.set_text(Field::user, "u");
  entry.envelope.set_number(Field::cost_nano, -3);
  entry.salt = Salt{};
  entry.own = {{9, false, Salt{}, {}}};
  entry.payload_digest = Digest{};
  entry.hidden.payload = true;
  const std::string zeros(64, '0');
  const std::string salt = "AAAAAAAAAAAAAAAAAAAAAA==";
  CHECK(line_of(entry) ==
        "{\"seq\":5,\"received\":\"7\",\"prev\":\"" + zeros + "\",\"hash\":\"" + zeros +
            "\",\"fields\":[{\"name\":\"user\",\"tag\":9,\"text\":\"u\"},"
            "{\"name\":\"type\",\"tag\":129,\"text\":\"a\\u003c\\u0085\\u202e\\\"b\"},"
            "{\"name\":\"cost_nano\",\"tag\":162,\"int\":\"-3\"}],\"s0\":\"" +
            salt + "\",\"own\":[{\"tag\":9,\"salt\":\"" + salt + "\"}],\"P\":\"" +
            std::string(43, 'A') + "=\",\"hidden\":[\"payload\"]}");
}

TEST_CASE("a payload comes back byte for byte") {
  for (const std::string& payload :
       {std::string(), std::string("plain"), std::string("a\0b\r\n\x7f\"\\", 9),
        std::string("\xff\xfe"), std::string("</script>\xe2\x80\x8b\xef\xbb\xbf")}) {
    DisclosedEntry entry = published_entry();
    entry.payload = payload;
    const std::string line = line_of(entry);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find('<') == std::string::npos);
    const auto read = DisclosedReader().read(line);
    REQUIRE(read);
    CHECK(read->has_payload);
    CHECK(read->payload == payload);
  }
  DisclosedEntry none = published_entry();
  none.has_payload = false;
  none.payload.clear();
  const auto read = DisclosedReader().read(line_of(none));
  REQUIRE(read);
  CHECK_FALSE(read->has_payload);
  CHECK(hash_of(*read) != hash_of(published_entry()));
}

TEST_CASE("no other line is an entry") {
  const std::string good = line_of(published_entry());
  REQUIRE(DisclosedReader().read(good));
  const std::string wrong[] = {
      "",
      "[]",
      good + " ",
      good + good,
      " " + good,
      replaced(good, "\"seq\":1", "\"seq\":01"),
      replaced(good, "\"seq\":1", "\"seq\":1.0"),
      replaced(good, "\"seq\":1", "\"seq\":-1"),
      replaced(good, "\"seq\":1", "\"seq\":1,\"seq\":1"),
      replaced(good, "\"seq\":1", "\"seq\":1,\"more\":1"),
      replaced(good, "\"received\":\"17", "\"received\":\"+17"),
      replaced(good, "1b91", "1B91"),
      replaced(good, "\"name\":\"user\"", "\"name\":\"agent\""),
      replaced(good, "\"tag\":9", "\"tag\":137"),
      replaced(good, "\"tag\":156,\"int\":\"1500\"", "\"tag\":156,\"text\":\"1500\""),
      replaced(good, "\"int\":\"1500\"", "\"int\":1500"),
      replaced(good, "\"int\":\"1\"", "\"int\":\"2\""),
      replaced(good, "refund", "re\\u0066und"),
      replaced(good, "Zo\xc3\xab", "Zo\\u00eb"),
      replaced(good, "\"s0\"", "\"S0\""),
      replaced(good, "\"salt_p\"", "\"P\":\"" + std::string(43, 'A') + "=\",\"salt_p\""),
      replaced(good, ",\"payload\"", ",\"hidden\":[\"user\"],\"payload\""),
      good.substr(0, good.size() - 1) + ",\"erased\":[]}",
      good.substr(0, good.size() - 1) + ",\"erased\":[\"payload\"]}",
      good.substr(0, good.size() - 1) + ",\"hidden\":[\"user\"]}",
  };
  for (const std::string& line : wrong) {
    CAPTURE(line);
    CHECK_FALSE(DisclosedReader().read(line));
  }
  DisclosedEntry lying = published_entry();
  lying.common = Digest{};  // with common fields that nothing vouches for beside it
  lying.salt.reset();
  lying.hidden.common = true;
  CHECK_FALSE(DisclosedReader().read(line_of(lying)));
  Committer committer;
  CHECK_FALSE(leaf_of(lying, committer));
}

TEST_CASE("a large line may hold large strings, and not a large number of parts") {
  CHECK(is_within_bounds(std::string(kFreeLineBytes, ',')));
  CHECK_FALSE(is_within_bounds(std::string(kFreeLineBytes + 1, ',')));
  CHECK(is_within_bounds('"' + std::string(4 * kFreeLineBytes, ',') + '"'));
  // Behind an escaped quote the string goes on.
  CHECK(is_within_bounds("\"\\\"" + std::string(2 * kFreeLineBytes, ',') + '"'));
  CHECK_FALSE(is_within_bounds("\"\\\\\"" + std::string(2 * kFreeLineBytes, ',')));
  CHECK_FALSE(is_within_bounds('"' + std::string(kMaxDisclosedLine, 'a')));
  CHECK_FALSE(DisclosedReader().read(std::string(kFreeLineBytes + 1, '[')));
}

TEST_CASE("the number of a line that cannot be read is still known") {
  CHECK(number_of_line("{\"seq\":17,\"recei") == 17);
  CHECK_FALSE(number_of_line("{\"seq\":17"));
  CHECK_FALSE(number_of_line("{\"seq\":x,"));
  CHECK_FALSE(number_of_line("{\"Seq\":1,"));
}

}  // namespace
}  // namespace audit::event
