#include "ingest/delivery.hpp"

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "base/json.hpp"
#include "base/protobuf.hpp"

namespace audit::ingest {

namespace {

constexpr std::string_view kJson("application/json");
constexpr std::string_view kProtobuf("application/x-protobuf");

void put_number(std::string& out, std::uint32_t field, std::uint64_t number) {
  if (number == 0) return;  // the default is not written
  base::put_varint(out, base::wire_tag(field, base::WireType::varint));
  base::put_varint(out, number);
}

void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  base::put_varint(out, base::wire_tag(field, base::WireType::bytes));
  base::put_varint(out, bytes.size());
  out.append(bytes);
}

std::string quoted(std::string_view text) {
  std::string json;
  base::append_json_string(json, text);
  return json;
}

// google.rpc.Code.
int code_of(int status) {
  switch (status) {
    case 401:
      return 16;  // UNAUTHENTICATED
    case 403:
      return 7;  // PERMISSION_DENIED
    case 404:
      return 5;  // NOT_FOUND
    case 405:
    case 501:
    case 505:
      return 12;  // UNIMPLEMENTED
    case 408:
      return 4;  // DEADLINE_EXCEEDED
    case 413:
    case 429:
    case 431:
      return 8;  // RESOURCE_EXHAUSTED
    case 500:
      return 13;  // INTERNAL
    case 503:
      return 14;  // UNAVAILABLE
    default:
      return 3;  // INVALID_ARGUMENT
  }
}

std::string_view rejected_name(Signal signal) {
  switch (signal) {
    case Signal::logs:
      return "rejectedLogRecords";
    case Signal::metrics:
      return "rejectedDataPoints";
    default:
      return "rejectedSpans";
  }
}

// Nothing was rejected, and yet the client should know: OTLP has a message for that.
std::string warning_of(const Delivery& delivery) {
  const auto& counts = delivery.committed;
  if (counts.blocked == 0 && !counts.halted) return {};
  return fmt::format("{} stored and blocked by a rule{}", counts.blocked,
                     counts.halted ? "; a rule halted the run" : "");
}

// The three responses have the same fields: partial_success 1 with the number 1 and the message 2.
http::Response otlp_answer(const Delivery& delivery) {
  const std::uint64_t rejected = delivery.drafted.rejected + delivery.committed.rejected;
  const std::uint64_t parts = delivery.drafted.rejected_parts + delivery.committed.rejected_parts;
  const std::string warning = rejected == 0 ? warning_of(delivery) : std::string();
  const std::string_view message = rejected == 0 ? std::string_view(warning)
                                   : delivery.drafted.complaint.empty()
                                       ? "an id is there already with other content"
                                       : std::string_view(delivery.drafted.complaint);
  http::Response response;
  if (delivery.is_protobuf) {
    response.content_type = kProtobuf;
    if (message.empty()) return response;
    std::string partial;
    put_number(partial, 1, parts);
    put_bytes(partial, 2, message);
    put_bytes(response.body, 1, partial);
    return response;
  }
  response.content_type = kJson;
  response.body = "{}";
  if (message.empty()) return response;
  response.body = fmt::format(R"({{"partialSuccess":{{"{}":"{}","errorMessage":{}}}}})",
                              rejected_name(delivery.signal), parts, quoted(message));
  return response;
}

std::string number_or_null(const std::optional<std::uint64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

http::Response counts_answer(const Delivery& delivery) {
  const std::uint64_t rejected = delivery.drafted.rejected + delivery.committed.rejected;
  const auto& counts = delivery.committed;
  http::Response response;
  if (rejected > 0 && rejected == delivery.drafted.read) response.status = 400;
  response.content_type = kJson;
  response.body = fmt::format(
      R"({{"schema":"audit.received/1","read":{},"stored":{},"duplicates":{},"flagged":{},)"
      R"("conflicts":{},"rejected":{},"first_seq":{},"last_seq":{},"blocked":{},"halted":{}}})",
      delivery.drafted.read, counts.stored, counts.duplicates, counts.flagged, counts.conflicts,
      rejected, number_or_null(counts.first_seq), number_or_null(counts.last_seq), counts.blocked,
      counts.halted);
  return response;
}

}  // namespace

http::Response answer_of(const Delivery& delivery) {
  if (delivery.drafted.status != 200) {
    return status_answer(delivery.drafted.status, delivery.drafted.complaint, delivery.is_protobuf);
  }
  return delivery.signal == Signal::events ? counts_answer(delivery) : otlp_answer(delivery);
}

http::Response status_answer(int status, std::string_view message, bool is_protobuf) {
  http::Response response;
  response.status = status;
  if (is_protobuf) {
    response.content_type = kProtobuf;
    put_number(response.body, 1, static_cast<std::uint64_t>(code_of(status)));
    put_bytes(response.body, 2, message);
  } else {
    response.content_type = kJson;
    response.body = fmt::format(R"({{"code":{},"message":{}}})", code_of(status), quoted(message));
  }
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace audit::ingest
