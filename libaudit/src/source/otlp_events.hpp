// source/otlp_events.hpp - the events that the spans and log records of one request become.
#pragma once

#include "source/part_events.hpp"

namespace audit::source {

using OtlpRole = TraceRole;
using OtlpEvent = PartEvent;
using OtlpEvents = PartEvents;

}  // namespace audit::source
