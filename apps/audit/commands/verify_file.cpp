#include "commands/verify_file.hpp"

#include <string_view>

#include <fmt/format.h>

#include "commands/ci_report.hpp"
#include "commands/flags.hpp"
#include "commands/timestamp.hpp"
#include "commands/verdict.hpp"
#include "commands/verify_several.hpp"
#include "ui/message.hpp"

namespace audit::cli {

void print_report(Context& context, VerifyTask& task, VerifyReport& report,
                  const std::vector<std::string>& missing) {
  task.is_told = true;
  note_future(context, report);
  if (task.is_document()) {
    const std::vector<LedgerVerdict> one{{task.ledgers.front().string(), report, missing, {}}};
    context.out.write(ci_document(task.form, one));
  } else if (task.form == VerdictForm::json) {
    context.out.print("{}\n", verdict_json(report, missing));
  } else {
    print_verdict(context, report, missing);
  }
}

ExitCode verify_one_fork(Context& context, VerifyTask& task, const VerifyFlags& flags) {
  const std::string_view of_others =
      first_given({{"--save", !flags.save.empty()},
                   {"--known", !flags.known.empty()},
                   {"--policy", !flags.policy.empty()},
                   {"--cosign", !flags.cosign.empty()},
                   {"--witness", !flags.witness.empty()},
                   {"--evidence", !flags.evidence.empty()},
                   {"--timestamp", !flags.timestamps.answers.empty()},
                   {"--since-known", flags.since_known},
                   {"--rebuild-index", flags.rebuild_index},
                   {"--leaf", task.leaf.has_value()}});
  if (!of_others.empty()) {
    throw usage_error(fmt::format("{} is not for fork evidence, and '{}' is that", of_others,
                                  task.ledgers.front().string()));
  }
  VerifyReport report = verify_fork(task.ledgers.front(), task.options.keys);
  print_report(context, task, report, missing_levels(report, task.required));
  return exit_code(report.verdict, true);
}

ExitCode verify_one_proof(Context& context, VerifyTask& task, const VerifyFlags& flags) {
  const std::string_view of_ledgers = first_given({{"--save", !flags.save.empty()},
                                                   {"--policy", !flags.policy.empty()},
                                                   {"--cosign", !flags.cosign.empty()},
                                                   {"--witness", !flags.witness.empty()},
                                                   {"--evidence", !flags.evidence.empty()},
                                                   {"--since-known", flags.since_known},
                                                   {"--rebuild-index", flags.rebuild_index}});
  if (!of_ledgers.empty()) {
    throw usage_error(fmt::format("{} is for a ledger, and '{}' is a proof", of_ledgers,
                                  task.ledgers.front().string()));
  }
  VerifyReport report = verify_proof(task, task.ledgers.front());
  const std::vector<std::string> missing = missing_levels(report, task.required);
  print_report(context, task, report, missing);
  return exit_code(report.verdict, missing.empty());
}

ExitCode verify_one_bundle(Context& context, VerifyTask& task, const VerifyFlags& flags) {
  const std::string_view of_ledgers = first_given({{"--save", !flags.save.empty()},
                                                   {"--cosign", !flags.cosign.empty()},
                                                   {"--witness", !flags.witness.empty()},
                                                   {"--evidence", !flags.evidence.empty()},
                                                   {"--since-known", flags.since_known},
                                                   {"--rebuild-index", flags.rebuild_index},
                                                   {"--leaf", task.leaf.has_value()}});
  if (!of_ledgers.empty()) {
    throw usage_error(fmt::format("{} is not for a bundle, and '{}' is one", of_ledgers,
                                  task.ledgers.front().string()));
  }
  VerifyReport report = verify_bundle(context, task, task.ledgers.front(), "verifying");
  if (context.stop) {
    print_note(context, "interrupted before the end: no verdict");
    return ExitCode::interrupted;
  }
  const std::vector<std::string> missing = missing_levels(report, task.required);
  print_report(context, task, report, missing);
  return exit_code(report.verdict, missing.empty());
}

}  // namespace audit::cli
