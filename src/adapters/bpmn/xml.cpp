#include "adapters/bpmn/xml.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <pugixml.hpp>
#include <set>

#include "adapters/bpmn/xml_guard.hpp"

namespace slipway::bpmn {

namespace {

struct Known {
    std::string_view uri;
    Space space;
};
constexpr std::array kKnown{
    Known{"http://www.omg.org/spec/BPMN/20100524/MODEL", Space::bpmn},   Known{"http://camunda.org/schema/1.0/bpmn", Space::camunda},
    Known{"http://operaton.org/schema/1.0/bpmn", Space::camunda},        Known{"http://activiti.org/bpmn", Space::camunda},
    Known{"http://camunda.org/schema/1.0/dmn", Space::camunda},          Known{"http://operaton.org/schema/1.0/dmn", Space::camunda},
    Known{"http://camunda.org/schema/zeebe/1.0", Space::zeebe},          Known{"http://www.omg.org/spec/DMN/20151101/dmn.xsd", Space::dmn},
    Known{"http://www.omg.org/spec/DMN/20151101/dmn11.xsd", Space::dmn}, Known{"http://www.omg.org/spec/DMN/20180521/MODEL/", Space::dmn},
    Known{"https://www.omg.org/spec/DMN/20191111/MODEL/", Space::dmn},   Known{"https://www.omg.org/spec/DMN/20211108/MODEL/", Space::dmn},
    Known{"https://www.omg.org/spec/DMN/20230324/MODEL/", Space::dmn},   Known{"http://www.w3.org/2001/XInclude", Space::xinclude},
};

Space space_of(std::string_view uri) {
    const auto* const found = std::ranges::find(kKnown, uri, &Known::uri);
    return found == kKnown.end() ? Space::other : found->space;
}

/// Prefixes as they are declared around one element: those of an element go again with its Scope. One map for the whole file, as a copy for each element
/// would cost the file times its depth.
class Prefixes {
public:
    /// The declarations of one element, as long as its content is read.
    class Scope {
    public:
        Scope(Prefixes& prefixes, pugi::xml_node node);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        void declare(std::string_view prefix, Space space);
        Prefixes& prefixes_;
        std::vector<std::pair<std::string_view, std::optional<Space>>> before_;
    };
    std::optional<Space> find(std::string_view prefix) const {
        const auto found = spaces_.find(prefix);
        return found == spaces_.end() ? std::nullopt : std::optional{found->second};
    }

private:
    std::map<std::string_view, Space, std::less<>> spaces_;
};

Prefixes::Scope::Scope(Prefixes& prefixes, pugi::xml_node node) : prefixes_{prefixes} {
    for (const auto attribute : node.attributes()) {
        const std::string_view name = attribute.name();
        if (name == "xmlns") {
            declare({}, space_of(attribute.value()));
        } else if (name.starts_with("xmlns:")) {
            declare(name.substr(6), space_of(attribute.value()));
        }
    }
}

void Prefixes::Scope::declare(std::string_view prefix, Space space) {
    before_.emplace_back(prefix, prefixes_.find(prefix));
    prefixes_.spaces_[prefix] = space;
}

/// Backwards: a prefix may stand twice on an element, which is refused later.
Prefixes::Scope::~Scope() {
    for (auto one = before_.rbegin(); one != before_.rend(); ++one) {
        if (one->second) {
            prefixes_.spaces_[one->first] = *one->second;
        } else {
            prefixes_.spaces_.erase(one->first);
        }
    }
}

struct Name {
    std::string_view prefix;
    std::string_view local;
};
Name split(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? Name{{}, name} : Name{name.substr(0, colon), name.substr(colon + 1)};
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const auto begin = text.find_first_not_of(kBlanks);
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Turns pugixml's tree into ours. The depth was bounded before.
class Builder {
public:
    Builder(std::string_view text, std::string_view reason) : text_{text}, reason_{reason} {
        for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
            line_ends_.push_back(at);
        }
    }
    Result<XmlElement> build(pugi::xml_node node, Prefixes& prefixes) const;

private:
    std::unexpected<Error> refuse(int line, std::string_view what) const {
        return fail(ErrorCode::invalid_argument, std::string{reason_}, fmt::format("The file cannot be read: line {}: {}.", line, what));
    }
    int line_of(std::ptrdiff_t offset) const {
        return 1 + static_cast<int>(std::ranges::lower_bound(line_ends_, static_cast<std::size_t>(std::max<std::ptrdiff_t>(offset, 0))) - line_ends_.begin());
    }
    Result<Space> resolve(const Name& name, const Prefixes& prefixes, int line) const;
    Result<void> add_attributes(XmlElement& element, pugi::xml_node node, const Prefixes& prefixes) const;

    std::string_view text_;
    std::string_view reason_;
    std::vector<std::size_t> line_ends_;
};

Result<Space> Builder::resolve(const Name& name, const Prefixes& prefixes, int line) const {
    if (const auto found = prefixes.find(name.prefix)) {
        return *found;
    }
    if (!name.prefix.empty()) {
        return refuse(line, fmt::format("the prefix \"{}\" has no namespace: declare it with xmlns:{}", name.prefix, name.prefix));
    }
    return Space::none;
}

Result<void> Builder::add_attributes(XmlElement& element, pugi::xml_node node, const Prefixes& prefixes) const {
    std::set<std::string_view> seen;
    for (const auto attribute : node.attributes()) {
        const std::string_view full = attribute.name();
        if (!seen.insert(full).second) {
            return refuse(element.line, fmt::format("the attribute \"{}\" stands twice on <{}>", full, node.name()));
        }
        if (full == "xmlns" || full.starts_with("xmlns:") || full.starts_with("xml:")) {
            continue;
        }
        const auto name = split(full);
        Space space = Space::none;
        if (!name.prefix.empty()) {
            SW_TRY(space, resolve(name, prefixes, element.line));
        }
        element.attributes.push_back({space, name.local, attribute.value()});
    }
    return {};
}

Result<XmlElement> Builder::build(pugi::xml_node node, Prefixes& prefixes) const {
    const Prefixes::Scope own{prefixes, node};
    const auto name = split(node.name());
    XmlElement element{.name = name.local, .line = line_of(node.offset_debug())};
    SW_TRY(element.space, resolve(name, prefixes, element.line));
    if (element.space == Space::xinclude) {
        return refuse(element.line, "XInclude is not read: put the text itself there");
    }
    SW_CHECK(add_attributes(element, node, prefixes));
    for (const auto child : node.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
            element.text += child.value();
        } else if (child.type() == pugi::node_element) {
            SW_TRY(auto one, build(child, prefixes));
            element.children.push_back(std::move(one));
        }
    }
    element.text = trimmed(element.text);
    return element;
}

}  // namespace

std::string_view XmlElement::attribute(std::string_view wanted, Space wanted_space) const {
    const auto found = std::ranges::find_if(attributes, [&](const auto& one) { return one.space == wanted_space && one.name == wanted; });
    return found == attributes.end() ? std::string_view{} : found->value;
}

bool XmlElement::has(std::string_view wanted, Space wanted_space) const {
    return std::ranges::any_of(attributes, [&](const auto& one) { return one.space == wanted_space && one.name == wanted; });
}

const XmlElement* XmlElement::child(Space wanted_space, std::string_view wanted) const {
    const auto found = std::ranges::find_if(children, [&](const auto& one) { return one.is(wanted_space, wanted); });
    return found == children.end() ? nullptr : &*found;
}

Result<XmlFile> XmlFile::parse(std::string_view text, std::string_view reason) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    SW_CHECK(guard_xml(text, reason));
    auto document = std::make_shared<pugi::xml_document>();
    const auto parsed = document->load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) {
        const auto line = line_at(text, static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0)));
        return fail(ErrorCode::invalid_argument, std::string{reason}, fmt::format("The file cannot be read: line {}: {}.", line, parsed.description()));
    }
    const auto root = document->document_element();
    if (root.next_sibling() && std::ranges::any_of(document->children(), [&](const auto& node) { return node != root && node.type() == pugi::node_element; })) {
        return fail(ErrorCode::invalid_argument, std::string{reason}, "The file cannot be read: it has more than one root element.");
    }
    Prefixes prefixes;
    SW_TRY(auto element, Builder(text, reason).build(root, prefixes));
    XmlFile file;
    file.storage_ = std::move(document);
    file.root_ = std::make_unique<XmlElement>(std::move(element));
    return file;
}

}  // namespace slipway::bpmn
