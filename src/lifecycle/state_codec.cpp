#include <array>
#include <fmt/format.h>

#include "lifecycle/instance.hpp"
#include "lifecycle/members.hpp"
#include "lifecycle/state_bounds.hpp"

namespace slipway::lifecycle {

namespace {

constexpr std::int64_t kShape = 1;

constexpr std::array<std::string_view, 13> kTokenStates{"arriving", "active",   "before",  "after", "external", "user",     "receive",
                                                        "catch",    "choosing", "joining", "child", "scope",    "repeating"};
constexpr std::array<std::string_view, 5> kInstanceStates{"created", "active", "completed", "failed", "cancelled"};
constexpr std::array<std::string_view, 9> kEventKinds{"none", "message", "signal", "timer", "error", "escalation", "conditional", "link", "terminate"};
constexpr std::array<std::string_view, 3> kTimerKinds{"date", "duration", "cycle"};

/// Writes one object, member by member; what has its usual value is left out.
class Line {
public:
    explicit Line(std::string& out) : out_{out} { out_ += '{'; }
    ~Line() { out_ += '}'; }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    std::string& member(std::string_view name) {
        if (!first_) {
            out_ += ',';
        }
        first_ = false;
        out_ += '"';
        out_ += name;
        out_ += "\":";
        return out_;
    }
    void number(std::string_view name, std::int64_t value, std::int64_t usual = 0) {
        if (value != usual) {
            member(name) += std::to_string(value);
        }
    }
    void text(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            json::write_string_to(member(name), value);
        }
    }
    void flag(std::string_view name, bool value) {
        if (value) {
            member(name) += "true";
        }
    }

private:
    std::string& out_;
    bool first_{true};
};

/// Writes a list of objects.
template <typename Entries, typename Write>
void write_list(Line& line, std::string_view name, const Entries& entries, const Write& write) {
    if (entries.empty()) {
        return;
    }
    auto& out = line.member(name);
    char before = '[';
    for (const auto& [id, entry] : entries) {
        out += before;
        before = ',';
        write(out, entry);
    }
    out += ']';
}

void write_variables(Line& line, const Variables& variables) {
    if (variables.empty()) {
        return;
    }
    auto& out = line.member("v");
    char before = '{';
    for (const auto& [name, value] : variables.items()) {
        out += before;
        before = ',';
        json::write_string_to(out, name);
        out += ':';
        json::write_to(out, *value);
    }
    out += '}';
}

void write_token(const Graph& graph, std::string& out, const Token& token) {
    Line line{out};
    line.number("i", token.id);
    line.number("s", token.scope);
    line.text("e", graph.node(token.element).element.id);
    line.text("k", kTokenStates.at(static_cast<std::size_t>(token.state)));
    line.text("f", token.flow == kNone ? std::string_view{} : graph.edge(token.flow).id);
    line.number("l", token.loop, -1);
    line.flag("x", token.interrupted);
    line.number("t", to_epoch_ms(token.since));
    write_variables(line, token.variables);
    if (token.items) {
        json::write_to(line.member("c"), json::value(*token.items));
    }
}

void write_subscription(const Graph& graph, std::string& out, const Subscription& subscription) {
    Line line{out};
    line.number("i", subscription.id);
    line.number("o", subscription.token);
    line.text("e", graph.node(subscription.element).element.id);
    line.text("k", kEventKinds.at(static_cast<std::size_t>(subscription.kind)));
    line.text("n", subscription.name);
    if (subscription.correlation_key) {
        json::write_string_to(line.member("c"), *subscription.correlation_key);
    }
}

void write_timer(const Graph& graph, std::string& out, const Timer& timer) {
    Line line{out};
    line.number("i", timer.id);
    line.number("o", timer.token);
    line.text("e", graph.node(timer.element).element.id);
    line.text("k", kTimerKinds.at(static_cast<std::size_t>(timer.kind)));
    line.text("w", timer.text);
    line.number("d", to_epoch_ms(timer.schedule.due));
    line.number("a", to_epoch_ms(timer.schedule.anchor));
    line.number("x", timer.schedule.index);
    line.number("l", timer.schedule.left);
}

void write_incident(std::string& out, const Incident& incident) {
    Line line{out};
    line.number("i", incident.id);
    line.text("k", to_string(incident.type));
    line.number("o", incident.token);
    line.text("e", incident.element);
    line.text("m", incident.message);
    line.number("t", to_epoch_ms(incident.since));
    if (incident.held) {
        json::write_to(line.member("h"), json::value(write_event(*incident.held)));
    }
}

/// Reads the objects of one state; what does not fit is told once, at the end.
class Reader {
public:
    Reader(const Graph& graph, const json::object& members) : graph_{graph}, in_{members, bad_} {}

    Result<Instance> read() {
        if (in_.number("v") != kShape || in_.text("p") != graph_.key()) {
            return fail(ErrorCode::internal, "STATE", fmt::format("The state of an instance is not of shape {} or not of process '{}'.", kShape, graph_.key()));
        }
        Instance instance{.id = in_.text("i"),
                          .business_key = in_.text("b"),
                          .state = in_.one_of<InstanceState>("s", kInstanceStates),
                          .called = in_.flag("c"),
                          .last_id = in_.number("n")};
        in_.each("t", [&](const Members& line) { add(instance.tokens, token(line)); });
        in_.each("u", [&](const Members& line) { add(instance.subscriptions, subscription(line)); });
        in_.each("m", [&](const Members& line) { add(instance.timers, timer(line)); });
        in_.each("x", [&](const Members& line) { add(instance.incidents, incident(line)); });
        if (bad_) {
            return fail(ErrorCode::internal, "STATE", fmt::format("The state of instance {} cannot be read: {}.", instance.id, *bad_));
        }
        return instance;
    }

private:
    template <typename Entry>
    static void add(std::map<Id, Entry>& entries, Entry entry) {
        const auto id = entry.id;
        entries.emplace(id, std::move(entry));
    }

    Index element(const Members& line) {
        const auto id = line.text("e");
        const auto found = graph_.find_node(id);
        if (found == kNone) {
            bad_ = fmt::format("the process has no element '{}'", id);
            return kRoot;
        }
        return found;
    }

    Token token(const Members& line) {
        Token token{.id = line.number("i"),
                    .scope = line.number("s"),
                    .element = element(line),
                    .state = line.one_of<TokenState>("k", kTokenStates),
                    .loop = static_cast<std::int32_t>(line.number("l", -1)),
                    .interrupted = line.flag("x"),
                    .since = from_epoch_ms(line.number("t"))};
        if (const auto flow = line.text("f"); !flow.empty()) {
            token.flow = graph_.find_edge(flow);
            if (token.flow == kNone) {
                bad_ = fmt::format("the process has no flow '{}'", flow);
            }
        }
        for (const auto& [name, value] : line.object("v")) {
            token.variables.set(name, value);
        }
        if (const auto* items = line.array("c")) {
            token.items = std::make_shared<const json::array>(*items);
        }
        return token;
    }

    Subscription subscription(const Members& line) {
        Subscription subscription{.id = line.number("i"),
                                  .token = line.number("o"),
                                  .element = element(line),
                                  .kind = line.one_of<EventKind>("k", kEventKinds),
                                  .name = line.text("n")};
        if (line.has("c")) {
            subscription.correlation_key = line.text("c");
        }
        return subscription;
    }

    Timer timer(const Members& line) {
        return {.id = line.number("i"),
                .token = line.number("o"),
                .element = element(line),
                .kind = line.one_of<TimerKind>("k", kTimerKinds),
                .text = line.text("w"),
                .schedule = {from_epoch_ms(line.number("d")), from_epoch_ms(line.number("a")), line.number("x"), line.number("l")}};
    }

    Incident incident(const Members& line) {
        Incident incident{
            .id = line.number("i"), .token = line.number("o"), .element = line.text("e"), .message = line.text("m"), .since = from_epoch_ms(line.number("t"))};
        const auto type = line.text("k");
        for (auto at = IncidentType::failed_job; at <= IncidentType::missing_handler; at = static_cast<IncidentType>(static_cast<int>(at) + 1)) {
            if (to_string(at) == type) {
                incident.type = at;
            }
        }
        if (line.has("h")) {
            auto held = read_event(line.object("h"));
            if (held) {
                incident.held = *std::move(held);
            } else {
                bad_ = held.error().message;
            }
        }
        return incident;
    }

    const Graph& graph_;
    std::optional<std::string> bad_;
    Members in_;
};

}  // namespace

std::string write_instance(const Graph& graph, const Instance& instance) {
    std::string out;
    {
        Line line{out};
        line.number("v", kShape);
        line.text("p", graph.key());
        line.text("i", instance.id);
        line.text("b", instance.business_key);
        line.text("s", kInstanceStates.at(static_cast<std::size_t>(instance.state)));
        line.flag("c", instance.called);
        line.number("n", instance.last_id);
        write_list(line, "t", instance.tokens, [&](std::string& to, const Token& token) { write_token(graph, to, token); });
        write_list(line, "u", instance.subscriptions, [&](std::string& to, const Subscription& one) { write_subscription(graph, to, one); });
        write_list(line, "m", instance.timers, [&](std::string& to, const Timer& timer) { write_timer(graph, to, timer); });
        write_list(line, "x", instance.incidents, [](std::string& to, const Incident& incident) { write_incident(to, incident); });
    }
    return out;
}

Result<Instance> read_instance(const Graph& graph, std::string_view written) {
    auto members = json::parse_object(written, kStateLimits);
    if (!members) {
        return fail(ErrorCode::internal, "STATE", "The state of an instance is no JSON: " + members.error().message);
    }
    return Reader{graph, *members}.read();
}

}  // namespace slipway::lifecycle
