// The text of a file of schemas -> what it means, or where and why it means nothing.
#include <audit/schemas.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/json_fault.hpp"
#include "base/text.hpp"
#include "event/kind.hpp"
#include "schema/compile.hpp"
#include "schema/set.hpp"
#include "schema/wanted.hpp"

namespace audit {

namespace schema {

namespace {

using base::JsonValue;

constexpr const char* kSeePage = "the format: audit-schemas(5)";
constexpr std::size_t kMaxKindBytes = 128;

[[noreturn]] void fail(std::string place, std::string message, std::string hint = kSeePage) {
  throw SchemaError{std::move(place), {0, 0, std::move(message), std::move(hint)}};
}

// Where the fault is, behind what is said about it.
std::string pointed_out(std::string_view what, std::string_view text) {
  const std::optional<std::size_t> fault = base::find_json_fault(text);
  return fault ? fmt::format("{}: {}", base::line_and_column(text, *fault), what)
               : std::string(what);
}

void check_json(base::JsonStatus status, std::string_view text) {
  switch (status) {
    case base::JsonStatus::ok:
      return;
    case base::JsonStatus::duplicate_key:
      fail({}, pointed_out("an object has a member of this name already", text),
           "keep one of the two");
    case base::JsonStatus::too_deep:
      fail({}, pointed_out("it is nested too deeply", text));
    case base::JsonStatus::bad_utf8:
      fail({}, "it is not UTF-8");
    case base::JsonStatus::not_json:
      break;
  }
  fail({}, pointed_out("it is not JSON from here on", text));
}

// The kind that a name means, which may end in "*".
Declared declared_kind(std::string_view name, const std::string& place) {
  Declared one;
  one.is_prefix = name.ends_with('*');
  one.kind = name.substr(0, name.size() - (one.is_prefix ? 1 : 0));
  const bool is_whole = !one.is_prefix || one.kind.empty() || one.kind.ends_with('.');
  if (name.empty() || name.size() > kMaxKindBytes || !is_whole ||
      one.kind.find('*') != std::string::npos || base::escape_controls(name) != name) {
    fail(place, fmt::format("{} is no kind of event", shown(name)),
         "such as tool.call, or tool.* for all that begin with tool., or * for all");
  }
  if (event::is_reserved_kind(one.kind.substr(0, one.kind.find('.')))) {
    fail(place, "entries of the ledger itself are not checked");
  }
  if (one.kind == "unparsed" || one.kind == "source.record") {
    fail(place, "what could not be read, or was taken apart, is not checked");
  }
  const std::string_view meant = event::canonical_kind(one.kind);
  if (!one.is_prefix && meant != one.kind) {
    fail(place, fmt::format("events of the kind {} are stored as another", shown(name)),
         fmt::format("they are called '{}'", meant));
  }
  return one;
}

std::shared_ptr<const Set> read_set(std::string_view text) {
  constexpr std::array<std::string_view, 3> kMembers{"schema", "schemas", "$comment"};
  if (text.size() > kMaxSchemasBytes) {
    fail({}, fmt::format("it has more than {} bytes", kMaxSchemasBytes));
  }
  auto set = std::make_shared<Set>();
  set->text = text;
  check_json(set->document.parse(set->text), set->text);
  const JsonValue root = set->document.root();
  if (!root.is_object()) fail({}, "an object is wanted");
  root.for_members([&](std::string_view name, const JsonValue& value) {
    std::string place;
    append_step(place, name);
    if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end()) {
      fail(place, "unknown member " + shown(name), "known are schema, schemas and $comment");
    }
    if (name == "schema" && value.text() != "audit.schemas/1") {
      fail(place, "the schema is not audit.schemas/1");
    }
  });
  const std::optional<JsonValue> schemas = root.member("schemas");
  if (!schemas || !schemas->is_object()) {
    fail("/schemas", "an object is wanted that names kinds of events");
  }
  Allowance allowed;
  schemas->for_members([&](std::string_view name, const JsonValue& value) {
    std::string place = "/schemas";
    append_step(place, name);
    if (set->declared.size() == kMaxSchemas) {
      fail(place, fmt::format("more than {} kinds of events", kMaxSchemas));
    }
    Declared one = declared_kind(name, place);
    one.schema = compile(value, place, allowed);
    set->declared.push_back(std::move(one));
  });
  return set;
}

}  // namespace

}  // namespace schema

tl::expected<SchemaSet, SchemaError> parse_schemas(std::string_view text) {
  try {
    return SchemaSet(schema::read_set(text));
  } catch (const SchemaError& error) {
    return tl::make_unexpected(error);
  }
}

}  // namespace audit
