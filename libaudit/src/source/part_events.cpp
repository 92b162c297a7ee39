#include "source/part_events.hpp"

#include <algorithm>

namespace audit::source {

namespace {

// What is true of everything that happened in a span.
constexpr Field kShared[] = {
    Field::time,        Field::agent,    Field::agent_version, Field::team,
    Field::environment, Field::region,   Field::user,          Field::session,
    Field::trace,       Field::step,     Field::request_id,    Field::correlation_id,
    Field::model,       Field::provider, Field::service,       Field::host,
};

}  // namespace

PartEvent& PartEvents::derive(const PartEvent& from) {
  PartEvent& event = add();
  event.part = from.part;
  event.scope = from.scope;
  event.role.says_agent = from.role.says_agent;
  event.role.says_session = from.role.says_session;
  for (std::size_t i = 0; i < from.envelope.size(); ++i) {
    const Envelope::Value value = from.envelope.at(i);
    if (std::find(std::begin(kShared), std::end(kShared), value.field) == std::end(kShared))
      continue;
    if (value.kind == ValueKind::integer) {
      event.envelope.set_number(value.field, value.number);
    } else {
      event.envelope.set_text(value.field, value.text);
    }
  }
  return event;
}

}  // namespace audit::source
