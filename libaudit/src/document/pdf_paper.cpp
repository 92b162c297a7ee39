#include "document/pdf_paper.hpp"

#include <audit/error.hpp>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "base/bidi.hpp"
#include "document/haru.hpp"

namespace audit::document {
namespace {

constexpr double kFooterBaseline = 28;
constexpr double kFooterRule = 38;
constexpr double kFooterSize = 7;

// More bytes than any line can show; the rest of a longer text need not be looked at.
constexpr std::size_t kMaxLineBytes = 4096;
constexpr std::size_t kMaxTextBytes = std::size_t{64} * 1024;
constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

// libharu keeps a link in half a kilobyte, and nobody follows more than that.
constexpr std::size_t kMaxLinks = 10'000;
constexpr std::size_t kMaxAnchors = 20'000;

std::filesystem::path font_file(const PdfOptions& options, const char* name) {
  const auto folder =
      options.font_folder.empty() ? std::filesystem::path(AUDIT_FONT_FOLDER) : options.font_folder;
  return folder / name;
}

// Files, with colons between them.
const std::vector<std::filesystem::path>& built_in_fallbacks() {
  static const std::vector<std::filesystem::path> files = [] {
    std::vector<std::filesystem::path> all;
    std::string_view rest = AUDIT_FALLBACK_FONTS;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(':'), rest.size());
      all.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return all;
  }();
  return files;
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

}  // namespace

Colour ink_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return {0.06F, 0.37F, 0.20F};
    case Tone::caution:
      return {0.50F, 0.31F, 0.00F};
    case Tone::bad:
      return {0.62F, 0.09F, 0.09F};
    case Tone::muted:
      return kQuiet;
    case Tone::plain:
      break;
  }
  return kInk;
}

Colour shade_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return {0.89F, 0.95F, 0.91F};
    case Tone::caution:
      return {0.99F, 0.95F, 0.85F};
    case Tone::bad:
      return {0.985F, 0.90F, 0.89F};
    case Tone::muted:
    case Tone::plain:
      break;
  }
  return kShade;
}

void PdfPaper::FreeDoc::operator()(HPDF_Doc_Rec* doc) const noexcept { haru().Free(doc); }

void PdfPaper::note_error(HPDF_STATUS code, HPDF_STATUS detail, void* data) {
  auto& first = *static_cast<FirstError*>(data);
  if (first.code == HPDF_OK) first = {code, detail};
}

PdfPaper::Doc PdfPaper::make_doc(FirstError& error) {
  Doc doc(haru().New(note_error, &error));
  if (!doc) throw std::bad_alloc();
  haru().SetCompressionMode(doc.get(), HPDF_COMP_ALL);
  haru().UseUTFEncodings(doc.get());
  haru().SetCurrentEncoder(doc.get(), "UTF-8");
  return doc;
}

PdfPaper::PdfPaper(const About& about, const PdfOptions& options)
    : doc_(make_doc(error_)), footer_(about.footer) {
  const auto& others =
      options.fallback_fonts.empty() ? built_in_fallbacks() : options.fallback_fonts;
  fallback_ = std::make_unique<PdfFallback>(doc_.get(), others);
  for (const char* name : {"DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"}) {
    fonts_.push_back(
        std::make_unique<PdfFont>(doc_.get(), font_file(options, name), fallback_.get()));
  }
  set_properties(about, options);
  new_page();
}

void PdfPaper::set_properties(const About& about, const PdfOptions& options) {
  const auto set = [this](HPDF_InfoType type, std::string_view value) {
    if (value.empty()) return;
    // A viewer shows it in a font of its own, but what would fool a reader does so there too.
    const std::string text(showable(Face::regular, first_bytes(value, kMaxLineBytes)));
    haru().SetInfoAttr(doc_.get(), type, text.c_str());
  };
  set(HPDF_INFO_TITLE, about.title);
  set(HPDF_INFO_AUTHOR, about.author);
  set(HPDF_INFO_SUBJECT, about.subject);
  set(HPDF_INFO_CREATOR, "audit");
  if (options.made) {
    haru().SetInfoDateAttr(doc_.get(), HPDF_INFO_CREATION_DATE, to_pdf_date(*options.made));
  }
  haru().SetPageMode(doc_.get(), HPDF_PAGE_MODE_USE_OUTLINE);
  check();
}

void PdfPaper::check() const {
  if (error_.code == HPDF_OK) return;
  const std::string what =
      fmt::format("cannot write the PDF (libharu 0x{:04x}, {})", error_.code, error_.detail);
  if (error_.code == HPDF_FAILD_TO_ALLOC_MEM) throw std::bad_alloc();
  if (error_.code == HPDF_XREF_COUNT_ERR || error_.code == HPDF_ARRAY_COUNT_ERR) {
    throw Error(ErrorCode::limit, what, "make several smaller documents");
  }
  throw Error(ErrorCode::internal, what);
}

void PdfPaper::new_page() {
  close_text();
  page_ = haru().AddPage(doc_.get());
  check();
  haru().Page_SetSize(page_, HPDF_PAGE_SIZE_A4, HPDF_PAGE_LANDSCAPE);
  page_width_ = static_cast<double>(haru().Page_GetWidth(page_));
  page_height_ = static_cast<double>(haru().Page_GetHeight(page_));
  pages_.push_back(page_);
  y_ = page_height_ - kMarginTop;
}

void PdfPaper::need(double points) {
  if (!has_room(points)) new_page();
}

std::string_view PdfPaper::showable(Face face, std::string_view text) {
  return font(face).showable(first_bytes(text, kMaxTextBytes), shown_);
}

double PdfPaper::width_of(const Pen& pen, std::string_view text) {
  return font(pen.face).width(showable(pen.face, first_bytes(text, kMaxLineBytes)), pen.size);
}

std::vector<std::string> PdfPaper::lines(const Pen& pen, std::string_view text, double width,
                                         std::size_t most, bool* is_cut) {
  if (is_cut != nullptr && text.size() > kMaxTextBytes) *is_cut = true;
  return font(pen.face).wrap(showable(pen.face, text), width, pen.size, most, is_cut);
}

void PdfPaper::text(const Pen& pen, double x, double base, std::string_view text) {
  draw(page_, pen, x, base, text);
}

double PdfPaper::line(const Pen& pen, double x, double base, double width, std::string_view text,
                      Align align) {
  PdfFont& face = font(pen.face);
  const std::string_view cut =
      face.fit(showable(pen.face, first_bytes(text, kMaxLineBytes)), width, pen.size, elided_);
  const double drawn = face.width(cut, pen.size);
  draw(page_, pen, align == Align::right ? x + width - drawn : x, base, cut);
  return drawn;
}

void PdfPaper::open_text(HPDF_Page page) {
  if (text_page_ == page) return;
  close_text();
  haru().Page_BeginText(page);
  text_page_ = page;
  drawn_font_ = nullptr;
  drawn_colour_ = {-1, -1, -1};
}

void PdfPaper::close_text() {
  if (text_page_ != nullptr) haru().Page_EndText(text_page_);
  text_page_ = nullptr;
}

void PdfPaper::draw(HPDF_Page page, const Pen& pen, double x, double base, std::string_view text) {
  PdfFont& face = font(pen.face);
  if (base::has_right_to_left(text)) {
    visual_ = base::visual_order(text);
    text = visual_;
  }
  while (!text.empty()) {
    const PdfFont::Stretch next = face.first_stretch(text);
    const std::string_view part = text.substr(0, next.length);
    draw_stretch(page, *next.font, pen, x, base, part);
    if (next.length < text.size()) x += next.font->width(part, pen.size);
    text.remove_prefix(next.length);
  }
}

void PdfPaper::draw_stretch(HPDF_Page page, PdfFont& face, const Pen& pen, double x, double base,
                            std::string_view text) {
  open_text(page);
  const HPDF_Font encoded_for = face.encode(text, encoded_);
  if (drawn_font_ != encoded_for || drawn_size_ != pen.size) {
    haru().Page_SetFontAndSize(page, encoded_for, real(pen.size));
    drawn_font_ = encoded_for;
    drawn_size_ = pen.size;
  }
  if (drawn_colour_ != pen.colour) {
    haru().Page_SetRGBFill(page, pen.colour.red, pen.colour.green, pen.colour.blue);
    drawn_colour_ = pen.colour;
  }
  haru().Page_TextOut(page, real(x), real(base), encoded_.c_str());
}

void PdfPaper::fill(double x, double bottom, double width, double height, const Colour& colour) {
  close_text();
  haru().Page_SetRGBFill(page_, colour.red, colour.green, colour.blue);
  haru().Page_Rectangle(page_, real(x), real(bottom), real(width), real(height));
  haru().Page_Fill(page_);
}

void PdfPaper::rules(double x, double width, const std::vector<double>& heights, double thickness,
                     const Colour& colour) {
  draw_rules(page_, x, width, heights, thickness, colour);
}

void PdfPaper::draw_rules(HPDF_Page page, double x, double width,
                          const std::vector<double>& heights, double thickness,
                          const Colour& colour) {
  if (heights.empty()) return;
  close_text();
  haru().Page_SetLineWidth(page, real(thickness));
  haru().Page_SetRGBStroke(page, colour.red, colour.green, colour.blue);
  for (const double height : heights) {
    haru().Page_MoveTo(page, real(x), real(height));
    haru().Page_LineTo(page, real(x + width), real(height));
  }
  haru().Page_Stroke(page);
}

HPDF_Destination PdfPaper::destination(HPDF_Page page, double top) {
  HPDF_Destination place = haru().Page_CreateDestination(page);
  if (place != nullptr) haru().Destination_SetFitH(place, real(top));
  return place;
}

void PdfPaper::bookmark(int level, std::string_view text) {
  while (!marks_.empty() && marks_.back().level >= level) marks_.pop_back();
  const HPDF_Outline parent = marks_.empty() ? nullptr : marks_.back().outline;
  const std::string name(showable(Face::regular, first_bytes(text, kMaxLineBytes)));
  HPDF_Outline made =
      haru().CreateOutline(doc_.get(), parent, name.c_str(), haru().GetCurrentEncoder(doc_.get()));
  check();
  haru().Outline_SetOpened(made, parent == nullptr ? HPDF_TRUE : HPDF_FALSE);
  haru().Outline_SetDestination(made, destination(page_, y_ + 4));
  marks_.push_back({level, made});
  check();
}

void PdfPaper::anchor(std::string_view name) {
  if (name.empty()) return;
  if (anchors_.size() >= kMaxAnchors && wanted_.find(name) == wanted_.end()) return;
  anchors_.emplace(name, Place{page_, y_});
}

void PdfPaper::link(double x, double bottom, double width, double height, std::string_view target) {
  if (links_.size() >= kMaxLinks) return;
  wanted_.emplace(target);
  links_.push_back({page_,
                    {real(x), real(bottom), real(x + width), real(bottom + height)},
                    std::string(target)});
}

void PdfPaper::draw_links() {
  for (const Link& link : links_) {
    const auto found = anchors_.find(link.target);
    if (found == anchors_.end()) continue;
    HPDF_Annotation made = haru().Page_CreateLinkAnnot(
        link.page, link.area, destination(found->second.page, found->second.y + 4));
    if (made != nullptr) haru().LinkAnnot_SetBorderStyle(made, 0, 0, 0);
  }
  check();
}

void PdfPaper::draw_footers() {
  const Pen pen{Face::regular, kFooterSize, kQuiet};
  PdfFont& face = font(pen.face);
  std::string cut;
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    const std::string number = fmt::format("page {} of {}", i + 1, pages_.size());
    const double number_width = face.width(number, kFooterSize);
    draw_rules(pages_[i], kMarginX, width(), {kFooterRule}, 0.4, kHairline);
    const std::string_view left = face.fit(showable(pen.face, first_bytes(footer_, kMaxLineBytes)),
                                           width() - number_width - 24, kFooterSize, cut);
    draw(pages_[i], pen, kMarginX, kFooterBaseline, left);
    draw(pages_[i], pen, page_width_ - kMarginX - number_width, kFooterBaseline, number);
    close_text();
  }
  check();
}

void PdfPaper::finish(const Sink& sink) {
  close_text();
  draw_links();
  draw_footers();
  haru().SaveToStream(doc_.get());
  check();
  std::vector<HPDF_BYTE> piece(kPieceBytes);
  while (true) {
    auto size = static_cast<HPDF_UINT32>(piece.size());
    // At the end this says HPDF_STREAM_EOF, with the last bytes and without telling the handler.
    const HPDF_STATUS status = haru().ReadFromStream(doc_.get(), piece.data(), &size);
    if (size > 0) sink({reinterpret_cast<const char*>(piece.data()), size});
    if (status == HPDF_STREAM_EOF || size == 0) break;
    check();
  }
}

}  // namespace audit::document
