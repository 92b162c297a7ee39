// redact/ids.hpp - the fields that name or stand for something: with one marker in all of them, one
// event, one call or one document would be made of many.
#pragma once

#include <audit/field.hpp>

#include <array>

namespace audit::redact {

inline constexpr std::array kIds = {Field::event_id,     Field::trace,          Field::span,
                                    Field::parent,       Field::links,          Field::session,
                                    Field::request_id,   Field::correlation_id, Field::tool_call_id,
                                    Field::payload_hash, Field::shown_hash,     Field::prompt_hash,
                                    Field::digest};

}  // namespace audit::redact
