#include "siem/mapping.hpp"

#include <algorithm>

#include "event/value.hpp"

namespace audit::siem {

namespace {

using base::JsonValue;

constexpr std::array<std::pair<std::string_view, Form>, 7> kForms = {{
    {"string", Form::string},
    {"ms", Form::unix_ms},
    {"seconds", Form::unix_seconds},
    {"ns", Form::span_ns},
    {"milliseconds", Form::span_ms},
    {"percent", Form::percent},
    {"hundredths", Form::whole_percent},
}};

Constant read_constant(const JsonValue& value) {
  Constant constant{std::string(value.text()), value.kind() != JsonValue::Kind::string};
  if (value.kind() == JsonValue::Kind::number) {
    event::append_integer(constant.text, value.number().i);
  } else if (value.kind() == JsonValue::Kind::boolean) {
    constant.text = value.truth() ? "true" : "false";
  }
  return constant;
}

// Calls each(value) for a value, or for each of an array.
template <class Each>
void for_one_or_more(const JsonValue& value, const Each& each) {
  if (value.is_array()) {
    value.for_elements(each);
  } else {
    each(value);
  }
}

std::vector<Field> read_fields(const TableReader& table, const std::optional<JsonValue>& names) {
  std::vector<Field> fields;
  if (names) {
    for_one_or_more(*names,
                    [&](const JsonValue& name) { fields.push_back(table.field(name.text())); });
  }
  return fields;
}

void set_place(Row& row, std::string_view to) {
  row.is_list = to.ends_with("[]");
  row.to = to.substr(0, to.size() - (row.is_list ? 2 : 0));
}

// What is the same in a row and in the rest.
void read_shape(const TableReader& table, const JsonValue& from, Row& row) {
  if (const auto form = from.member("as")) {
    const auto* const known = std::find_if(
        kForms.begin(), kForms.end(), [&](const auto& one) { return one.first == form->text(); });
    if (known == kForms.end()) table.refuse("names no form: " + std::string(form->text()));
    row.form = known->second;
  }
  if (const auto limit = from.member("limit"))
    row.limit = static_cast<std::size_t>(limit->number().i);
}

Row read_row(const TableReader& table, const JsonValue& from) {
  Row row;
  set_place(row, table.member(from, "to").text());
  for_one_or_more(table.member(from, "from"), [&](const JsonValue& name) {
    const auto source = find_source(name.text());
    if (!source) table.refuse("names no source: " + std::string(name.text()));
    row.from.push_back(*source);
  });
  read_shape(table, from, row);
  if (const auto label = from.member("label")) row.label = label->text();
  row.if_any = read_fields(table, from.member("if"));
  row.unless_any = read_fields(table, from.member("unless"));
  if (const auto words = from.member("map")) {
    words->for_members([&](std::string_view word, const JsonValue& other) {
      row.words.emplace_back(word, read_constant(other));
    });
  }
  return row;
}

// A row for each member of "set".
void read_set(const std::optional<JsonValue>& set, std::vector<Row>& rows) {
  if (!set) return;
  set->for_members([&](std::string_view to, const JsonValue& value) {
    Row row;
    set_place(row, to);
    for_one_or_more(value,
                    [&](const JsonValue& one) { row.constants.push_back(read_constant(one)); });
    rows.push_back(std::move(row));
  });
}

void read_rows(const TableReader& table, const std::optional<JsonValue>& from,
               std::vector<Row>& rows) {
  if (!from) return;
  from->for_elements([&](const JsonValue& row) { rows.push_back(read_row(table, row)); });
}

// tokens_in -> tokensIn.
std::string camel_case(std::string_view name) {
  std::string out;
  bool upper = false;
  for (const char c : name) {
    if (c != '_') out.push_back(upper ? static_cast<char>(c - 'a' + 'A') : c);
    upper = c == '_';
  }
  return out;
}

void add_fields(FieldSet& set, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    for (const Source& source : row.from) {
      if (source.field != Field{}) set.add(source.field);
    }
  }
}

}  // namespace

Mapping::Mapping(std::string_view name) {
  const TableReader table(name);
  read_severities(table);
  read_set(table.find("set"), rows_);
  read_rows(table, table.find("fields"), rows_);
  read_groups(table);
  read_kinds(table);
  read_rest(table);
  note_fields();
}

void Mapping::read_severities(const TableReader& table) {
  const JsonValue words = table.member("severity");
  for (std::size_t i = 0; i < kSeverities; ++i) {
    severities_[i] = read_constant(table.member(words, kSeverityWords[i]));
  }
}

void Mapping::read_groups(const TableReader& table) {
  const auto groups = table.find("groups");
  if (!groups) return;
  groups->for_members([&](std::string_view name, const JsonValue& group) {
    std::vector<Row>& rows = groups_[std::string(name)];
    read_set(group.member("set"), rows);
    read_rows(table, group.member("fields"), rows);
  });
}

void Mapping::read_kinds(const TableReader& table) {
  kinds_["*"];  // there always is one
  const auto kinds = table.find("kinds");
  if (!kinds) return;
  kinds->for_members([&](std::string_view name, const JsonValue& from) {
    Kind& kind = kinds_[std::string(name)];
    if (const auto groups = from.member("groups")) {
      groups->for_elements([&](const JsonValue& group) {
        kind.groups.emplace_back(group.text());
        if (!groups_.contains(kind.groups.back())) table.refuse("names no group");
      });
    }
    read_set(from.member("set"), kind.set);
    kind.needs = read_fields(table, from.member("needs"));
    if (const auto otherwise = from.member("else")) kind.otherwise = otherwise->text();
  });
  for (const auto& [name, kind] : kinds_) {
    const bool has_other = kinds_.contains(kind.otherwise);
    if (!kind.needs.empty() && !has_other) table.refuse("has no other kind for " + name);
  }
}

void Mapping::read_rest(const TableReader& table) {
  const auto from = table.find("rest");
  if (!from) return;
  Rest& rest = rest_.emplace();
  rest.to = table.member(*from, "to").text();
  rest.is_camel = from->member("case").has_value();
  read_shape(table, *from, rest.like);
  rest.skip = read_fields(table, from->member("skip"));
}

void Mapping::note_fields() {
  // A kind is always looked up, and a message and a severity made of these.
  fields_ = {Field::type,     Field::time,         Field::tool,       Field::model,  Field::policy,
             Field::rule,     Field::rule_version, Field::action,     Field::status, Field::risk,
             Field::decision, Field::approval,     Field::duration_us};
  if (rest_) fields_ = FieldSet::all();
  add_fields(fields_, rows_);
  for (const auto& [name, rows] : groups_) add_fields(fields_, rows);
}

const Plan& Mapping::plan(const Envelope& envelope) {
  const auto has = [&envelope](Field field) { return envelope.has(field); };
  Kind* kind = find_by_kind(kinds_, envelope.text(Field::type));
  if (!kind->needs.empty() && std::none_of(kind->needs.begin(), kind->needs.end(), has)) {
    kind = &kinds_.at(kind->otherwise);
  }
  if (!kind->plan) kind->plan = make_plan(*kind);
  return *kind->plan;
}

Plan Mapping::make_plan(const Kind& kind) const {
  Plan plan = kind.set;
  for (const std::string& group : kind.groups) {
    const std::vector<Row>& rows = groups_.at(group);
    plan.insert(plan.end(), rows.begin(), rows.end());
  }
  plan.insert(plan.end(), rows_.begin(), rows_.end());
  if (rest_) add_rest(plan);
  return plan;
}

void Mapping::add_rest(Plan& plan) const {
  // What comes first in a row is told by it.
  FieldSet told;
  for (const Field field : rest_->skip) told.add(field);
  for (const Row& row : plan) {
    if (!row.from.empty() && row.from.front().field != Field{}) told.add(row.from.front().field);
  }
  const std::size_t star = rest_->to.find('*');
  for (const FieldInfo& field : audit::fields()) {
    if (told.has(field.field)) continue;
    const bool is_cost = field.field == Field::cost_nano;
    const std::string_view name = is_cost ? "cost" : field.name;
    Row row = rest_->like;
    row.to = rest_->to;
    row.to.replace(star, 1, rest_->is_camel ? camel_case(name) : std::string(name));
    row.from.push_back({is_cost ? Source::Kind::cost : Source::Kind::field, field.field});
    plan.push_back(std::move(row));
  }
}

}  // namespace audit::siem
