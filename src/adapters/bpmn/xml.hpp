#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace slipway::bpmn {

/// What a namespace URI stands for here. Prefixes mean nothing.
enum class Space : std::uint8_t {
    none,     ///< an attribute without prefix
    bpmn,     ///< BPMN 2.0 MODEL
    dmn,      ///< DMN 1.1 to 1.5
    camunda,  ///< extensions of Camunda 7, and Operaton's and Activiti's, which are the same
    zeebe,    ///< extensions of Camunda 8
    xinclude,
    other,
};

struct XmlAttribute {
    Space space{Space::none};
    std::string_view name;  ///< without prefix
    std::string_view value;
};

/// One element of a file. Views live as long as its XmlFile.
struct XmlElement {
    Space space{Space::none};
    std::string_view name;  ///< without prefix
    int line{0};
    std::vector<XmlAttribute> attributes;
    std::vector<XmlElement> children;
    std::string text;  ///< its own text, blanks around it taken away

    /// The value of an attribute, empty where there is none.
    std::string_view attribute(std::string_view name, Space space = Space::none) const;
    bool has(std::string_view name, Space space = Space::none) const;
    bool is(Space wanted_space, std::string_view wanted_name) const { return space == wanted_space && name == wanted_name; }
    /// The first child of that name, or nullptr.
    const XmlElement* child(Space space, std::string_view name) const;
    std::string_view id() const { return attribute("id"); }
};

/// A parsed file.
class XmlFile {
public:
    /// @return `invalid_argument` with `reason` and the line: what guard_xml() refuses, what is not well formed, prefixes without namespace, XInclude.
    static Result<XmlFile> parse(std::string_view text, std::string_view reason);
    const XmlElement& root() const { return *root_; }

private:
    XmlFile() = default;
    std::shared_ptr<const void> storage_;  ///< what the views look into
    std::unique_ptr<XmlElement> root_;
};

}  // namespace slipway::bpmn
