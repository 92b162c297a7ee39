// commands/export_send.hpp - export --syslog --to: lines to a receiver, each at least once.
#pragma once

#include <audit/export.hpp>
#include <audit/query.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

struct SendTask {
  std::filesystem::path ledger;
  std::string_view format;
  Query question;
  ExportOptions options;
  SearchOptions search;
  Disclosure disclosure = Disclosure::all;
  std::string to;                     // unix:/PATH, tcp://HOST:PORT, tls://HOST:PORT
  std::filesystem::path authorities;  // of TLS
  std::filesystem::path state;        // the last number that was delivered; empty: nothing is kept
  bool follow = false;
};

// Sends all answers there are behind the last one that was delivered; with `follow` also each that
// comes. A connection that breaks is opened again, and what its receiver may not have got is sent
// again.
//   returns   yes if there was any, no if there was none, interrupted; io if nobody took them for a
//             while and `follow` was not asked for
[[nodiscard]] ExitCode send_export(Context& context, const SendTask& task);

}  // namespace audit::cli
