// proof/checkpoint.hpp - the text of a checkpoint on its own: see audit/checkpoint.hpp.
#pragma once

#include <audit/checkpoint.hpp>
#include <audit/error.hpp>

#include <string_view>

namespace audit::proof {

// Reads the text of a checkpoint note (with its final LF, without separator and signatures).
[[nodiscard]] Parsed<Checkpoint> parse_checkpoint_text(std::string_view text);

}  // namespace audit::proof
