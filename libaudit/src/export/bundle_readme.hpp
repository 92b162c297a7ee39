// export/bundle_readme.hpp - what an evidence bundle says to who opens it.
#pragma once

#include <string>

#include "proof/bundle_manifest.hpp"

namespace audit::exports {

// Without the members, which are not known yet.
[[nodiscard]] std::string bundle_readme(const proof::BundleManifest& manifest);

}  // namespace audit::exports
