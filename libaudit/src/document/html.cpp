#include "document/html.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "document/escape.hpp"
#include "document/html_chart.hpp"

namespace audit::document {
namespace {

constexpr std::string_view kStyle = R"(
:root{--ink:#1a1c21;--quiet:#5c616b;--line:#d1d4d9;--shade:#eef0f3;--accent:#29456b;
--good:#0f5e33;--goodbg:#e3f2e8;--caution:#7f4f00;--cautionbg:#fcf2d9;--bad:#9e1717;--badbg:#fbe5e3}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:#fff;font:15px/1.5 "DejaVu Sans",system-ui,sans-serif}
main,footer{max-width:76rem;margin:0 auto;padding:1.5rem}
header{border-top:4px solid var(--accent);padding-top:1rem;margin-bottom:1.5rem}
header p{margin:0;color:var(--quiet)}header .above{color:var(--accent);font-weight:bold}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0}h2{font-size:1.35rem;color:var(--accent);margin:2rem 0 .6rem}
h3{font-size:1.1rem;margin:1.4rem 0 .4rem}h4{font-size:1rem;margin:1.2rem 0 .3rem}
p{max-width:46rem}a{color:var(--accent)}
code,pre,.code{font-family:"DejaVu Sans Mono",ui-monospace,monospace;font-size:.9em}
pre{background:var(--shade);padding:.7rem;white-space:pre-wrap;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin:.6rem 0 1.4rem;font-size:.87rem}
thead th{background:var(--shade);position:sticky;top:0}
th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
tr:target{background:var(--cautionbg)}
.rest{display:block;color:var(--quiet);font-size:.85em}
.figures{display:flex;flex-wrap:wrap;gap:.7rem;list-style:none;padding:0}
.figures li{background:var(--shade);padding:.6rem .9rem;min-width:8rem}
.figures strong{display:block;font-size:1.5rem;line-height:1.2}.figures span{color:var(--quiet);font-size:.85rem}
.note{border-left:5px solid var(--quiet);background:var(--shade);padding:.6rem 1rem;margin:1rem 0}
.note p{margin:.2rem 0}.note.good{border-color:var(--good);background:var(--goodbg)}
.note.caution{border-color:var(--caution);background:var(--cautionbg)}.note.bad{border-color:var(--bad);background:var(--badbg)}
.good{color:var(--good)}.caution{color:var(--caution)}.bad{color:var(--bad)}.muted{color:var(--quiet)}
.note.good,.note.caution,.note.bad{color:var(--ink)}
.note.good>strong{color:var(--good)}.note.caution>strong{color:var(--caution)}.note.bad>strong{color:var(--bad)}
ul.tree,ul.tree ul{list-style:square;padding-left:1.3rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(24rem,1fr));gap:0 2rem}
.bars{table-layout:fixed}.bars caption,figcaption{text-align:left;font-weight:bold}
.bars th{width:36%;font-weight:normal}.bars td.n{width:6.5rem}.bars td,.bars th{border:0;padding:.1rem .4rem}
figure{margin:1rem 0}svg{display:block}.chart svg{width:100%;height:auto}
svg line{stroke:var(--line)}svg text{font-size:11px;fill:var(--quiet)}svg .n{text-anchor:end}svg .m{text-anchor:middle}
rect{fill:#a8bfdb}.s1{fill:#d9855c}.s2{fill:#4d2433}rect.good{fill:#94c4a1}rect.caution{fill:#e6bd6b}
rect.bad{fill:#d17866}rect.muted{fill:#d1d4d9}
.key{font-weight:normal;margin-left:1rem;border-left:.8rem solid #a8bfdb;padding-left:.35rem}
.k1{border-color:#d9855c}.k2{border-color:#4d2433}
footer{color:var(--quiet);font-size:.85rem;border-top:1px solid var(--line)}
@media print{body{font-size:9.5pt}main,footer{max-width:none;padding:0}thead{display:table-header-group}
thead th{position:static}tr,.note,figure,.figures li{break-inside:avoid}h2,h3,h4{break-after:avoid}
.break{break-after:page}details>summary{display:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)";

std::string attribute(const char* name, std::string_view value) {
  return value.empty() ? std::string() : fmt::format(" {}=\"{}\"", name, value);
}

std::string link_to(std::string_view target, const std::string& inner) {
  if (target.empty()) return inner;
  return fmt::format("<a href=\"#{}\">{}</a>", anchor_id(target), inner);
}

std::string block_of(std::string_view name, const std::string& inner) {
  return inner.empty() ? std::string() : fmt::format("<p class=\"{}\">{}</p>\n", name, inner);
}

// Lines stay lines.
std::string code_of(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += html_escape(text.substr(0, end));
    if (end == std::string_view::npos) break;
    out.push_back('\n');
    text.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

HtmlWriter::HtmlWriter(const About& about, Sink sink)
    : sink_(std::move(sink)), footer_(about.footer) {
  write(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
  const std::pair<const char*, std::string_view> more[] = {
      {"author", about.author}, {"description", about.subject}, {"date", about.made}};
  for (const auto& [name, value] : more) {
    if (value.empty()) continue;
    write(fmt::format("<meta name=\"{}\" content=\"{}\">\n", name, html_escape(value)));
  }
  write(fmt::format(
      "<meta name=\"generator\" content=\"audit\">\n<title>{}</title>\n<style>{}</style>\n"
      "</head>\n<body>\n<main>\n",
      html_escape(about.title), kStyle));
}

std::string HtmlWriter::runs(const std::vector<Run>& runs) {
  std::string out;
  for (const Run& run : runs) {
    const std::string text = html_text(run.text);
    switch (run.kind) {
      case Run::Kind::plain:
        out += text;
        break;
      case Run::Kind::strong:
        out += "<strong>" + text + "</strong>";
        break;
      case Run::Kind::code:
        out += "<code>" + text + "</code>";
        break;
      case Run::Kind::reference:
        out += link_to(run.target, text);
        break;
      case Run::Kind::footnote: {
        const std::size_t number = add_footnote(run.text);
        out += fmt::format("<sup><a id=\"ref-{0}\" href=\"#note-{0}\">[{0}]</a></sup>", number);
        break;
      }
    }
  }
  return out;
}

void HtmlWriter::add(const Title& title) {
  write("<header>\n" + block_of("above", html_text(title.above)) + "<h1>" + html_text(title.text) +
        "</h1>\n" + block_of("below", html_text(title.below)) + "</header>\n");
}

void HtmlWriter::add(const Heading& heading) {
  const int level = std::clamp(heading.level, 1, 3) + 1;  // the title is <h1>
  write(fmt::format("<h{0}>{1}</h{0}>\n", level, html_text(heading.text)));
}

void HtmlWriter::add(const Paragraph& paragraph) {
  write(fmt::format("<p{}>{}</p>\n", attribute("class", tone_class(paragraph.tone)),
                    runs(paragraph.runs)));
}

void HtmlWriter::add(const KeyValues& block) {
  write("<dl>\n");
  for (const KeyValues::Item& item : block.items) {
    std::string value = html_text(item.value);
    if (item.is_code) value = "<code>" + value + "</code>";
    if (item.tone != Tone::plain) value = "<strong>" + value + "</strong>";
    write(fmt::format("<dt>{}</dt><dd{}>{}</dd>\n", html_text(item.key),
                      attribute("class", tone_class(item.tone)), value));
  }
  write("</dl>\n");
}

void HtmlWriter::add(const Figures& figures) {
  write("<ul class=\"figures\">\n");
  for (const Figures::Item& item : figures.items) {
    write(fmt::format("<li><strong{}>{}</strong> <span>{}</span></li>\n",
                      attribute("class", tone_class(item.tone)), html_text(item.value),
                      html_text(item.label)));
  }
  write("</ul>\n");
}

void HtmlWriter::add(const Callout& callout) {
  const std::string name = std::string("note ") + tone_class(callout.tone);
  const std::string text = runs(callout.text);
  write(fmt::format("<div class=\"{}\" role=\"note\"><strong>{}</strong>{}</div>\n", name,
                    html_text(callout.title), text.empty() ? text : "<p>" + text + "</p>"));
}

void HtmlWriter::add(const Code& code) {
  write("<pre><code>" + code_of(code.text) + "</code></pre>\n");
}

void HtmlWriter::add(const Tree& tree) {
  std::size_t open = 0;  // lists
  for (const Tree::Item& item : tree.items) {
    const std::size_t depth = std::min(item.depth + 1, open + 1);
    if (depth > open) {
      write(open == 0 ? "<ul class=\"tree\">\n" : "<ul>\n");
    } else {
      for (; open > depth; --open) write("</li></ul>\n");
      write("</li>\n");
    }
    open = depth;
    const std::string status =
        item.status.empty()
            ? std::string()
            : fmt::format("<strong{}>{}</strong> ", attribute("class", tone_class(item.tone)),
                          html_text(item.status));
    write("<li>" + status + link_to(item.target, html_text(item.text)));
  }
  for (; open > 0; --open) write("</li></ul>\n");
}

void HtmlWriter::add(const TimeChart& chart) { write(html_chart(chart)); }

void HtmlWriter::add(const BarCharts& charts) {
  write("<div class=\"charts\">\n");
  for (const BarChart& chart : charts.charts) write("<div>" + html_chart(chart) + "</div>\n");
  write("</div>\n");
}

void HtmlWriter::add(const PageBreak& /*page_break*/) { write("<div class=\"break\"></div>\n"); }

void HtmlWriter::begin_table(const Table& table) {
  assert(aligns_.empty());
  std::string out = "<table>\n<thead><tr>";
  for (const Column& column : table.columns) {
    aligns_.push_back(column.align);
    out += fmt::format("<th scope=\"col\"{}>{}</th>",
                       attribute("class", column.align == Align::right ? "n" : ""),
                       html_text(column.title));
  }
  write(out + "</tr></thead>\n<tbody>\n");
}

void HtmlWriter::row(std::span<const Cell> cells, std::string_view anchor) {
  assert(cells.size() == aligns_.size());
  row_ = "<tr" + attribute("id", anchor_id(anchor)) + ">";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Cell& cell = cells[i];
    std::string name = aligns_[i] == Align::right ? "n" : "";
    if (cell.tone != Tone::plain)
      name.append(name.empty() ? "" : " ").append(tone_class(cell.tone));
    row_ += "<td" + attribute("class", name) + ">";
    std::string text = link_to(cell.target, html_text(cell.text));
    row_ += cell.strong ? "<strong>" + text + "</strong>" : text;
    if (cell.is_cut && !cell.if_cut.empty()) {
      row_ += "<span class=\"rest\">" + html_text(cell.if_cut) + "</span>";
    }
    row_ += "</td>";
  }
  row_ += "</tr>\n";
  write(row_);
}

void HtmlWriter::end_table() {
  aligns_.clear();
  write("</tbody>\n</table>\n");
}

void HtmlWriter::write_footnotes() {
  write("<h3>Notes</h3>\n<ol>\n");
  std::size_t number = 0;
  for (const std::string& note : footnotes()) {
    ++number;
    write(fmt::format("<li id=\"note-{0}\">{1} <a href=\"#ref-{0}\">back</a></li>\n", number,
                      html_text(note)));
  }
  write("</ol>\n");
}

void HtmlWriter::write_end() {
  write("</main>\n");
  if (!footer_.empty()) write("<footer>" + html_text(footer_) + "</footer>\n");
  write("</body>\n</html>\n");
}

}  // namespace audit::document
