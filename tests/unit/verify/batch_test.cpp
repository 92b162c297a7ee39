// The fast ways to compute digests, held against the plain ones.
#include <random>

#include <doctest/doctest.h>

#include "crypto/sha256.hpp"
#include "crypto/sha256_batch.hpp"
#include "event/commitment.hpp"
#include "event/commitment_batch.hpp"
#include "lab.hpp"

namespace audit::test {

namespace {

// The common group as it is hashed, and the own fields, of an envelope.
struct Parts {
  std::string common;
  std::vector<Envelope::Value> own;

  explicit Parts(const Envelope& envelope) {
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      const Envelope::Value value = envelope.at(i);
      const FieldInfo& field = info(value.field);
      if (field.own) {
        own.push_back(value);
      } else {
        event::append_field(common, event::tag_of(field), value);
      }
    }
  }
};

}  // namespace

TEST_CASE(
    "many messages at once have the digests they have one by one: every length around a block") {
  std::mt19937 random(1);
  crypto::Sha256 plain;
  for (const auto engine :
       {crypto::Sha256Batch::Engine::best, crypto::Sha256Batch::Engine::openssl}) {
    crypto::Sha256Batch batch(engine);
    std::vector<std::string> messages;
    for (std::size_t size = 0; size < 300; ++size) {
      std::string message(size, '\0');
      for (char& c : message) c = static_cast<char>(random());
      CHECK(batch.add(message) == size);
      messages.push_back(message);
    }
    batch.run();
    for (std::size_t i = 0; i < messages.size(); ++i)
      CHECK(batch.digest(i) == plain.hash(messages[i]));
  }
}

TEST_CASE("the digests of FIPS 180-4's examples") {
  crypto::Sha256Batch batch;
  (void)batch.add("abc");
  (void)batch.add("");
  (void)batch.add("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
  (void)batch.add(std::string(1'000'000, 'a'));
  batch.run();
  CHECK(to_hex(batch.digest(0)) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(batch.digest(1)) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(batch.digest(2)) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(batch.digest(3)) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE(
    "messages of any lengths in any number and order, filled in late, run again after a clear") {
  std::mt19937 random(2);
  crypto::Sha256 plain;
  crypto::Sha256Batch batch;
  for (int round = 0; round < 200; ++round) {
    batch.clear();
    CHECK(batch.count() == 0);
    std::vector<std::string> messages;
    const std::size_t count = random() % 20;
    for (std::size_t i = 0; i < count; ++i) {
      std::string message(random() % (i % 5 == 0 ? 3000 : 100), '\0');
      for (char& c : message) c = static_cast<char>(random());
      char* const room = batch.room(message.size());
      std::copy(message.begin(), message.end(), room);
      messages.push_back(message);
    }
    for (std::size_t i = 0; i < count; i += 3) {
      if (messages[i].empty()) continue;
      messages[i][0] = *batch.bytes_of(i) = 'x';
    }
    batch.run();
    for (std::size_t i = 0; i < count; ++i) CHECK(batch.digest(i) == plain.hash(messages[i]));
  }
}

TEST_CASE("the commitments of many entries at once are those of each by itself") {
  std::mt19937_64 random(3);
  event::Committer committer;
  event::CommitmentBatch batch;
  for (int round = 0; round < 20; ++round) {
    batch.clear();
    std::vector<event::CommitmentBatch::Result> wanted;
    Digest previous;
    for (std::size_t i = 0; i < 70; ++i) {
      Event event = some_event(random() % 1000);
      if (i % 9 == 0) {
        event.has_payload = true;
        event.payload.assign(i * 1000, 'p');
      }
      if (i % 10 == 0) event.envelope.clear();
      if (i % 10 == 1) event.envelope.set_text(Field::user, "");
      event::Salt salt_e{};
      event::Salt salt_p{};
      for (auto& byte : salt_e) byte = static_cast<std::uint8_t>(random());
      for (auto& byte : salt_p) byte = static_cast<std::uint8_t>(random());
      const std::uint64_t seq = random();
      const auto received = static_cast<std::int64_t>(random());
      event::CommitmentBatch::Result result;
      result.envelope = committer.envelope(event.envelope, salt_e);
      result.payload = event.has_payload ? committer.payload(salt_p, event.payload)
                                         : committer.no_payload(salt_p);
      result.entry = committer.entry(seq, received, previous, result.envelope, result.payload);
      if (i % 7 == 0) {
        batch.add({seq, received, previous}, result.envelope, result.payload);
      } else {
        const Parts parts(event.envelope);
        batch.add({seq, received, previous},
                  {salt_e, salt_p, parts.own, parts.common, event.has_payload, event.payload});
      }
      previous = result.entry;
      wanted.push_back(result);
    }
    batch.run();
    REQUIRE(batch.count() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      CHECK(batch.result(i).envelope == wanted[i].envelope);
      CHECK(batch.result(i).payload == wanted[i].payload);
      CHECK(batch.result(i).entry == wanted[i].entry);
    }
  }
}

}  // namespace audit::test
