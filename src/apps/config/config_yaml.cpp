// The one file that knows yaml-cpp.
#include <algorithm>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "apps/config/yaml_tree.hpp"

namespace slipway::config {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxBytes = 1U << 20;
constexpr std::size_t kMaxFaults = 20;

/// Ends the parse: everything worth saying has been said.
struct GiveUp {};

/// Builds the tree from the parser's events; the parser's own Node type would lose duplicate keys and anchors.
class TreeBuilder final : public YAML::EventHandler {
public:
    explicit TreeBuilder(YamlDocument& document) : document_{document} {}

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        fault(mark, "aliases (*name) are not allowed; write the value again");
        place({}, mark);
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        place({}, mark);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        YamlNode node;
        node.quoted = tag == "!";
        const bool is_null = !node.quoted && (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL");
        node.kind = is_null ? YamlNode::Kind::null : YamlNode::Kind::scalar;
        node.text = value;
        place(std::move(node), mark);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) override {
        open(YamlNode::Kind::list, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value /*style*/) override {
        open(YamlNode::Kind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        YamlNode node;
        bool wants_key{false};
        bool dropped{false};  ///< the value of a duplicate key, or a key that is no text
    };

    void fault(const YAML::Mark& mark, std::string message) {
        document_.faults.push_back({mark.line + 1, std::move(message)});
        if (document_.faults.size() >= kMaxFaults) {
            throw GiveUp{};
        }
    }
    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != 0) {
            fault(mark, "anchors (&name) are not allowed; write the value where it is needed");
        }
    }
    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (!tag.empty() && tag != "?" && tag != "!") {
            fault(mark, "tags (" + tag.substr(0, 40) + ") are not allowed");
        }
    }
    void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        if (stack_.size() >= kMaxDepth) {
            fault(mark, "nested too deeply");
            throw GiveUp{};
        }
        Level level;
        level.node.kind = kind;
        level.node.line = mark.line + 1;
        level.wants_key = kind == YamlNode::Kind::map;
        stack_.push_back(std::move(level));
    }
    void close() {
        YamlNode node = std::move(stack_.back().node);
        stack_.pop_back();
        const int line = node.line;
        place_at(std::move(node), line);
    }
    void place(YamlNode node, const YAML::Mark& mark) { place_at(std::move(node), mark.line + 1); }
    void place_at(YamlNode node, int line) {
        node.line = line;
        if (stack_.empty()) {
            document_.root = std::move(node);
            return;
        }
        Level& top = stack_.back();
        if (top.node.kind == YamlNode::Kind::list) {
            top.node.items.push_back(std::move(node));
        } else if (top.wants_key) {
            take_key(top, node);
        } else {
            if (!top.dropped) {
                top.node.members.back().value = std::move(node);
            }
            top.wants_key = true;
        }
    }
    void take_key(Level& top, const YamlNode& node) {
        top.wants_key = false;
        top.dropped = true;
        const YAML::Mark mark = mark_of(node.line);
        if (node.kind != YamlNode::Kind::scalar) {
            fault(mark, "a key must be a text");
        } else if (const auto* before = first_of(top.node, node.text)) {
            fault(mark, node.text.substr(0, 60) + ": duplicate key; it stands on line " + std::to_string(before->line) + " already");
        } else {
            top.dropped = false;
            top.node.members.push_back({node.text, node.line, {}});
        }
    }
    static YAML::Mark mark_of(int line) {
        YAML::Mark mark;
        mark.line = line - 1;
        return mark;
    }
    static const YamlNode::Member* first_of(const YamlNode& map, const std::string& name) {
        const auto found = std::ranges::find(map.members, name, &YamlNode::Member::name);
        return found == map.members.end() ? nullptr : &*found;
    }

    YamlDocument& document_;
    std::vector<Level> stack_;
};

}  // namespace

YamlDocument read_yaml(std::string_view text) {
    YamlDocument document;
    if (text.size() > kMaxBytes) {
        document.faults.push_back({1, "the file is larger than 1 MiB"});
        return document;
    }
    if (text.find('\0') != std::string_view::npos) {
        document.faults.push_back({1, "the file has NUL bytes: it is no text"});
        return document;
    }
    try {
        std::istringstream stream{std::string{text}};
        YAML::Parser parser{stream};
        TreeBuilder builder{document};
        if (parser.HandleNextDocument(builder)) {
            YamlDocument second;
            TreeBuilder rest{second};
            if (parser.HandleNextDocument(rest)) {
                document.faults.push_back({std::max(second.root.line, 1), "a second document begins here; there may be one only"});
            }
        }
    } catch (const GiveUp&) {
        // The fault that ended it is in the list.
    } catch (const YAML::Exception& error) {
        document.faults.push_back({std::max(error.mark.line + 1, 1), "no valid YAML: " + error.msg});
    } catch (const std::exception&) {
        document.faults.push_back({1, "no valid YAML"});
    }
    return document;
}

}  // namespace slipway::config
