#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace slipway::aws {

/// An element of a small XML document. Names without their prefix; attributes are read over.
struct XmlElement {
    std::string name;
    std::string text;  ///< own text, entities resolved
    std::vector<XmlElement> children;

    /// First child of that name, or nullptr.
    const XmlElement* child(std::string_view wanted) const;
    /// Text at a path of children below this element, or empty.
    std::string text_at(std::initializer_list<std::string_view> path) const;
    /// This element or the first below it of that name, in document order, or nullptr.
    const XmlElement* find(std::string_view wanted) const;
};

/// Reads the answers of AWS's query protocol. Strict: one root, every tag closed, only the five named entities and numeric ones;
/// DOCTYPE, more than 32 levels or 1 MiB are refused. @return `invalid_argument`, reason `MALFORMED_XML`.
Result<XmlElement> parse_xml(std::string_view text);

}  // namespace slipway::aws
