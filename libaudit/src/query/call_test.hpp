// query/call_test.hpp - call.approved:no and its like, asked of a call.
#pragma once

#include <audit/trace.hpp>

#include "match/query.hpp"

namespace audit::query {

//   tests   of calls only (match::split)
[[nodiscard]] bool holds_of_call(const match::Node& tests, const Step& call);

}  // namespace audit::query
