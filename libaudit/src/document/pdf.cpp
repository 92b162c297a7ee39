#include "document/pdf.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "document/haru.hpp"
#include "document/pdf_font.hpp"

namespace audit::document {
namespace {

// Points. The page is A4 landscape: 842 by 595.
constexpr double kMarginX = 36;
constexpr double kMarginTop = 38;
constexpr double kBodyBottom = 46;  // nothing but the footer is below
constexpr double kFooterBaseline = 28;
constexpr double kFooterRule = 38;

constexpr double kTextSize = 8.5;
constexpr double kTextLine = 12.5;
constexpr double kTableSize = 7.5;
constexpr double kRowHeight = 12;
constexpr double kHeaderHeight = 15;
constexpr double kCellPadding = 4;
constexpr double kFooterSize = 7;
constexpr double kKeyWidth = 92;
constexpr std::size_t kMaxValueLines = 6;
constexpr std::size_t kMaxParagraphLines = 200;
constexpr double kLeastShare = 60;     // of a column without a sample
constexpr double kLeastScale = 0.6;    // by which columns may be narrowed
constexpr std::size_t kLeastRows = 2;  // that a header may stand above at the end of a page

// More bytes than any line can show; the rest of a longer text need not be looked at.
constexpr std::size_t kMaxLineBytes = 4096;
constexpr std::size_t kMaxTextBytes = std::size_t{64} * 1024;

constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

struct HeadingStyle {
  double size;
  double above;
  double line;
};

constexpr std::array<HeadingStyle, 3> kHeadings = {{{17, 0, 26}, {12, 10, 19}, {10, 8, 15}}};

struct Colour {
  float red, green, blue;

  friend bool operator==(const Colour&, const Colour&) = default;
};

constexpr Colour kInk{0.10F, 0.11F, 0.13F};
constexpr Colour kQuiet{0.38F, 0.40F, 0.44F};
constexpr Colour kHairline{0.82F, 0.83F, 0.85F};
constexpr Colour kRule{0.35F, 0.37F, 0.40F};
constexpr Colour kHeaderFill{0.92F, 0.93F, 0.945F};

// libharu calls this from C: it notes, the caller throws.
struct FirstError {
  HPDF_STATUS code = HPDF_OK;
  HPDF_STATUS detail = 0;
};

void note_error(HPDF_STATUS code, HPDF_STATUS detail, void* data) {
  auto& first = *static_cast<FirstError*>(data);
  if (first.code == HPDF_OK) first = {code, detail};
}

struct FreeDoc {
  void operator()(HPDF_Doc_Rec* doc) const noexcept { haru().Free(doc); }
};

using Doc = std::unique_ptr<HPDF_Doc_Rec, FreeDoc>;

Doc make_doc(FirstError& error) {
  Doc doc(haru().New(note_error, &error));
  if (!doc) throw std::bad_alloc();
  haru().SetCompressionMode(doc.get(), HPDF_COMP_ALL);
  haru().UseUTFEncodings(doc.get());
  haru().SetCurrentEncoder(doc.get(), "UTF-8");
  return doc;
}

std::filesystem::path font_file(const PdfOptions& options, const char* name) {
  const auto folder =
      options.font_folder.empty() ? std::filesystem::path(AUDIT_FONT_FOLDER) : options.font_folder;
  return folder / name;
}

HPDF_Date to_pdf_date(Timestamp time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(second - day);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          'Z',
          0,
          0};
}

HPDF_REAL real(double value) { return static_cast<HPDF_REAL>(value); }

std::string_view first_bytes(std::string_view text, std::size_t most) {
  return text.substr(0, most);
}

// A column with its place on the page.
struct PlacedColumn {
  Column column;
  double x = 0;
  double width = 0;
};

}  // namespace

struct PdfWriter::Impl {
  explicit Impl(const PdfOptions& options)
      : doc(make_doc(error)),
        regular(doc.get(), font_file(options, "DejaVuSans.ttf")),
        bold(doc.get(), font_file(options, "DejaVuSans-Bold.ttf")),
        footer(options.footer) {
    std::string scratch;
    // The viewer shows it in a font of its own, but what would fool a reader does so there too.
    const std::string title(regular.showable(first_bytes(options.title, kMaxLineBytes), scratch));
    haru().SetInfoAttr(doc.get(), HPDF_INFO_TITLE, title.c_str());
    haru().SetInfoAttr(doc.get(), HPDF_INFO_CREATOR, "audit");
    if (options.made) {
      haru().SetInfoDateAttr(doc.get(), HPDF_INFO_CREATION_DATE, to_pdf_date(*options.made));
    }
    check();
  }

  void check() const {
    if (error.code == HPDF_OK) return;
    const std::string what =
        fmt::format("cannot write the PDF (libharu 0x{:04x}, {})", error.code, error.detail);
    if (error.code == HPDF_FAILD_TO_ALLOC_MEM) throw std::bad_alloc();
    if (error.code == HPDF_XREF_COUNT_ERR || error.code == HPDF_ARRAY_COUNT_ERR) {
      throw Error(ErrorCode::limit, what, "make several smaller documents");
    }
    throw Error(ErrorCode::internal, what);
  }

  // --- Pages ---

  void new_page() {
    close_text();
    current = haru().AddPage(doc.get());
    check();
    haru().Page_SetSize(current, HPDF_PAGE_SIZE_A4, HPDF_PAGE_LANDSCAPE);
    page_width = static_cast<double>(haru().Page_GetWidth(current));
    page_height = static_cast<double>(haru().Page_GetHeight(current));
    pages.push_back(current);
    y = page_height - kMarginTop;
  }

  // Makes sure that `height` is free below y.
  void need(double height) {
    if (pages.empty() || y - height < kBodyBottom) new_page();
  }

  [[nodiscard]] double body_width() const { return page_width - 2 * kMarginX; }

  // --- Drawing ---

  void open_text(HPDF_Page page) {
    if (text_page == page) return;
    close_text();
    haru().Page_BeginText(page);
    text_page = page;
    drawn_font = nullptr;
    drawn_colour = {-1, -1, -1};
  }

  void close_text() {
    if (text_page != nullptr) haru().Page_EndText(text_page);
    text_page = nullptr;
  }

  // Draws text that the font can show with its baseline's left end at (x, base).
  void draw(HPDF_Page page, PdfFont& font, double size, const Colour& colour, double x, double base,
            std::string_view text) {
    if (text.empty()) return;
    open_text(page);
    const HPDF_Font encoded_for = font.encode(text, encoded);
    if (drawn_font != encoded_for || drawn_size != size) {
      haru().Page_SetFontAndSize(page, encoded_for, real(size));
      drawn_font = encoded_for;
      drawn_size = size;
    }
    if (drawn_colour != colour) {
      haru().Page_SetRGBFill(page, colour.red, colour.green, colour.blue);
      drawn_colour = colour;
    }
    haru().Page_TextOut(page, real(x), real(base), encoded.c_str());
  }

  void fill_rectangle(double x, double bottom, double width, double height, const Colour& colour) {
    close_text();
    haru().Page_SetRGBFill(current, colour.red, colour.green, colour.blue);
    haru().Page_Rectangle(current, real(x), real(bottom), real(width), real(height));
    haru().Page_Fill(current);
  }

  // Horizontal lines over the width of the body.
  void rule(HPDF_Page page, const std::vector<double>& heights, double thickness,
            const Colour& colour) {
    if (heights.empty()) return;
    close_text();
    haru().Page_SetLineWidth(page, real(thickness));
    haru().Page_SetRGBStroke(page, colour.red, colour.green, colour.blue);
    for (const double height : heights) {
      haru().Page_MoveTo(page, real(kMarginX), real(height));
      haru().Page_LineTo(page, real(page_width - kMarginX), real(height));
    }
    haru().Page_Stroke(page);
  }

  [[nodiscard]] std::vector<std::string> lines_of(const PdfFont& font, std::string_view text,
                                                  double width, double size,
                                                  std::size_t max_lines) {
    return font.wrap(font.showable(first_bytes(text, kMaxTextBytes), shown), width, size,
                     max_lines);
  }

  // --- Tables ---

  // Where each column begins and how wide it is.
  void place_columns(std::vector<Column> columns) {
    double fixed = 0;
    std::size_t sharing = 0;
    placed.clear();
    for (Column& column : columns) {
      PlacedColumn next{std::move(column)};
      const std::string_view sample = next.column.sample;
      if (!sample.empty()) {
        next.width = std::max(regular.width(regular.showable(sample, shown), kTableSize),
                              bold.width(bold.showable(next.column.title, shown), kTableSize)) +
                     2 * kCellPadding;
      }
      fixed += next.width;
      if (sample.empty()) ++sharing;
      placed.push_back(std::move(next));
    }
    stretch(fixed, sharing);
  }

  // Makes the columns as wide as the page: those without a sample take what is left, but not less
  // than kLeastShare each; the others are narrowed for that.
  void stretch(double fixed, std::size_t sharing) {
    const auto shares = static_cast<double>(sharing);
    const double room = body_width() - shares * kLeastShare;  // for the columns with a sample
    if (room < fixed * kLeastScale) {
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("{} columns do not fit on a page", placed.size()),
                  "name fewer fields, or take a format without pages such as csv");
    }
    const bool scaled = fixed > 0 && (fixed > room || sharing == 0);
    const double scale = scaled ? room / fixed : 1;
    const double share = sharing == 0 ? 0 : (body_width() - fixed * scale) / shares;
    double x = kMarginX;
    for (PlacedColumn& column : placed) {
      column.width = column.column.sample.empty() ? share : column.width * scale;
      column.x = x;
      x += column.width;
    }
  }

  void draw_cell(const PlacedColumn& column, PdfFont& font, const Colour& colour, double base,
                 std::string_view text) {
    const double room = column.width - 2 * kCellPadding;
    const std::string_view line =
        font.fit(font.showable(first_bytes(text, kMaxLineBytes), shown), room, kTableSize, elided);
    double x = column.x + kCellPadding;
    if (column.column.align == Align::right) x += room - font.width(line, kTableSize);
    draw(current, font, kTableSize, colour, x, base, line);
  }

  void draw_header() {
    fill_rectangle(kMarginX, y - kHeaderHeight, body_width(), kHeaderHeight, kHeaderFill);
    for (const PlacedColumn& column : placed) {
      draw_cell(column, bold, kInk, y - kHeaderHeight + 4.6, column.column.title);
    }
    y -= kHeaderHeight;
    table_on_page = true;
    hairlines.clear();
  }

  void end_table_page() {
    if (!table_on_page) return;
    if (!hairlines.empty()) hairlines.pop_back();  // the last one is the closing rule's
    rule(current, hairlines, 0.4, kHairline);
    rule(current, {y}, 0.7, kRule);
    hairlines.clear();
    table_on_page = false;
  }

  void draw_footers() {
    const auto count = pages.size();
    std::string cut;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string number = fmt::format("page {} of {}", i + 1, count);
      const double number_width = regular.width(number, kFooterSize);
      rule(pages[i], {kFooterRule}, 0.4, kHairline);
      const std::string_view left =
          regular.fit(regular.showable(first_bytes(footer, kMaxLineBytes), shown),
                      body_width() - number_width - 24, kFooterSize, cut);
      draw(pages[i], regular, kFooterSize, kQuiet, kMarginX, kFooterBaseline, left);
      draw(pages[i], regular, kFooterSize, kQuiet, page_width - kMarginX - number_width,
           kFooterBaseline, number);
      close_text();
    }
    check();
  }

  FirstError error;
  Doc doc;
  PdfFont regular;
  PdfFont bold;
  std::string footer;

  std::vector<HPDF_Page> pages;
  HPDF_Page current = nullptr;
  double page_width = 0;
  double page_height = 0;
  double y = 0;  // the top of what is still free on the current page

  HPDF_Page text_page = nullptr;  // the one between BeginText and EndText
  HPDF_Font drawn_font = nullptr;
  double drawn_size = 0;
  Colour drawn_colour{};

  std::vector<PlacedColumn> placed;
  std::vector<double> hairlines;
  bool table_on_page = false;

  std::string shown;
  std::string elided;
  std::string encoded;
};

PdfWriter::PdfWriter(const PdfOptions& options) : impl_(std::make_unique<Impl>(options)) {}

PdfWriter::PdfWriter(PdfWriter&&) noexcept = default;
PdfWriter& PdfWriter::operator=(PdfWriter&&) noexcept = default;
PdfWriter::~PdfWriter() = default;

void PdfWriter::add(const Heading& heading) {
  Impl& self = *impl_;
  const auto level = static_cast<std::size_t>(std::clamp(heading.level, 1, 3) - 1);
  const HeadingStyle& style = kHeadings[level];
  self.need(style.above + style.line + 2 * kTextLine);
  self.y -= style.above;
  const auto lines = self.lines_of(self.bold, heading.text, self.body_width(), style.size, 2);
  for (const std::string& line : lines) {
    self.need(style.line);
    self.draw(self.current, self.bold, style.size, kInk, kMarginX, self.y - style.size, line);
    self.y -= style.line;
  }
  self.check();
}

void PdfWriter::add(const Paragraph& paragraph) {
  Impl& self = *impl_;
  self.need(kTextLine);
  const auto lines =
      self.lines_of(self.regular, paragraph.text, self.body_width(), kTextSize, kMaxParagraphLines);
  for (const std::string& line : lines) {
    self.need(kTextLine);
    self.draw(self.current, self.regular, kTextSize, kQuiet, kMarginX, self.y - kTextSize, line);
    self.y -= kTextLine;
  }
  self.y -= kTextLine / 2;
  self.check();
}

std::vector<PdfWriter::Place> PdfWriter::add(const KeyValues& block) {
  Impl& self = *impl_;
  std::vector<Place> places;
  self.need(kTextLine);
  const double x = kMarginX + kKeyWidth;
  const double width = self.body_width() - kKeyWidth;
  for (const KeyValues::Item& item : block.items) {
    const auto lines = self.lines_of(self.regular, item.value, width, kTextSize, kMaxValueLines);
    self.need(static_cast<double>(lines.size()) * kTextLine);
    const auto key =
        self.lines_of(self.regular, item.key, kKeyWidth - 2 * kCellPadding, kTextSize, 1);
    self.draw(self.current, self.regular, kTextSize, kQuiet, kMarginX, self.y - kTextSize, key[0]);
    places.push_back({self.pages.size() - 1, x, self.y - kTextSize, width});
    for (const std::string& line : lines) {
      self.draw(self.current, self.regular, kTextSize, kInk, x, self.y - kTextSize, line);
      self.y -= kTextLine;
    }
  }
  self.y -= kTextLine / 2;
  self.check();
  return places;
}

void PdfWriter::fill(const Place& place, std::string_view text) {
  Impl& self = *impl_;
  const auto lines = self.lines_of(self.regular, text, place.width, kTextSize, 1);
  self.draw(self.pages[place.page], self.regular, kTextSize, kInk, place.x, place.y, lines[0]);
  self.check();
}

void PdfWriter::begin_table(std::vector<Column> columns) {
  Impl& self = *impl_;
  assert(!columns.empty() && !self.table_on_page);
  self.need(kHeaderHeight + static_cast<double>(kLeastRows) * kRowHeight);
  self.place_columns(std::move(columns));
  self.draw_header();
  self.check();
}

void PdfWriter::row(std::span<const Cell> cells) {
  Impl& self = *impl_;
  assert(cells.size() == self.placed.size());
  if (self.y - kRowHeight < kBodyBottom) {
    self.end_table_page();
    self.new_page();
    self.draw_header();
    self.check();
  }
  const double base = self.y - kRowHeight + 3.6;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    PdfFont& font = cells[i].strong ? self.bold : self.regular;
    self.draw_cell(self.placed[i], font, kInk, base, cells[i].text);
  }
  self.y -= kRowHeight;
  self.hairlines.push_back(self.y);
}

void PdfWriter::end_table() {
  Impl& self = *impl_;
  self.end_table_page();
  self.y -= kTextLine;
  self.check();
}

std::size_t PdfWriter::page_count() const noexcept { return impl_->pages.size(); }

void PdfWriter::finish(const std::function<void(std::string_view)>& sink) {
  Impl& self = *impl_;
  if (self.pages.empty()) self.new_page();
  self.draw_footers();
  haru().SaveToStream(self.doc.get());
  self.check();
  std::vector<HPDF_BYTE> piece(kPieceBytes);
  while (true) {
    auto size = static_cast<HPDF_UINT32>(piece.size());
    // At the end this says HPDF_STREAM_EOF, with the last bytes and without telling the handler.
    const HPDF_STATUS status = haru().ReadFromStream(self.doc.get(), piece.data(), &size);
    if (size > 0) sink({reinterpret_cast<const char*>(piece.data()), size});
    if (status == HPDF_STREAM_EOF || size == 0) break;
    self.check();
  }
}

}  // namespace audit::document
