// event/otlp_text.hpp - the words in OTLP that came as protobuf.
#pragma once

#include <string>
#include <string_view>

namespace audit::event {

// Appends the strings of a payload that is a span or log record in protobuf, or a request of spans,
// log records or metrics, whole or without the parts that were cut out of it: names, keys, values,
// bodies, messages, in the order of the bytes, each followed by kTextBreak.
//   returns   false, and `out` as it was, for any other payload. It depends on nothing but the bytes,
//             so that whoever looks at an entry finds the same words in it.
[[nodiscard]] bool append_otlp_text(std::string_view payload, std::string& out);

}  // namespace audit::event
