#include "arguments.hpp"

#include <audit/error.hpp>

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

#include "commands/flags.hpp"

using audit::Error;
using audit::cli::Arguments;
using audit::cli::Command;
using audit::cli::sort_arguments;
using Words = std::vector<std::string>;

namespace {

// A program with the global flags -l/--ledger FILE, -q and --json; `search` takes a query, -n N,
// --agent NAME and --count; `read` takes two files at most and a --json of its own.
struct Tree {
  CLI::App root{"test", "audit"};
  std::string text;
  bool flag = false;
  std::vector<Command> commands;

  Tree() {
    root.set_help_flag();
    audit::cli::add_value(root, "-l,--ledger", text, "FILE", "");
    audit::cli::add_switch(root, "-q,--quiet", flag, "");
    audit::cli::add_switch(root, "--json", flag, "");
    Command search;
    search.app = root.add_subcommand("search", "");
    search.words = {"[QUERY...]", "", "QUERY", SIZE_MAX, true};
    audit::cli::add_value(*search.app, "-n,--limit", text, "N", "");
    audit::cli::add_value(*search.app, "--agent", text, "NAME", "");
    audit::cli::add_switch(*search.app, "--count", flag, "");
    Command read;
    read.app = root.add_subcommand("read", "");
    read.words = {"[FILE...]", "", "FILE", 2, false};
    audit::cli::add_switch(*read.app, "--json", flag, "");
    commands = {search, read};
  }

  Arguments sort(const Words& typed) const { return sort_arguments(root, commands, typed); }

  std::string refusal(const Words& typed) const {
    try {
      (void)sort(typed);
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  }
};

}  // namespace

TEST_CASE("a word that looks like a cluster of flags belongs to the query") {
  const Tree tree;
  const Arguments sorted = tree.sort({"search", "-leak", "-quick", "-note", "-x", "a"});
  CHECK(sorted.words == Words{"-leak", "-quick", "-note", "-x", "a"});
  CHECK(sorted.flags == Words{"search"});
}

TEST_CASE("flags of one letter are still flags in a query") {
  const Tree tree;
  const Arguments sorted = tree.sort({"search", "-n", "5", "-q", "-l", "-x", "-n7", "word"});
  CHECK(sorted.words == Words{"word"});
  CHECK(sorted.flags == Words{"-q", "-l", "-x", "search", "-n", "5", "-n", "7"});
}

TEST_CASE("words keep their order, whatever stands between them") {
  const Tree tree;
  CHECK(tree.sort({"search", "a", "--agent", "b", "-c", "--count", "OR", "-", "d"}).words ==
        Words{"a", "-c", "OR", "-", "d"});
}

TEST_CASE("a word is never split at brackets or commas, nor taken for a command") {
  const Tree tree;
  CHECK(tree.sort({"search", "[a,b]", "read", "x,y"}).words == Words{"[a,b]", "read", "x,y"});
  CHECK(tree.sort({"read", "search"}).words == Words{"search"});
}

TEST_CASE("after -- everything is a word") {
  const Tree tree;
  CHECK(tree.sort({"search", "--", "--agent", "-n", "--"}).words == Words{"--agent", "-n", "--"});
}

TEST_CASE("a value may look like anything") {
  const Tree tree;
  CHECK(tree.sort({"search", "--agent", "--count"}).flags == Words{"search", "--agent", "--count"});
  CHECK(tree.sort({"search", "--agent=-7d=x"}).flags == Words{"search", "--agent", "-7d=x"});
  CHECK(tree.sort({"-l", "search", "search"}).flags == Words{"-l", "search", "search"});
}

TEST_CASE("a flag belongs to the command before it belongs to the program") {
  const Tree tree;
  CHECK(tree.sort({"--json", "read"}).flags == Words{"--json", "read"});
  CHECK(tree.sort({"read", "--json"}).flags == Words{"read", "--json"});
  CHECK(tree.sort({"search", "--json"}).flags == Words{"--json", "search"});
}

TEST_CASE("clusters of one-letter flags and values that stick to them work elsewhere") {
  const Tree tree;
  CHECK(tree.sort({"-qlx", "read"}).flags == Words{"-q", "-l", "x", "read"});
  CHECK(tree.sort({"read", "-ql", "x"}).flags == Words{"-q", "-l", "x", "read"});
}

TEST_CASE("what is not understood is named") {
  const Tree tree;
  CHECK(tree.refusal({"serch"}) == "unknown command 'serch'");
  CHECK(tree.refusal({"search", "--agnet", "x"}) == "unknown flag '--agnet'");
  CHECK(tree.refusal({"read", "-x"}) == "unknown flag '-x'");
  CHECK(tree.refusal({"search", "--agent"}) == "flag '--agent' needs a value");
  CHECK(tree.refusal({"search", "--agent=", "x"}) == "flag '--agent' needs a value");
  CHECK(tree.refusal({"-l", "", "read"}) == "flag '-l' needs a value");
  CHECK(tree.refusal({"-l"}) == "flag '-l' needs a value");
  CHECK(tree.refusal({"search", "--count=1"}) == "flag '--count' takes no value");
  CHECK(tree.refusal({"read", "a", "b", "c"}) == "unexpected word 'c'");
}

TEST_CASE("no command is no error: the program says what to do") {
  const Tree tree;
  CHECK(tree.sort({}).command == nullptr);
  CHECK(tree.sort({"-q"}).command == nullptr);
}
