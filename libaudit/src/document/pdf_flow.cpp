#include "document/pdf_flow.hpp"

#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace audit::document {
namespace {

constexpr std::size_t kMaxLines = 500;

Pen pen_of(const Run& run, const Pen& around) {
  switch (run.kind) {
    case Run::Kind::strong:
      return {Face::bold, around.size, around.colour};
    case Run::Kind::code:
      return {Face::mono, around.size * 0.94, around.colour};
    case Run::Kind::reference:
      return {Face::regular, around.size, kAccent};
    case Run::Kind::footnote:
      return {Face::regular, around.size * 0.75, kAccent};
    case Run::Kind::plain:
      break;
  }
  return around;
}

class Lines {
 public:
  Lines(PdfPaper& paper, double width) : paper_(paper), width_(width), lines_(1) {}

  // Adds showable text of one pen; spaces in it are where lines may end.
  void add(const Pen& pen, std::string_view text, const std::string& target) {
    while (!text.empty() && lines_.size() <= kMaxLines) {
      const std::size_t space = text.find(' ');
      if (space == 0) {
        add_space(pen);
        text.remove_prefix(1);
        continue;
      }
      add_word(pen, text.substr(0, space), target);
      text.remove_prefix(std::min(space, text.size()));
    }
  }

  [[nodiscard]] std::vector<FlowLine> take() { return std::move(lines_); }

 private:
  void add_space(const Pen& pen) {
    if (x_ > 0) x_ += paper_.font(pen.face).width(" ", pen.size);
    may_break_ = true;
  }

  void add_word(const Pen& pen, std::string_view word, const std::string& target) {
    PdfFont& font = paper_.font(pen.face);
    const double wide = font.width(word, pen.size);
    if (x_ > 0 && x_ + wide > width_ && may_break_) next_line();
    if (x_ + wide <= width_) {
      place(pen, word, wide, target);
      return;
    }
    // Longer than a line: as much of it as fits, line by line.
    for (const std::string& part : font.wrap(word, width_, pen.size, kMaxLines)) {
      if (x_ > 0) next_line();
      place(pen, part, font.width(part, pen.size), target);
    }
  }

  void place(const Pen& pen, std::string_view word, double wide, const std::string& target) {
    lines_.back().words.push_back({pen, x_, wide, std::string(word), target});
    x_ += wide;
    may_break_ = false;
  }

  void next_line() {
    lines_.emplace_back();
    x_ = 0;
  }

  PdfPaper& paper_;
  double width_;
  double x_ = 0;
  bool may_break_ = false;
  std::vector<FlowLine> lines_;
};

}  // namespace

std::vector<FlowLine> flow(PdfPaper& paper, const std::vector<Run>& runs, const Pen& pen,
                           double width,
                           const std::function<std::size_t(std::string_view)>& number) {
  Lines lines(paper, width);
  for (const Run& run : runs) {
    const Pen own = pen_of(run, pen);
    if (run.kind == Run::Kind::footnote) {
      lines.add(own, fmt::format("[{}]", number(run.text)), {});
      continue;
    }
    const std::string text(paper.showable(own.face, run.text));
    lines.add(own, text, run.kind == Run::Kind::reference ? run.target : std::string());
  }
  return lines.take();
}

void draw(PdfPaper& paper, const FlowLine& line, double x, double base) {
  // Words of one pen side by side are one text: a search for both finds them.
  std::size_t i = 0;
  while (i < line.words.size()) {
    const FlowLine::Word& first = line.words[i];
    std::string text = first.text;
    double end = first.x + first.width;
    std::size_t next = i + 1;
    const double space = paper.font(first.pen.face).width(" ", first.pen.size);
    for (; next < line.words.size(); ++next) {
      const FlowLine::Word& word = line.words[next];
      const double gap = word.x - end;
      if (word.pen.face != first.pen.face || word.pen.size != first.pen.size ||
          !(word.pen.colour == first.pen.colour) || word.target != first.target) {
        break;
      }
      if (gap > space * 1.01) break;
      if (gap > space * 0.5) text.push_back(' ');
      text += word.text;
      end = word.x + word.width;
    }
    paper.text(first.pen, x + first.x, base, text);
    if (!first.target.empty()) {
      paper.link(x + first.x, base - 2, end - first.x, first.pen.size + 2, first.target);
    }
    i = next;
  }
}

}  // namespace audit::document
