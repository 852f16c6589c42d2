#include "tickets/issue_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "base/crypto.hpp"

namespace slipway::tickets {
namespace {

using Kind = TextBlock::Kind;

constexpr std::size_t kLabelDigits = 26;
constexpr std::size_t kSummaryUnits = 255;
constexpr std::size_t kMostItems = 50;

bool is_true(const json::object& object, std::string_view key) {
    const auto* flag = object.if_contains(key);
    return flag != nullptr && flag->is_bool() && flag->get_bool();
}

std::string number_of(const json::object& object, std::string_view key) {
    const auto* number = object.if_contains(key);
    return number == nullptr || !number->is_number() ? std::string{} : json::write(*number);
}

std::string words_of_asset(std::string_view name) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames{{{"documentation", "documentation"},
                                                                                          {"schema", "schema"},
                                                                                          {"training-data", "training data"},
                                                                                          {"test-data", "test data"},
                                                                                          {"result-comparator", "comparator of test results"}}};
    const auto found = std::ranges::find(kNames, name, &std::pair<std::string_view, std::string_view>::first);
    return std::string{found == kNames.end() ? name : found->second};
}

/// Collects blocks; what is empty is left out.
class Writer {
public:
    explicit Writer(std::vector<TextBlock>& blocks) : blocks_{blocks} {}

    /// Written when something comes below it.
    void heading(std::string text) { heading_ = std::move(text); }
    void paragraph(std::string_view text) { add(Kind::paragraph, std::string{text}, {}); }
    void item(std::string text, std::string_view link = {}) { add(Kind::item, std::move(text), std::string{link}); }
    void fact(std::string_view name, std::string_view value, std::string_view link = {}) {
        if (!value.empty()) {
            item(fmt::format("{}: {}", name, value), link);
        }
    }

private:
    void add(Kind kind, std::string text, std::string link) {
        if (text.empty()) {
            return;
        }
        if (!heading_.empty()) {
            blocks_.push_back({.kind = Kind::heading, .text = std::exchange(heading_, {})});
        }
        blocks_.push_back({.kind = kind, .text = std::move(text), .link = std::move(link)});
    }
    std::vector<TextBlock>& blocks_;
    std::string heading_;
};

const json::object& member(const json::object& object, std::string_view key) {
    static const json::object kNothing;
    const auto* found = json::object_of(object, key);
    return found == nullptr ? kNothing : *found;
}

std::string words_of_variant(const json::object& variant) {
    const auto type = json::text_of(variant, "InstanceType");
    const auto count = number_of(variant, "InitialInstanceCount");
    return fmt::format("{} of {} on {}", json::text_of(variant, "VariantName"), json::text_of(variant, "ModelName"),
                       type.empty() ? std::string{"serverless"} : fmt::format("{} × {}", count.empty() ? "1" : count, type));
}

void write_wish(Writer& out, const json::object& ticket, const json::object& evidence) {
    const auto& subject = member(evidence, "subject");
    const auto& configuration = member(evidence, "configuration");
    out.heading("What is asked for");
    out.fact("Business model", json::text_of(member(evidence, "model"), "name"));
    out.fact("Snapshot", json::text_of(member(evidence, "snapshot"), "name"));
    out.fact(is_true(configuration, "made") ? "Endpoint configuration, made for it" : "Endpoint configuration", json::text_of(configuration, "name"),
             json::text_of(evidence, "consoleUrl"));
    out.fact("Endpoint", json::text_of(subject, "endpointName"));
    out.fact("Region", json::text_of(evidence, "region"));
    out.fact("Account", json::text_of(evidence, "account"));
    for (const auto* key : {"productionVariants", "shadowProductionVariants"}) {
        if (const auto* variants = json::array_of(member(subject, "configuration"), key)) {
            for (const auto& variant : *variants) {
                out.fact("Variant", variant.is_object() ? words_of_variant(variant.get_object()) : std::string{});
            }
        }
    }
    out.fact("Asked for by", json::text_of(ticket, "requestedBy"));
    out.fact("Reason", json::text_of(evidence, "reason"));
}

void write_assets(Writer& out, const json::object& evidence) {
    out.heading("Assets");
    const auto* assets = json::array_of(evidence, "assets");
    for (const auto& one : assets == nullptr ? json::array{} : *assets) {
        if (!one.is_object()) {
            continue;
        }
        const auto& asset = one.get_object();
        const auto file = json::text_of(asset, "filename");
        out.fact(words_of_asset(json::text_of(asset, "name")), !is_true(asset, "present") ? std::string{"MISSING"}
                                                               : file.empty()             ? std::string{"present"}
                                                                                          : fmt::format("present, {}", file));
    }
}

std::string_view name_of_job(const json::object& job) {
    const auto name = json::text_of(job, "name");
    return name.empty() ? json::text_of(job, "id") : name;
}

/// `FAILED: too weak`; empty where there is no comparator.
std::string sentence_of(const json::object& comparator) {
    std::string out{json::text_of(comparator, "result")};
    const auto* reasons = json::array_of(comparator, "reasons");
    auto between = ": ";
    for (const auto& reason : out.empty() || reasons == nullptr ? json::array{} : *reasons) {
        if (reason.is_string()) {
            out += std::exchange(between, " ") + std::string{reason.get_string()};
        }
    }
    return out;
}

/// What somebody says of a test, by name: nothing that was found in its output.
void write_report(Writer& out, const json::object& report) {
    if (!report.empty()) {
        const auto* passed = report.if_contains("passed");
        out.fact("Reported result", fmt::format("{}by {} on {}{}",
                                                passed == nullptr              ? ""
                                                : *passed == json::value(true) ? "passed, "
                                                                               : "NOT PASSED, ",
                                                json::text_of(report, "createdBy"), json::text_of(report, "createdDate"),
                                                member(report, "testResults").empty() ? "" : ": " + json::write(member(report, "testResults"))));
    }
}

void write_test(Writer& out, const json::object& evidence) {
    const auto& job = member(evidence, "testJob");
    out.heading("Test");
    const auto& last = member(evidence, "lastModelJob");
    if (job.empty()) {
        out.item("No test job has run.");
    }
    if (job.empty()) {
        write_report(out, member(evidence, "reportedResult"));
    }
    if (job.empty() && last.empty()) {
        return;
    }
    if (job.empty()) {
        out.fact("Last job of the model, not of this snapshot", name_of_job(last), json::text_of(last, "consoleUrl"));
        return out.fact("Status", json::text_of(last, "status"));
    }
    out.fact("Job", name_of_job(job), json::text_of(job, "consoleUrl"));
    out.fact("Status", json::text_of(job, "status"));
    out.fact("Failure", json::text_of(job, "failureReason"));
    out.fact("Output", json::text_of(job, "output"));
    out.fact("Written", json::text_of(member(evidence, "testOutput"), "said"));
    const auto& comparator = member(evidence, "comparator");
    out.fact("Comparator", sentence_of(comparator));
    const auto& result = member(evidence, "testResult");
    if (const auto* passed = result.if_contains("passed"); passed != nullptr && passed->is_bool()) {
        out.fact("Result", passed->get_bool() ? "passed" : "NOT PASSED");
    }
    if (const auto& measured = member(result, "testResults"); !measured.empty()) {
        out.fact("Measured", json::write(measured));
    }
    write_report(out, member(evidence, "reportedResult"));
}

void write_siblings(Writer& out, const json::object& evidence) {
    out.heading("Other models of the same configuration");
    const auto* siblings = json::array_of(evidence, "siblings");
    for (std::size_t i = 0; siblings != nullptr && i < std::min(siblings->size(), kMostItems); ++i) {
        if (const auto* one = (*siblings)[i].if_object()) {
            const auto decision = json::text_of(*one, "decision");
            out.fact(json::text_of(*one, "model").empty() ? "another model" : json::text_of(*one, "model"), decision.empty() ? "not decided" : decision);
        }
    }
}

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) {
        (out += out.empty() ? "" : " or ") += word;
    }
    return out;
}

std::string way_of(const DecisionWords& words) {
    return words.statuses.empty() ? fmt::format("close the issue with the resolution {}", joined(words.resolutions))
                                  : fmt::format("set the status {}", joined(words.statuses));
}

std::string page_of(std::string_view kind, std::string_view id, const std::string& public_url) {
    return public_url.empty() || id.empty() ? std::string{} : fmt::format("{}/#/{}/{}", public_url, kind, id);
}

}  // namespace

std::string label_of(std::string_view ticket_id) {
    return "slipway-" + crypto::sha256_hex(ticket_id).substr(0, kLabelDigits);
}

std::size_t utf16_length(std::string_view text) {
    std::size_t units = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        units += (byte & 0xC0U) == 0x80U ? 0 : byte >= 0xF0U ? 2 : 1;
    }
    return units;
}

std::string one_line(std::string_view text, std::size_t most) {
    std::string line;
    for (const char c : text) {
        const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
        if (!blank) {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    while (line.ends_with(' ')) {
        line.pop_back();
    }
    if (utf16_length(line) <= most) {
        return line;
    }
    std::size_t units = 0;
    std::size_t end = 0;
    while (end < line.size()) {
        std::size_t next = end + 1;
        while (next < line.size() && (static_cast<unsigned char>(line[next]) & 0xC0U) == 0x80U) {
            ++next;
        }
        units += utf16_length(std::string_view{line}.substr(end, next - end));
        if (units >= most) {
            break;
        }
        end = next;
    }
    return line.substr(0, end) + "…";
}

IssueDraft draft_of(const store::Entity& ticket, const DecisionRules& rules, const std::string& public_url) {
    const auto& document = ticket.document;
    const auto& evidence = member(document, "evidence");
    const auto message = json::text_of(document, "message");
    IssueDraft draft{.label = label_of(ticket.id),
                     .ticket_id = ticket.id,
                     .summary = one_line(message.empty() ? std::string_view{"Approval of a deployment"} : message, kSummaryUnits),
                     .text = {},
                     .whole_text = page_of("tickets", ticket.id, public_url)};
    Writer out{draft.text};
    out.paragraph(message);
    out.heading("How to decide");
    out.item(fmt::format("To approve, {}. The deployment may go ahead then.", way_of(rules.approved)));
    out.item(fmt::format("To reject, {}. Nothing is deployed.", way_of(rules.rejected)));
    out.item("The first decision counts. Anything else is shown as a problem and approves nothing.");
    write_wish(out, document, evidence);
    write_assets(out, evidence);
    write_test(out, evidence);
    write_siblings(out, evidence);
    out.heading("Links");
    if (!draft.whole_text.empty()) {
        out.item("The ticket in Slipway", draft.whole_text);
    }
    out.fact("Ticket id", ticket.id);
    return draft;
}

std::string assets_line(const json::object& evidence) {
    std::string present;
    std::string missing;
    const auto* assets = json::array_of(evidence, "assets");
    for (const auto& one : assets == nullptr ? json::array{} : *assets) {
        if (const auto* asset = one.if_object()) {
            auto& list = is_true(*asset, "present") ? present : missing;
            (list += list.empty() ? "" : ", ") += words_of_asset(json::text_of(*asset, "name"));
        }
    }
    return fmt::format("Assets: {}. Missing: {}.", present.empty() ? "none" : present, missing.empty() ? "none" : missing);
}

std::string test_line(const json::object& evidence) {
    std::vector<TextBlock> blocks;
    Writer out{blocks};
    write_test(out, evidence);
    std::string line;
    for (const auto& block : blocks) {
        if (block.kind == Kind::item) {
            line += fmt::format("{}{}{}", line.empty() ? "" : " ", block.text, block.text.ends_with('.') ? "" : ".");
        }
    }
    return line;
}

}  // namespace slipway::tickets
