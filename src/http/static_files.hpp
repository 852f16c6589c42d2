#pragma once

#include <span>
#include <vector>

#include "base/embedded.hpp"
#include "http/router.hpp"

namespace slipway::embedded {

/// The built web UI, empty when Slipway was built without SLIPWAY_WEB_DIR.
std::span<const EmbeddedFile> web_ui();

}  // namespace slipway::embedded

namespace slipway::http {

/// One open route per file, so that nothing else is open; `name.br` and `name.gz` beside `name` are its compressed forms. `index.html` is at `/`;
/// a plain page says so when there is none. Files below `assets/` have hashes in their names and are cached for ever.
/// Their operation ids are empty: they are no part of api/openapi.yaml.
std::vector<Route> static_routes(std::span<const EmbeddedFile> files);

}  // namespace slipway::http
