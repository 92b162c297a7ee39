#include "source/otlp_collect.hpp"

#include <algorithm>

namespace audit::source {

namespace {

// Names that mean something else in OpenTelemetry than in other records: a thread of the operating
// system is no conversation, and the resource is what sends.
constexpr std::string_view kNotHere[] = {"thread.id", "thread.name", "resource.name",
                                         "resource.id"};

// What SDKs write where nobody named the service.
constexpr std::string_view kUnnamed = "unknown_service";

Place root_of(OtlpCollector::Level level) {
  return {KeyTree::kRoot.node, static_cast<std::uint8_t>(level)};
}

bool says_something(std::string_view key, const OtlpValue& value) {
  if (std::find(std::begin(kNotHere), std::end(kNotHere), key) != std::end(kNotHere)) return false;
  return key != "service.name" || !value.text.starts_with(kUnnamed);
}

}  // namespace

void OtlpCollector::clear() { collector_.clear(); }

void OtlpCollector::take(OtlpAttributes attributes, Level level) {
  for (const OtlpAttribute& attribute : attributes) {
    if (says_something(attribute.key, attribute.value)) {
      take(root_of(level), attribute.key, attribute.value);
    }
  }
}

void OtlpCollector::take(const base::JsonValue& object, Level level) {
  take(root_of(level), object);
}

void OtlpCollector::take(Place parent, std::string_view key, const OtlpValue& value) {
  base::JsonNumber number{};
  switch (value.kind) {
    case OtlpValue::Kind::text:
      if (!value.text.empty()) {
        collector_.take(parent, key, {Scalar::Kind::text, false, value.text});
      }
      break;
    case OtlpValue::Kind::boolean:
      collector_.take(parent, key, {Scalar::Kind::boolean, value.truth});
      break;
    case OtlpValue::Kind::integer:
      number = {base::JsonNumber::Kind::signed_integer, value.integer, 0,
                static_cast<double>(value.integer)};
      collector_.take(parent, key, {Scalar::Kind::number, false, {}, &number});
      break;
    case OtlpValue::Kind::real:
      number = {base::JsonNumber::Kind::real, 0, 0, value.real};
      collector_.take(parent, key, {Scalar::Kind::number, false, {}, &number});
      break;
    case OtlpValue::Kind::array:
      for (const OtlpValue& element : value.array) {
        if (element.kind == OtlpValue::Kind::text) take(parent, key, element);
      }
      break;
    case OtlpValue::Kind::map: {
      const Place place = collector_.place_of(parent, key);
      if (!place.known() || !KeyTree::instance().is_parent(place)) break;
      for (const OtlpAttribute& member : value.map) take(place, member.key, member.value);
      break;
    }
    default:
      break;
  }
}

void OtlpCollector::take(Place parent, const base::JsonValue& object) {
  object.for_members([&](std::string_view key, const base::JsonValue& value) {
    switch (value.kind()) {
      case base::JsonValue::Kind::string:
        if (!value.text().empty()) {
          collector_.take(parent, key, {Scalar::Kind::text, false, value.text()});
        }
        break;
      case base::JsonValue::Kind::boolean:
        collector_.take(parent, key, {Scalar::Kind::boolean, value.truth()});
        break;
      case base::JsonValue::Kind::number: {
        const base::JsonNumber number = value.number();
        collector_.take(parent, key, {Scalar::Kind::number, false, {}, &number});
        break;
      }
      case base::JsonValue::Kind::object: {
        const Place place = collector_.place_of(parent, key);
        if (place.known() && KeyTree::instance().is_parent(place)) take(place, value);
        break;
      }
      default:
        break;
    }
  });
}

}  // namespace audit::source
