#include "event/commitment.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "base/bytes.hpp"
#include "vector_file.hpp"

namespace audit {

namespace {

using nlohmann::json;

const json& vectors() {
  static const json parsed = json::parse(test::read_vector("ledger-v1.json"));
  return parsed;
}

event::Salt salt(const json& hex) {
  const std::string bytes = base::from_hex(hex.get<std::string>()).value();
  event::Salt result{};
  REQUIRE(bytes.size() == result.size());
  std::copy(bytes.begin(), bytes.end(), result.begin());
  return result;
}

Digest digest(const json& hex) { return digest_from_hex(hex.get<std::string>()).value(); }

void set(Envelope& envelope, const json& field) {
  const auto where = static_cast<Field>(field["number"].get<int>());
  const std::string kind = field["kind"];
  if (kind == "integer") {
    envelope.set_number(where, std::stoll(field["value"].get<std::string>()));
  } else if (kind == "hash") {
    envelope.set_hash(where, digest(field["value"]));
  } else if (field["value"].is_array()) {
    for (const json& element : field["value"]) envelope.set_text(where, element.get<std::string>());
  } else {
    envelope.set_text(where, field["value"].get<std::string>());
  }
}

Envelope envelope_of(const json& entry) {
  Envelope envelope;
  for (const json& field : entry["fields"]) set(envelope, field);
  return envelope;
}

}  // namespace

TEST_CASE("an entry hashed differently than audit-ledger(5) says") {
  event::Committer committer;
  Digest previous;
  for (const json& entry : vectors()["entries"]) {
    CAPTURE(entry["seq"].get<int>());
    const Digest envelope = committer.envelope(envelope_of(entry), salt(entry["salt_e"]));
    CHECK(to_hex(envelope) == entry["E"].get<std::string>());
    const Digest payload =
        entry["payload"].is_null()
            ? committer.no_payload(salt(entry["salt_p"]))
            : committer.payload(salt(entry["salt_p"]),
                                base::from_hex(entry["payload"].get<std::string>()).value());
    CHECK(to_hex(payload) == entry["P"].get<std::string>());
    const Digest hash = committer.entry(entry["seq"].get<std::uint64_t>(),
                                        std::stoll(entry["received"].get<std::string>()), previous,
                                        envelope, payload);
    CHECK(to_hex(hash) == entry["hash"].get<std::string>());
    previous = hash;
  }
}

TEST_CASE("an empty payload hashed like none") {
  const json& vector = vectors()["commitment"];
  event::Committer committer;
  CHECK(to_hex(committer.no_payload(salt(vector["salt_p"]))) ==
        vector["P_without_payload"].get<std::string>());
  CHECK(to_hex(committer.payload(salt(vector["salt_p"]), "")) ==
        vector["P_of_empty_payload"].get<std::string>());
}

TEST_CASE("an envelope without any field refused or hashed wrongly") {
  const json& vector = vectors()["edge"];
  CHECK(to_hex(event::Committer().envelope(Envelope(), salt(vector["salt_e"]))) ==
        vector["E_empty"].get<std::string>());
}

TEST_CASE("an erased entry that no longer has its envelope hash") {
  for (const json& erased : vectors()["erased"]) {
    CAPTURE(erased["what"].get<std::string>());
    const json& entry = vectors()["entries"][erased["entry"].get<std::size_t>()];
    const std::string bytes = base::from_hex(erased["kept"].get<std::string>()).value();
    const auto kept = event::decode_kept(bytes);
    REQUIRE(kept.has_value());
    CHECK(event::encode_kept(*kept) == bytes);

    Envelope left;
    if (!kept->envelope) {
      left = envelope_of(entry);
      for (const auto& own : kept->own) {
        if (own.erased) left.erase(static_cast<Field>(own.tag));
      }
    }
    const auto hash = event::Committer().envelope(left, *kept);
    REQUIRE(hash.has_value());
    CHECK(to_hex(*hash) == entry["E"].get<std::string>());
  }
}

TEST_CASE("a field both kept and erased accepted") {
  const json& erased = vectors()["erased"][1];
  const json& entry = vectors()["entries"][erased["entry"].get<std::size_t>()];
  const auto kept = event::decode_kept(base::from_hex(erased["kept"].get<std::string>()).value());
  REQUIRE(kept.has_value());
  CHECK_FALSE(event::Committer().envelope(envelope_of(entry), *kept).has_value());
}

TEST_CASE("bytes that are no kept column accepted") {
  const std::string good =
      base::from_hex(vectors()["erased"][0]["kept"].get<std::string>()).value();
  for (std::size_t length = 0; length < good.size(); ++length) {
    CHECK_FALSE(event::decode_kept(std::string_view(good).substr(0, length)).has_value());
  }
  CHECK_FALSE(event::decode_kept(good + '\0').has_value());
  for (const int flags : {0, 4, 6, 7, 8, 255}) {
    std::string other = good;
    other[0] = static_cast<char>(flags);
    CHECK_FALSE(event::decode_kept(other).has_value());
  }
}

}  // namespace audit
