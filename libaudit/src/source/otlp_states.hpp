// source/otlp_states.hpp - what attributes say of content that is not there, or not as it was.
#pragma once

#include <string_view>

#include "source/otlp_clues.hpp"
#include "source/otlp_model.hpp"

namespace audit::source {

struct OtlpStates {
  bool withheld = false;   // the producer was told not to record it
  bool truncated = false;  // it was cut
  bool encrypted = false;  // it is there, but only its producer can read it
};

// Adds what the attributes of a part say. Of one that fills a field nothing: the field says it.
void note_states(OtlpAttributes attributes, OtlpStates& states);

// The same of a body, or of a value in it.
void note_states(const OtlpValue& value, OtlpStates& states);

// Adds whether an answer holds reasoning that only its producer can read.
void note_reasoning(const Clues& clues, OtlpStates& states);

}  // namespace audit::source
