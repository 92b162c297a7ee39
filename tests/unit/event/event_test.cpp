#include <audit/event.hpp>

#include <doctest/doctest.h>

namespace audit {

TEST_CASE("fields not in order of their number") {
  Envelope envelope;
  envelope.set_text(Field::user, "alice");
  envelope.set_number(Field::time, 5);
  envelope.set_text(Field::type, "message");
  envelope.set_text(Field::schema, "s");
  envelope.set_text(Field::agent, "a");
  std::uint8_t previous = 0;
  REQUIRE(envelope.size() == 5);
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    const auto number = static_cast<std::uint8_t>(envelope.at(i).field);
    CHECK(number > previous);
    previous = number;
  }
}

TEST_CASE("a field set twice kept twice") {
  Envelope envelope;
  envelope.set_text(Field::agent, "first");
  envelope.set_text(Field::agent, "second");
  CHECK(envelope.size() == 1);
  CHECK(envelope.text(Field::agent) == "second");
  envelope.set_text(Field::agent, "");
  CHECK_FALSE(envelope.has(Field::agent));
}

TEST_CASE("elements of a list out of order or lost") {
  Envelope envelope;
  envelope.set_text(Field::flags, "one");
  envelope.set_text(Field::schema, "x");
  envelope.set_text(Field::flags, "two");
  envelope.set_text(Field::type, "other");
  envelope.set_text(Field::flags, "three");
  REQUIRE(envelope.size() == 5);
  CHECK(envelope.at(1).text == "one");
  CHECK(envelope.at(2).text == "two");
  CHECK(envelope.at(3).text == "three");
  CHECK(envelope.contains(Field::flags, "two"));
  CHECK_FALSE(envelope.contains(Field::flags, "four"));
}

TEST_CASE("zero taken for absent") {
  Envelope envelope;
  CHECK_FALSE(envelope.number(Field::tokens_in).has_value());
  envelope.set_number(Field::tokens_in, 0);
  CHECK(envelope.number(Field::tokens_in) == 0);
}

TEST_CASE("a field name that finds another field") {
  for (const FieldInfo& field : fields()) CHECK(find_field(field.name) == field.field);
  CHECK_FALSE(find_field("cost").has_value());
  CHECK_FALSE(find_field("Agent").has_value());
  CHECK(nearest_field("tol") == "tool");
  CHECK(nearest_field("sesion") == "session");
  CHECK(nearest_field("nothing-like-it").empty());
}

}  // namespace audit
