#include "export/plain_table.hpp"

#include <audit/error.hpp>
#include <audit/text.hpp>
#include <audit/time.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "event/disclosed_entry.hpp"

namespace audit::exports {

namespace {

constexpr std::string_view kBegin =
    "<p class=\"fault\">Scripts are off, so nothing below was checked. This is a plain list of the "
    "entries; what they say in full, and what proves it, stands in the source of this page. To "
    "check it, "
    "ask its sender for the bundle, and use audit verify or reverify.py.</p>\n"
    "<table>\n<thead><tr>";
constexpr auto kColumns = std::to_array<std::string_view>(
    {"No.", "Time (UTC)", "Agent", "Type", "What", "Decision", "Outcome"});

// The first of these that an entry has says what it is about.
constexpr auto kWhat = std::to_array<Field>(
    {Field::tool, Field::model, Field::action, Field::policy, Field::resource});

std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins_one = (static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80;
    if (begins_one && count-- == 0) break;
  }
  return text.substr(0, end);
}

// "2026-07-01 12:00:00.123".
std::string time_text(std::int64_t ns) {
  const Timestamp time = from_nanoseconds(ns);
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(time - second);
  // The earliest moment there is lies within a second whose beginning is none.
  const bool has_begin = nanoseconds(Timestamp::min()) + 999'999'999 < ns;
  std::string text = to_rfc3339(has_begin ? Timestamp(second) : time).substr(0, 19);
  text[10] = ' ';
  return text + fmt::format(".{:03}", rest.count());
}

void append_cell(std::string& out, std::string_view text) {
  out.append("<td>");
  append_html(out, first_characters(text, kMaxCell));
  out.append("</td>");
}

void append_row(std::string& out, const event::DisclosedEntry& entry) {
  const Envelope& fields = entry.envelope;
  std::string_view what;
  for (const Field field : kWhat) {
    if (what.empty()) what = fields.text(field);
  }
  out.append("<tr>");
  append_cell(out, std::to_string(entry.seq));
  append_cell(out, time_text(fields.number(Field::time).value_or(entry.received)));
  append_cell(out, fields.text(Field::agent));
  append_cell(out, fields.text(Field::type));
  append_cell(out, what);
  append_cell(out, fields.text(Field::decision));
  append_cell(out, fields.text(Field::status));
  out.append("</tr>\n");
}

}  // namespace

void append_html(std::string& out, std::string_view text) {
  for (const char c : escape_controls(text)) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      case '\'':
        out.append("&#39;");
        break;
      default:
        out.push_back(c);
    }
  }
}

std::string plain_table(std::string_view entries) {
  std::string out(kBegin);
  for (const std::string_view name : kColumns) {
    out.append("<th scope=\"col\">").append(name).append("</th>");
  }
  out.append("</tr></thead>\n<tbody>\n");
  event::DisclosedReader reader;
  while (!entries.empty()) {
    const std::size_t length = entries.find('\n');
    const Parsed<event::DisclosedEntry> entry = reader.read(entries.substr(0, length));
    if (!entry) {
      throw Error(ErrorCode::internal, "an entry cannot be read again: " + entry.error().message);
    }
    append_row(out, *entry);
    entries.remove_prefix(length + 1);
  }
  return out.append("</tbody>\n</table>\n");
}

}  // namespace audit::exports
