#include "siem/mapping.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "siem/mapping_files.hpp"
#include "thrown.hpp"

namespace audit {

namespace {

using siem::Mapping;
using siem::Plan;

Envelope entry_of(std::string_view kind) {
  Envelope envelope;
  if (!kind.empty()) envelope.set_text(Field::type, kind);
  return envelope;
}

const siem::Row* find_row(const Plan& plan, std::string_view to) {
  for (const siem::Row& row : plan) {
    if (row.to == to) return &row;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a mapping table names a field that is none, or lacks a part") {
  int tables = 0;
  for (const siem::MappingFile& file : siem::mapping_files()) {
    if (file.name == "kinds") continue;
    CAPTURE(file.name);
    CHECK_FALSE(Mapping(file.name).plan(entry_of("tool.call")).empty());
    ++tables;
  }
  CHECK(tables == 8);
  CHECK(test::code_of([] { Mapping("nothing"); }) == ErrorCode::internal);
}

TEST_CASE("a limit has no room for the mark of a cut") {
  for (const siem::MappingFile& file : siem::mapping_files()) {
    if (file.name == "kinds") continue;
    Mapping mapping(file.name);
    for (const siem::Row& row : mapping.plan(entry_of("tool.call"))) {
      CAPTURE(file.name);
      CAPTURE(row.to);
      CHECK((row.limit == 0 || row.limit >= 31));
    }
  }
}

// A key that is there twice may be ignored, or end the line.
TEST_CASE("a key of a flat format is written twice") {
  for (const char* const name : {"cef", "leef", "syslog", "otlp"}) {
    Mapping mapping(name);
    std::set<std::string> keys;
    for (const siem::Row& row : mapping.plan(entry_of("tool.call"))) {
      CAPTURE(name);
      CAPTURE(row.to);
      CHECK(keys.insert(row.to).second);
      if (!row.label.empty()) CHECK(keys.insert(row.to + "Label").second);
    }
  }
}

// Written for consumers by the format's owner: a producer never sends them.
TEST_CASE("CEF has a key that only consumers may write") {
  Mapping mapping("cef");
  for (const char* const key : {"rawEvent", "eventId", "agt", "ahost", "aid", "art", "at", "atz",
                                "av", "slat", "slong", "dlat", "dlong", "customerURI"}) {
    CHECK(find_row(mapping.plan(entry_of("tool.call")), key) == nullptr);
  }
}

TEST_CASE("a kind without what its class needs is told as if it had it") {
  Mapping mapping("ocsf");
  Envelope incident = entry_of("incident.opened");
  CHECK(find_row(mapping.plan(incident), "class_uid")->constants[0].text == "2004");
  incident.set_text(Field::approver, "b.ode");
  CHECK(find_row(mapping.plan(incident), "class_uid")->constants[0].text == "2005");
}

TEST_CASE("a field is told by no row, and not among the rest") {
  for (const char* const name : {"ecs", "ocsf", "sentinel"}) {
    Mapping mapping(name);
    for (const char* const kind :
         {"tool.call", "session.start", "incident.opened", "sys.export", "retrieval", "x"}) {
      FieldSet told;
      for (const siem::Row& row : mapping.plan(entry_of(kind))) {
        for (const siem::Source& source : row.from) {
          if (source.field != Field{}) told.add(source.field);
        }
      }
      for (const Field field :
           {Field::agent, Field::user, Field::session, Field::tool, Field::model, Field::policy,
            Field::decision, Field::reason, Field::cost_nano, Field::payload_hash, Field::subject,
            Field::resource, Field::destination, Field::flags, Field::tokens_in}) {
        CAPTURE(name);
        CAPTURE(kind);
        CAPTURE(name_of(field));
        CHECK(told.has(field));
      }
    }
  }
}

}  // namespace audit
