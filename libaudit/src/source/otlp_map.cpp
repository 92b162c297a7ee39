#include "source/otlp_map.hpp"

#include <functional>

#include "source/reading.hpp"
#include "source/spending.hpp"

namespace audit::source {

namespace {

using Level = OtlpCollector::Level;

}  // namespace

// Reads all that is said of the part in hand.
void OtlpMapper::collect(OtlpAttributes attributes) {
  collector_.clear();
  made_.clear();
  clues_.find(attributes);
  collector_.take(attributes, Level::part);
  collect_document(clues_.text(Clue::metadata), metadata_);
  collect_document(clues_.text(Clue::genkit_context), context_);
  collect_document(clues_.text(Clue::mlflow_usage), usage_);
  states_ = {};
  note_states(attributes, states_);
}

// JSON in a text, of whatever the application wanted to have noted. False if it is none.
bool OtlpMapper::collect_document(std::string_view text, base::JsonReader& reader) {
  if (text.empty() || reader.parse(text) != base::JsonStatus::ok) return false;
  collector_.take(reader.root(), Level::metadata);
  return true;
}

OtlpEvent& OtlpMapper::add_primary(const OtlpPlace& place, OtlpEvents& events) {
  OtlpEvent& event = events.add();
  event.has_bytes = true;
  event.offset = place.offset;
  event.length = place.length;
  event.scope = std::hash<std::string_view>()(origin_.scope);
  Hits& hits = collector_.hits();
  event.role.says_agent = hits.has(Field::agent);
  event.role.says_session = hits.has(Field::session);
  collector_.take(origin_.resource, Level::resource);
  return event;
}

void OtlpMapper::finish(OtlpEvent& event, const OtlpPlace& place, Timestamp received) {
  if (collector_.has_fault() || place.wrong_type) finisher_.add(Flag::wrong_type);
  if (place.bad_utf8) finisher_.add(Flag::bad_utf8);
  if (place.too_large) finisher_.add(Flag::too_large);
  if (states_.withheld) finisher_.add_state("payload=withheld");
  if (place.truncated || states_.truncated) finisher_.add_state("truncated");
  if (states_.encrypted) finisher_.add_state("encrypted");
  finisher_.finish(collector_.hits(), received, event.envelope);
}

// Sets a field to a text that need not live on; an empty one takes it away.
void OtlpMapper::set_text(Target target, std::string_view text) {
  if (text.empty()) {
    collector_.hits().drop(target);
  } else {
    collector_.hits().set_text(target, made_.text(text));
  }
}

std::string_view OtlpMapper::text_of(OtlpAttributes attributes, std::string_view key) {
  for (const OtlpAttribute& attribute : attributes) {
    if (attribute.key == key) return attribute.value.text;
  }
  return {};
}

std::string_view OtlpMapper::label(std::string_view text) {
  return is_label(text) ? text : std::string_view();
}

// What was spent counts once, with the call of the model that spent it: the sums of runs and steps
// are content.
void OtlpMapper::drop_spending() {
  for (const Field field : kSpending) collector_.hits().drop(field);
}

// The calls in calls_, which a model asked for in what `from` tells.
void OtlpMapper::add_proposed_calls(const OtlpEvent& from, std::string_view parent,
                                    OtlpEvents& events) {
  for (const ToolCall& call : calls_) {
    Envelope& envelope = events.derive(from).envelope;
    envelope.set_text(Field::type, "tool.proposed");
    envelope.set_text(Field::parent, parent);
    envelope.set_text(Field::tool, call.tool);
    envelope.set_text(Field::tool_call_id, call.id);
    if (call.arguments) envelope.set_hash(Field::payload_hash, *call.arguments);
  }
}

}  // namespace audit::source
