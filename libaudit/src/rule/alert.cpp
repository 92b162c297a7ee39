#include "rule/alert.hpp"

#include <array>
#include <initializer_list>

#include "event/value.hpp"

namespace audit::rule {

namespace {

using base::append_json_string;

// Adds members to an object that was begun.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) {}

  Members& add(std::string_view name, std::string_view text) {
    begin(name);
    append_json_string(out_, text);
    return *this;
  }

  Members& add_number(std::string_view name, std::uint64_t number) {
    begin(name);
    event::append_integer(out_, number);
    return *this;
  }

  std::string& begin(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, name);
    return out_ += ':';
  }

 private:
  std::string& out_;
};

void append_entries(std::string& out, const std::vector<Named>& entries) {
  out += '[';
  for (const Named& entry : entries) {
    if (out.back() != '[') out += ',';
    out += '{';
    Members members(out);
    members.add_number("seq", entry.seq).add("hash", to_hex(entry.hash));
    if (!entry.event_id.empty()) members.add("event_id", entry.event_id);
    out += '}';
  }
  out += ']';
}

void append_group(std::string& out, const Fields& by, const std::vector<std::string>& values) {
  out += '{';
  for (std::size_t i = 0; i < by.size() && i < values.size(); ++i) {
    Members(out).add(name_of(by[i]), values[i]);
  }
  out += '}';
}

void append_threshold(std::string& out, const Threshold& threshold, const Firing& firing) {
  Members members(out);
  members.add("threshold", threshold.text);
  append_group(members.begin("group"), threshold.by, firing.group);
  members.add_number("count", firing.count);
  if (!threshold.summed) return;
  const Field field = *threshold.summed;
  const std::int64_t unit = field == Field::cost_nano ? event::kCostUnit : info(field).unit;
  event::append_decimal(members.begin("sum"), firing.sum, unit);
}

}  // namespace

std::string_view kind_of(Action action) noexcept {
  switch (action) {
    case Action::flag:
      return "risk.signal";
    case Action::block:
      return "guardrail.block";
    case Action::alert:
    case Action::halt:
      break;
  }
  return "sys.alert";
}

Envelope to_envelope(const Firing& firing, const Envelope* about) {
  const Rule& rule = *firing.rule;
  Envelope envelope;
  envelope.set_text(Field::type, kind_of(rule.action));
  envelope.set_text(Field::format, kFormat);
  envelope.set_text(Field::policy, firing.set->name);
  envelope.set_text(Field::rule, rule.id);
  envelope.set_text(Field::rule_version, firing.set->version);
  envelope.set_text(Field::risk, name_of(rule.severity));
  envelope.set_text(Field::reason, rule.title);
  if (rule.action == Action::block) envelope.set_text(Field::decision, "deny");
  if (rule.action == Action::halt && !rule.absent) envelope.set_text(Field::decision, "abort");
  for (const Named& entry : firing.entries) envelope.set_text(Field::links, entry.event_id);
  copy_where(about == nullptr ? firing.about : *about, envelope);
  if (about == nullptr) return envelope;
  if (rule.action != Action::block) return envelope;
  for (const Field field : {Field::tool, Field::tool_call_id}) {
    envelope.set_text(field, about->text(field));
  }
  return envelope;
}

std::string to_json(const Firing& firing) {
  const Rule& rule = *firing.rule;
  std::string out = "{";
  Members members(out);
  members.add("schema", "audit.alert/1").add("set", firing.set->name);
  members.add("version", firing.set->version).add("sha256", to_hex(firing.set->digest));
  members.add("rule", rule.id).add("title", rule.title);
  members.add("severity", name_of(rule.severity)).add("action", name_of(rule.action));
  append_entries(members.begin("entries"), firing.entries);
  if (rule.threshold) append_threshold(out, *rule.threshold, firing);
  if (rule.absent) {
    members.add("absent", rule.absent->within_text);
    append_group(members.begin("group"), rule.absent->by, firing.group);
  }
  return out += '}';
}

std::optional<Earlier> read_alert(base::JsonReader& json, std::string_view payload) {
  if (json.parse(payload) != base::JsonStatus::ok || !json.is_object()) return std::nullopt;
  const base::JsonValue root = json.root();
  const auto text = [&root](std::string_view name) {
    const auto value = root.member(name);
    return std::string(value ? value->text() : std::string_view());
  };
  if (text("schema") != "audit.alert/1") return std::nullopt;
  Earlier earlier{text("set"), text("rule"), {}, {}};
  if (const auto group = root.member("group")) {
    group->for_members([&](std::string_view, const base::JsonValue& value) {
      earlier.group.emplace_back(value.text());
    });
  }
  const auto entries = root.member("entries");
  if (!entries) return earlier;
  entries->for_elements([&](const base::JsonValue& entry) {
    const auto seq = entry.member("seq");
    if (!seq || seq->kind() != base::JsonValue::Kind::number) return;
    earlier.entries.push_back(static_cast<std::uint64_t>(seq->number().i));
  });
  return earlier;
}

}  // namespace audit::rule
