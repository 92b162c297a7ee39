#include "export/bundle_readme.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.hpp"

namespace audit::exports {

namespace {

std::string what_is_missing(const proof::BundleManifest& manifest) {
  std::string text;
  if (!manifest.hidden.empty()) {
    text += fmt::format(
        "Hidden by whoever made this bundle: {}. In {} of the entries something is\n"
        "not shown. What is hidden is replaced by a digest of it under a secret salt.\n",
        fmt::join(manifest.hidden, ", "), manifest.withheld);
  }
  if (manifest.erased > 0) {
    text += fmt::format(
        "In {} of the entries something had been erased from the ledger before, by an\n"
        "entry of the ledger that says so.\n",
        manifest.erased);
  }
  if (text.empty()) text = "Nothing of these entries is hidden, and nothing was erased.\n";
  return text;
}

}  // namespace

std::string bundle_readme(const proof::BundleManifest& manifest) {
  std::string query = "a question that is not shown, as something is hidden";
  if (manifest.query) {
    query = manifest.query->empty() ? "every entry" : base::escape_controls(*manifest.query);
  }
  return fmt::format(
      "EVIDENCE BUNDLE\n"
      "\n"
      "{entries} of the {size} entries of the ledger\n"
      "    {origin}\n"
      "with what proves that they were in it, unchanged, when its head was signed.\n"
      "\n"
      "Chosen by:  {query}\n"
      "\n"
      "{missing}"
      "\n"
      "HOW TO CHECK IT\n"
      "\n"
      "    audit verify BUNDLE --key KEYFILE\n"
      "    python3 reverify.py BUNDLE --key KEYFILE\n"
      "\n"
      "KEYFILE holds the verifier key of the ledger, and must come from somebody you\n"
      "trust, not from this bundle: keys.txt only repeats it. Neither the ledger nor a\n"
      "network is needed. reverify.py is one file of Python that shares no code with\n"
      "audit. The format is written down in audit-bundle(5), for who wants to check it\n"
      "with a program of their own.\n"
      "\n"
      "WHAT IS IN IT\n"
      "\n"
      "    entries.jsonl   the entries, one a line, with the salts that prove them\n"
      "    history.jsonl   how the ledger began, and the entries that changed its key\n"
      "    nodes.txt       hashes of the entries that are not here\n"
      "    checkpoint      the signed head that all of it leads to\n"
      "    keys.txt        the verifier keys that the ledger names\n"
      "    rotation-*      how each key was replaced, signed by both\n"
      "    manifest.json   what each member must be\n"
      "\n"
      "WHAT IT DOES NOT SHOW\n"
      "\n"
      "That these are all entries that fit the question, or that nothing is missing\n"
      "between them: only the ledger shows that. That what they say is true. That what\n"
      "is said to be erased was erased and not hidden. And this text, the question and\n"
      "the counts are the word of whoever made the bundle; the entries are not.\n",
      fmt::arg("entries", manifest.entries), fmt::arg("size", manifest.size),
      fmt::arg("origin", base::escape_controls(manifest.origin)), fmt::arg("query", query),
      fmt::arg("missing", what_is_missing(manifest)));
}

}  // namespace audit::exports
