// document/haru.hpp - libharu, loaded when the first PDF is made.
//
// Few commands make one, and libharu brings libpng and zlib: loading them with the program took 0.4 of
// the 6 milliseconds in which a search answers.
//
// Errors    throws configuration when the library is not installed or lacks a function
// Threads   safe to call from any
// Source    decision 7
#pragma once

#include <hpdf.h>

// What is used of it: HPDF_ and one of these.
#define AUDIT_HARU_FUNCTIONS(F) \
  F(AddPage)                    \
  F(CreateOutline)              \
  F(Destination_SetFitH)        \
  F(Doc_FindFontDef)            \
  F(Free)                       \
  F(GetError)                   \
  F(GetCurrentEncoder)          \
  F(GetFont)                    \
  F(LinkAnnot_SetBorderStyle)   \
  F(LoadTTFontFromFile)         \
  F(New)                        \
  F(Outline_SetDestination)     \
  F(Outline_SetOpened)          \
  F(Page_BeginText)             \
  F(Page_CreateDestination)     \
  F(Page_CreateLinkAnnot)       \
  F(Page_EndText)               \
  F(Page_Fill)                  \
  F(Page_GetHeight)             \
  F(Page_GetWidth)              \
  F(Page_LineTo)                \
  F(Page_MoveTo)                \
  F(Page_Rectangle)             \
  F(Page_SetFontAndSize)        \
  F(Page_SetLineWidth)          \
  F(Page_SetRGBFill)            \
  F(Page_SetRGBStroke)          \
  F(Page_SetSize)               \
  F(Page_Stroke)                \
  F(Page_TextOut)               \
  F(ReadFromStream)             \
  F(SaveToStream)               \
  F(SetCompressionMode)         \
  F(SetCurrentEncoder)          \
  F(SetInfoAttr)                \
  F(SetInfoDateAttr)            \
  F(SetPageMode)                \
  F(TTFontDef_GetGidWidth)      \
  F(TTFontDef_GetGlyphid)       \
  F(UseUTFEncodings)

namespace audit::document {

struct Haru {
#define AUDIT_HARU_MEMBER(name) decltype(&::HPDF_##name) name;
  AUDIT_HARU_FUNCTIONS(AUDIT_HARU_MEMBER)
#undef AUDIT_HARU_MEMBER
};

// The library, for as long as the process lives.
[[nodiscard]] const Haru& haru();

}  // namespace audit::document
