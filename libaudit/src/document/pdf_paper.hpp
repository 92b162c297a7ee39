// document/pdf_paper.hpp - the pages of a PDF and the pen that writes on them: what is drawn where is
// for others. A4 landscape, lengths in points, y upwards from the lower edge.
#pragma once

#include <audit/time.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <hpdf.h>

#include "document/document.hpp"
#include "document/pdf.hpp"
#include "document/pdf_font.hpp"
#include "document/writer.hpp"

namespace audit::document {

struct Colour {
  float red, green, blue;

  friend bool operator==(const Colour&, const Colour&) = default;
};

constexpr Colour kInk{0.10F, 0.11F, 0.13F};
constexpr Colour kQuiet{0.36F, 0.38F, 0.42F};
constexpr Colour kHairline{0.82F, 0.83F, 0.85F};
constexpr Colour kRule{0.35F, 0.37F, 0.40F};
constexpr Colour kShade{0.92F, 0.93F, 0.945F};
constexpr Colour kAccent{0.16F, 0.27F, 0.42F};

// The colour of words, dark enough for small text and for grey paper; and of an area behind them.
[[nodiscard]] Colour ink_of(Tone tone);
[[nodiscard]] Colour shade_of(Tone tone);

enum class Face : std::uint8_t { regular, bold, mono };

struct Pen {
  Face face = Face::regular;
  double size = 9;
  Colour colour = kInk;
};

class PdfPaper {
 public:
  static constexpr double kMarginX = 36;
  static constexpr double kMarginTop = 38;
  static constexpr double kBodyBottom = 46;  // nothing but the footer is below

  PdfPaper(const About& about, const PdfOptions& options);

  // --- Where the next thing goes ---

  [[nodiscard]] double y() const noexcept { return y_; }

  [[nodiscard]] double width() const noexcept { return page_width_ - 2 * kMarginX; }

  [[nodiscard]] double height() const noexcept { return page_height_ - kMarginTop - kBodyBottom; }

  [[nodiscard]] std::size_t page_count() const noexcept { return pages_.size(); }

  [[nodiscard]] bool is_fresh() const noexcept { return y_ == page_height_ - kMarginTop; }

  void down(double points) { y_ -= points; }

  void new_page();
  // Makes sure that `points` are free below y().
  void need(double points);

  [[nodiscard]] bool has_room(double points) const {
    return !pages_.empty() && y_ - points >= kBodyBottom;
  }

  // --- Text ---

  [[nodiscard]] PdfFont& font(Face face) { return *fonts_[static_cast<std::size_t>(face)]; }

  // Fit for the face; valid until the next call of this or of lines().
  [[nodiscard]] std::string_view showable(Face face, std::string_view text);
  [[nodiscard]] double width_of(const Pen& pen, std::string_view text);
  // At most `most` lines; nothing of a text beyond 64 KiB.
  [[nodiscard]] std::vector<std::string> lines(const Pen& pen, std::string_view text, double width,
                                               std::size_t most, bool* is_cut = nullptr);

  // Draws showable text with its baseline's left end at (x, base).
  void text(const Pen& pen, double x, double base, std::string_view text);
  // One line of any text, cut where `width` ends; returns how wide it is.
  double line(const Pen& pen, double x, double base, double width, std::string_view text,
              Align align = Align::left);

  // --- Shapes ---

  void fill(double x, double bottom, double width, double height, const Colour& colour);
  // Horizontal lines.
  void rules(double x, double width, const std::vector<double>& heights, double thickness,
             const Colour& colour);

  // --- Ways through the document ---

  // A bookmark of this place, below the last one of a smaller level.
  void bookmark(int level, std::string_view text);
  // This place has a name.
  void anchor(std::string_view name);
  // A rectangle of the current page leads to that name, wherever it is.
  void link(double x, double bottom, double width, double height, std::string_view target);

  // Throws what libharu noted.
  void check() const;

  // Numbers the pages, joins what refers to each other, and hands the file over in pieces. Once.
  void finish(const Sink& sink);

 private:
  struct FreeDoc {
    void operator()(HPDF_Doc_Rec* doc) const noexcept;
  };

  using Doc = std::unique_ptr<HPDF_Doc_Rec, FreeDoc>;

  // libharu calls back from C: it is noted, and thrown later.
  struct FirstError {
    HPDF_STATUS code = HPDF_OK;
    HPDF_STATUS detail = 0;
  };

  struct Place {
    HPDF_Page page;
    double y;
  };

  struct Link {
    HPDF_Page page;
    HPDF_Rect area;
    std::string target;
  };

  struct Mark {
    int level;
    HPDF_Outline outline;
  };

  static void note_error(HPDF_STATUS code, HPDF_STATUS detail, void* data);
  static Doc make_doc(FirstError& error);
  void set_properties(const About& about, const PdfOptions& options);

  void draw(HPDF_Page page, const Pen& pen, double x, double base, std::string_view text);
  void draw_stretch(HPDF_Page page, PdfFont& font, const Pen& pen, double x, double base,
                    std::string_view text);
  void open_text(HPDF_Page page);
  void close_text();
  void draw_rules(HPDF_Page page, double x, double width, const std::vector<double>& heights,
                  double thickness, const Colour& colour);
  [[nodiscard]] HPDF_Destination destination(HPDF_Page page, double top);
  void draw_footers();
  void draw_links();

  FirstError error_;
  Doc doc_;
  std::string footer_;
  std::unique_ptr<PdfFallback> fallback_;
  std::vector<std::unique_ptr<PdfFont>> fonts_;

  std::vector<HPDF_Page> pages_;
  HPDF_Page page_ = nullptr;
  double page_width_ = 0;
  double page_height_ = 0;
  double y_ = 0;  // the top of what is still free on the page

  HPDF_Page text_page_ = nullptr;  // the one between BeginText and EndText
  HPDF_Font drawn_font_ = nullptr;
  double drawn_size_ = 0;
  Colour drawn_colour_{};

  std::vector<Mark> marks_;  // the way to the last bookmark
  std::map<std::string, Place, std::less<>> anchors_;
  std::set<std::string, std::less<>> wanted_;
  std::vector<Link> links_;

  std::string shown_;
  std::string elided_;
  std::string encoded_;
  std::string visual_;
};

}  // namespace audit::document
