#pragma once

#include <span>
#include <string_view>

namespace slipway {

/// A file carried inside the binary; see cmake/SlipwayEmbed.cmake.
struct EmbeddedFile {
    std::string_view name;
    std::string_view content;
};

}  // namespace slipway
