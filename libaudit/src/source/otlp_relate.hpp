// source/otlp_relate.hpp - what only the spans of a request together tell.
//
// Nothing waits for a span that is elsewhere: what another request holds is not looked for.
#pragma once

#include "source/otlp_events.hpp"

namespace audit::source {

// Counts each call of a model once, where several instrumentations tell of it, and gives agent and
// session of a run to the spans in it that do not name their own.
void relate(OtlpEvents& events);

}  // namespace audit::source
