#include "cli.hpp"

#include <atomic>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "context.hpp"
#include "exit_code.hpp"
#include "temp_folder.hpp"

using audit::cli::Context;
using audit::cli::Output;

namespace {

// One run of the program with everything it touches in memory.
struct Run {
  std::string out_text;
  std::string err_text;
  std::map<std::string, std::string> variables = {{"AUDIT_CONFIG", ""}};
  std::atomic<bool> stop{false};

  int run(const std::vector<std::string>& arguments) {
    Output out(out_text);
    Output err(err_text);
    Context context{
        .out = out,
        .err = err,
        .input = 0,
        .input_is_terminal = true,
        .environment = [this](const char* name) -> const char* {
          const auto found = variables.find(name);
          return found == variables.end() ? nullptr : found->second.c_str();
        },
        .clock = [] { return audit::from_nanoseconds(1'790'000'000'000'000'000); },
        .stop = stop,
        .globals = {},
    };
    return audit::cli::run(arguments, context);
  }
};

}  // namespace

TEST_CASE("an error goes to stderr alone and has its exit code") {
  Run run;
  CHECK(run.run({"search", "-l", "/nowhere/x.ledger"}) == 66);
  CHECK(run.out_text.empty());
  CHECK(run.err_text ==
        "audit: error: there is no ledger '/nowhere/x.ledger'\n"
        "hint: -l FILE or AUDIT_LEDGER says where the ledger is\n");
}

TEST_CASE("the variable names the ledger where the flag does not") {
  Run run;
  run.variables["AUDIT_LEDGER"] = "/nowhere/variable.ledger";
  CHECK(run.run({"verify"}) == 66);
  CHECK(run.err_text.find("/nowhere/variable.ledger") != std::string::npos);
}

TEST_CASE("what needs one ledger refuses several, and says what to do") {
  const audit::test::TempFolder folder;
  for (const char* name : {"a.ledger", "b.ledger"}) std::ofstream(folder / name) << "x";
  const std::string both = (folder / "*.ledger").string();
  using Words = std::vector<std::string>;
  for (const Words& words :
       {Words{"ingest", "x"}, Words{"export", "--raw"}, Words{"init"}, Words{"init", "-l", "c"}}) {
    Run run;
    run.variables["AUDIT_LEDGER"] = both;
    Words arguments = words;
    if (words.back() == "c") arguments.insert(arguments.end(), {"-l", "d"});
    CAPTURE(words.front());
    CHECK(run.run(arguments) == 2);
    CHECK(run.out_text.empty());
    CHECK(run.err_text.find("\nhint: ") != std::string::npos);
  }
}

TEST_CASE("with --json an error is one object, though the flags were not understood") {
  Run run;
  CHECK(run.run({"search", "--json", "--agnet", "x"}) == 2);
  CHECK(
      run.err_text ==
      R"({"schema":"audit.error/1","code":2,"message":"unknown flag '--agnet'","hint":"did you mean '--agent'?"})"
      "\n");
}

TEST_CASE("a control character in a name cannot reach the terminal through an error") {
  Run run;
  CHECK(run.run({"search", "-l", "/nowhere/\x1b[2J"}) == 66);
  CHECK(run.err_text.find('\x1b') == std::string::npos);
}

TEST_CASE("the caret stands under what is wrong, also behind wide characters") {
  Run run;
  CHECK(run.run({"search", "-l", "/nowhere", "日本", "tol:x"}) == 2);
  CHECK(run.err_text.find("\n  日本 tol:x\n       ^^^\n") != std::string::npos);
}

TEST_CASE("on a terminal ingest says what is missing instead of waiting") {
  Run run;
  CHECK(run.run({"ingest"}) == 2);
  CHECK(run.err_text.find("nothing to read") != std::string::npos);
}

TEST_CASE("every error code has an exit code of its table") {
  using audit::ErrorCode;
  using audit::cli::exit_code;
  using audit::cli::to_int;
  const std::map<ErrorCode, int> table = {{ErrorCode::invalid_argument, 2},
                                          {ErrorCode::invalid_event, 65},
                                          {ErrorCode::not_found, 66},
                                          {ErrorCode::already_exists, 73},
                                          {ErrorCode::busy, 75},
                                          {ErrorCode::damaged, 65},
                                          {ErrorCode::unsupported, 65},
                                          {ErrorCode::limit, 65},
                                          {ErrorCode::permission, 77},
                                          {ErrorCode::io, 74},
                                          {ErrorCode::configuration, 78},
                                          {ErrorCode::internal, 70}};
  for (const auto& [code, status] : table) CHECK(to_int(exit_code(code)) == status);
}

TEST_CASE("a verdict is 0 only when intact and all that was required is reached") {
  using audit::Verdict;
  using audit::cli::exit_code;
  using audit::cli::to_int;
  CHECK(to_int(exit_code(Verdict::intact, true)) == 0);
  CHECK(to_int(exit_code(Verdict::intact, false)) == 3);
  for (const bool required : {true, false}) {
    CHECK(to_int(exit_code(Verdict::tampered, required)) == 1);
    CHECK(to_int(exit_code(Verdict::rolled_back, required)) == 1);
    CHECK(to_int(exit_code(Verdict::forked, required)) == 1);
    CHECK(to_int(exit_code(Verdict::unverifiable, required)) == 65);
  }
}
