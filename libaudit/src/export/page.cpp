// The page: a frame that is always the same, and between its parts the members of a bundle as data.
#include <audit/checkpoint.hpp>
#include <audit/error.hpp>
#include <audit/page.hpp>
#include <audit/text.hpp>

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/json.hpp"
#include "crypto/sha256.hpp"
#include "export/page_files.hpp"
#include "export/plain_table.hpp"
#include "proof/bundle_manifest.hpp"

namespace audit {

namespace exports {

namespace {

struct Member {
  std::string name;
  std::string_view text;
};

std::vector<Member> members_of(const Bundle& bundle) {
  std::vector<Member> members{{std::string(proof::kBundleReadme), bundle.readme},
                              {std::string(proof::kBundleCheckpoint), bundle.checkpoint},
                              {std::string(proof::kBundleKeys), bundle.keys}};
  for (std::size_t i = 0; i < bundle.rotations.size(); ++i) {
    members.push_back({proof::rotation_name(i + 1), bundle.rotations[i]});
  }
  members.push_back({std::string(proof::kBundleHistory), bundle.history});
  members.push_back({std::string(proof::kBundleEntries), bundle.entries});
  members.push_back({std::string(proof::kBundleNodes), bundle.nodes});
  members.push_back({std::string(proof::kBundleManifest), bundle.manifest});
  return members;
}

// Each line, as it is where it is JSON: no '<' stands in that. Else as a string of JSON.
void append_lines(std::string& out, std::string_view text, bool is_json) {
  if (is_json) {
    out.append(text);
    return;
  }
  while (!text.empty()) {
    const std::size_t length = text.find('\n');
    base::append_visible_json_string(out, text.substr(0, length));
    out.push_back('\n');
    text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
  }
}

void append_data(std::string& out, std::string_view attribute, std::string_view text,
                 bool is_json) {
  out.append("<script type=\"application/json\" ").append(attribute).append(">\n");
  append_lines(out, text, is_json);
  out.append("</script>\n");
}

std::string source_hash(std::string_view text) {
  return "'sha256-" + to_base64(crypto::sha256(text)) + "'";
}

// Nothing may be loaded, sent or run but the one style and the one script. An image of no bytes keeps
// browsers from asking a server for an icon.
std::string policy_of(const PageFiles& files) {
  return fmt::format(
      "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; "
      "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      source_hash(files.script), source_hash(files.style));
}

void append_member(std::string& json, std::string_view key, std::string_view text) {
  json.append(json.empty() ? "{\"" : ",\"").append(key).append("\":");
  base::append_visible_json_string(json, text);
}

// What the page says of itself, and the sum of that.
std::string about_page(const Bundle& bundle, const PageOptions& options, std::string_view title,
                       std::string_view policy, std::string_view plain) {
  std::string json;
  append_member(json, "format", "audit.page/1");
  append_member(json, "title", title);
  append_member(json, "made", to_rfc3339(options.made));
  append_member(json, "policy", policy);
  append_member(json, "manifest", to_hex(crypto::sha256(bundle.manifest)));
  append_member(json, "plain", to_hex(crypto::sha256(plain)));
  json.push_back('}');
  const std::string sum = to_hex(crypto::sha256(json));
  return json + "\n" + sum + "\n";
}

std::string title_of(const Bundle& bundle, const PageOptions& options) {
  if (!is_utf8(options.title)) {
    throw Error(ErrorCode::invalid_argument, "the title is not UTF-8");
  }
  if (!options.title.empty()) return options.title;
  return "Evidence from " + bundle.checkpoint.substr(0, bundle.checkpoint.find('\n'));
}

std::string all_data(const Bundle& bundle, std::string_view about) {
  std::string out;
  append_data(out, "id=\"about\"", about, false);
  for (const Member& member : members_of(bundle)) {
    const bool is_json = member.name.ends_with(".json") || member.name.ends_with(".jsonl");
    append_data(out, fmt::format("data-member=\"{}\"", member.name), member.text, is_json);
  }
  return out;
}

// Hands over the frame with the values in place of their names.
void fill(std::string_view frame,
          const std::vector<std::pair<std::string_view, std::string>>& values, const Sink& sink) {
  for (const auto& [name, value] : values) {
    const std::size_t at = frame.find(name);
    sink(frame.substr(0, at));
    sink(value);
    frame.remove_prefix(at + name.size());
  }
  sink(frame);
}

}  // namespace

}  // namespace exports

void write_page(const Bundle& bundle, const PageOptions& options, const Sink& sink) {
  if (bundle.counts.entries > kMaxPageEntries) {
    throw Error(ErrorCode::limit,
                fmt::format("more than {} entries: too many for a page", kMaxPageEntries),
                "choose fewer, or write a bundle, which has no such bound: --bundle");
  }
  const exports::PageFiles files = exports::page_files();
  const std::string policy = exports::policy_of(files);
  const std::string title = exports::title_of(bundle, options);
  std::string plain = exports::plain_table(bundle.entries);
  const std::string about = exports::about_page(bundle, options, title, policy, plain);
  std::string shown_title;
  exports::append_html(shown_title, title);
  exports::fill(files.frame,
                {{"@POLICY@", policy},
                 {"@TITLE@", shown_title},
                 {"@STYLE@", std::string(files.style)},
                 {"@PLAIN@", std::move(plain)},
                 {"@MEMBERS@", exports::all_data(bundle, about)},
                 {"@SCRIPT@", std::string(files.script)}},
                sink);
}

}  // namespace audit
