#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include "apps/cli/cell_texts.hpp"
#include "apps/cli/exit_codes.hpp"
#include "apps/cli/follow.hpp"
#include "apps/cli/handlers.hpp"
#include "base/ascii.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kPoll{500};

std::int64_t number_of(const json::object& object, std::string_view name) {
    const auto* found = object.if_contains(name);
    return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

/// The stage that is under way: the first that has not ended.
const json::object* current_stage(const json::object& operation) {
    const json::object* last = nullptr;
    if (const auto* stages = json::array_of(operation, "stages")) {
        for (const auto& item : *stages) {
            const auto* stage = item.if_object();
            if (stage == nullptr) {
                continue;
            }
            last = stage;
            if (!stage->contains("outcome")) {
                return stage;
            }
        }
    }
    return last;
}

std::string counts(const json::object& stage) {
    // What was known already is among what is done.
    const auto done = number_of(stage, "done");
    return stage.contains("total") ? fmt::format("{}/{}", done, number_of(stage, "total")) : std::to_string(done);
}

/// Share of all stages that is done, 0 to 1.
double share_done(const json::object& operation) {
    const auto* stages = json::array_of(operation, "stages");
    if (stages == nullptr || stages->empty()) {
        return 0;
    }
    double sum = 0;
    for (const auto& item : *stages) {
        const auto* stage = item.if_object();
        if (stage != nullptr && stage->contains("outcome")) {
            sum += 1.0;
        } else if (stage != nullptr && stage->contains("total")) {
            const auto total = number_of(*stage, "total");
            sum += total == 0 ? 1.0 : std::min(1.0, static_cast<double>(number_of(*stage, "done")) / static_cast<double>(total));
        }
    }
    return sum / static_cast<double>(stages->size());
}

/// Shows how far an operation is: one line that is drawn over on a terminal, a line for each stage elsewhere.
class Progress {
public:
    explicit Progress(Session& session) : session_{session} {}

    void show(const json::object& operation) {
        const auto* stage = current_stage(operation);
        const auto name = stage != nullptr ? stage_text(json::text_of(*stage, "name")) : std::string{"waiting"};
        say_wait(operation);
        if (!session_.world().terminal.err_is_tty) {
            if (name != stage_) {
                session_.say(name + (stage != nullptr && stage->contains("total") ? " " + counts(*stage) : ""));
            }
            stage_ = name;
            return;
        }
        constexpr std::size_t kBar = 24;
        const auto full = static_cast<std::size_t>(share_done(operation) * static_cast<double>(kBar));
        const auto* calls = json::object_of(operation, "awsCalls");
        auto text = fmt::format("[{}{}] {} {}  {} AWS calls", std::string(full, '#'), std::string(kBar - full, '.'), name,
                                stage != nullptr ? counts(*stage) : "", calls != nullptr ? number_of(*calls, "total") : 0);
        if (operation.contains("etaSeconds")) {
            text += fmt::format("  {} s left", number_of(operation, "etaSeconds"));
        }
        session_.world().terminal.err("\r\x1b[K" + shortened(harmless(text), static_cast<std::size_t>(session_.world().terminal.width) - 1));
        drawn_ = true;
    }
    ~Progress() {
        if (drawn_) {
            session_.world().terminal.err("\r\x1b[K");
        }
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

private:
    /// What AWS keeps a deployment from: it may be hours.
    void say_wait(const json::object& operation) {
        const auto kind = json::text_of(operation, "kind");
        const auto* stages = kind == "DEPLOY" || kind == "UNDEPLOY" ? json::array_of(operation, "stages") : nullptr;
        std::string note;
        for (const auto& stage : stages != nullptr ? *stages : json::array{}) {
            note += stage.is_object() ? json::text_of(stage.get_object(), "note") : std::string_view{};
        }
        if (!note.empty() && note != note_) {
            session_.say((drawn_ ? "\r\x1b[K" : "") + harmless(note));
        }
        note_ = std::move(note);
    }

    Session& session_;
    std::string stage_;
    std::string note_;
    bool drawn_{false};
};

/// The role that life cycles know and that was meant by another spelling of it; empty where none was. Other names are people's own roles.
std::string_view meant_role(std::string_view role) {
    static constexpr std::array<std::string_view, 5> kRoles{"MODEL_DOCUMENTATION", "TRAINING_DATA", "TEST_DATA", "TEST_RESULT_COMPARATOR", "MODEL_SOURCE"};
    const auto letters = [](std::string_view text) {
        std::string out;
        std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return c != '_' && c != '-' && c != ' '; });
        return ascii_lower(out);
    };
    const auto* const found = std::ranges::find_if(kRoles, [&](std::string_view known) { return known != role && letters(known) == letters(role); });
    return found == kRoles.end() ? std::string_view{} : *found;
}

/// What is kept in the server itself: tests are compared by it.
Result<json::object> comparator_of(const std::string& path) {
    if (path.contains("://")) {
        return usage(
            fmt::format("--asset TEST_RESULT_COMPARATOR={}: a comparator is kept in Slipway itself. Download it and give the file: "
                        "--asset TEST_RESULT_COMPARATOR=limits.dmn",
                        path));
    }
    SW_TRY(const auto content, read_file_bytes(path));
    const auto name = std::filesystem::path{path}.filename().string();
    return json::object{{"assetType", "FILE"},     {"assetRole", "TEST_RESULT_COMPARATOR"}, {"name", name}, {"filename", name},
                        {"fileFormat", "UNKNOWN"}, {"fileContent", crypto::base64(content)}};
}

/// `ROLE=URL` as an external asset, `TEST_RESULT_COMPARATOR=FILE` as that file.
Result<json::object> asset_of(const std::string& text) {
    constexpr std::string_view kComparator = "TEST_RESULT_COMPARATOR=";
    if (text.starts_with(kComparator) && text.size() > kComparator.size()) {
        return comparator_of(text.substr(kComparator.size()));
    }
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || !text.substr(equals + 1).contains("://")) {
        return usage("--asset must be ROLE=URL (of a comparator TEST_RESULT_COMPARATOR=FILE), for example TEST_DATA=s3://bucket/holdout.csv, not \"" + text +
                     "\"");
    }
    if (const auto meant = meant_role(text.substr(0, equals)); !meant.empty()) {
        return usage(fmt::format("--asset {}: the role is called {}", text, meant));
    }
    const auto url = text.substr(equals + 1);
    if (text.starts_with("TEST_DATA=") && !url.starts_with("s3://")) {
        return usage(fmt::format("--asset {}: a transform job of SageMaker reads test data from an s3:// address alone", text));
    }
    const auto name = url.substr(url.find_last_of('/') + 1);
    json::object asset{{"assetType", "EXTERNAL_FILE"}, {"assetRole", text.substr(0, equals)}, {"name", name.empty() ? url : name}, {"fileUrl", url}};
    if (url.starts_with("s3://")) {
        asset["repositoryInfo"] = json::object{{"repositoryType", "S3_REPOSITORY"}};
    }
    return asset;
}

/// Keys given for this import alone.
Result<std::optional<json::object>> entered_credentials(Session& session) {
    const auto key = session.line().get("--access-key-id");
    if (key.empty()) {
        return std::nullopt;
    }
    auto region = session.line().get("--region");
    region = region.empty() ? session.world().env("AWS_REGION") : region;
    if (region.empty()) {
        return usage("--access-key-id needs --region (or AWS_REGION)");
    }
    SW_TRY(const auto secret,
           read_secret(session, {"--secret-access-key-file", "--secret-access-key-stdin", "SLIPWAY_SECRET_ACCESS_KEY", "AWS secret access key: "}));
    json::object credentials{{"region", region}, {"accessKeyId", key}, {"secretAccessKey", secret.reveal()}};
    if (session.line().has("--session-token-file") || !session.world().env("SLIPWAY_SESSION_TOKEN").empty()) {
        SW_TRY(const auto token, read_secret(session, {"--session-token-file", "", "SLIPWAY_SESSION_TOKEN", ""}));
        credentials["sessionToken"] = token.reveal();
    }
    return credentials;
}

Result<json::object> import_request(Session& session) {
    const auto& line = session.line();
    json::object body{{"modelName", line.argument(0)}};
    for (const auto& [flag, member] : {std::pair{"--group", "group"}, {"--region", "region"}, {"--credential", "credentialId"}}) {
        if (line.has(flag)) {
            body[member] = line.get(flag);
        }
    }
    SW_TRY(auto credentials, entered_credentials(session));
    if (credentials) {
        body["credentials"] = std::move(*credentials);
    }
    json::array assets;
    for (const auto& text : line.all("--asset")) {
        SW_TRY(auto asset, asset_of(text));
        assets.push_back(std::move(asset));
    }
    if (!assets.empty()) {
        body["assets"] = std::move(assets);
    }
    if (line.has("--deep")) {
        body["deep"] = true;
    }
    if (line.has("--no-lifecycles")) {
        body["startLifecycles"] = "none";
    }
    return body;
}

/// Id of the import that the server says runs already, or empty.
std::string running_operation(const Error& error) {
    const auto document = json::parse_object(error.detail);
    const auto* operation = document && error.reason == "ALREADY_RUNNING" ? document->if_contains("operation") : nullptr;
    if (operation == nullptr) {
        return {};
    }
    return operation->is_object()   ? std::string{json::text_of(operation->get_object(), "id")}
           : operation->is_string() ? std::string{operation->get_string()}
                                    : std::string{};
}

}  // namespace

Result<json::object> follow_operation(Session& session, const std::string& id, Milliseconds timeout) {
    Progress progress{session};
    return follow(session, {.path = "/sagemaker-service/api/operations/" + percent_encode(id),
                            .poll = kPoll,
                            .timeout = timeout,
                            .show =
                                [&](const json::object& operation) {
                                    progress.show(operation);
                                    return json::text_of(operation, "state") != "RUNNING";
                                },
                            .goes_on = "The work goes on in the server: slipway operation wait " + id,
                            .too_late = "The operation " + id + " has not ended in time; it goes on in the server."});
}

namespace {

/// 7 where nothing but the way to AWS was wrong: a script tries again later.
int code_of_failure(const json::object& operation) {
    const auto* problems = json::array_of(operation, "problems");
    const bool away = problems != nullptr && !problems->empty() && std::ranges::all_of(*problems, [](const json::value& one) {
                          return one.is_object() && json::text_of(one.get_object(), "code") == "Network";
                      });
    return away ? kUnavailable : kFailed;
}

}  // namespace

Result<int> finish_operation(Session& session, const json::object& operation) {
    SW_CHECK(print_object(session, resource_of("operation"), operation));
    SW_TRY(const auto format, session.format());
    const bool shown = format == Format::table && session.world().terminal.out_is_tty;  // the person has read them in the table
    if (const auto* problems = json::array_of(operation, "problems"); problems != nullptr && !shown) {
        for (const auto& item : *problems) {
            if (const auto* problem = item.if_object()) {
                const auto permission = json::text_of(*problem, "permission");
                session.say("slipway: " + harmless(json::text_of(*problem, "operation")) + ": " + harmless(json::text_of(*problem, "message")) +
                            (permission.empty() ? "" : " (missing permission: " + harmless(permission) + ")"));
            }
        }
    }
    return json::text_of(operation, "state") == "COMPLETE" ? kDone : code_of_failure(operation);
}

Result<int> model_import(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(auto body, import_request(session));
    SW_TRY(auto* api, session.api());
    auto answer = api->send("POST", "/sagemaker-service/api/imports", json::value(std::move(body)));
    std::string id;
    if (answer && answer->is_object()) {
        id = json::text_of(answer->get_object(), "id");
    } else if (!answer) {
        id = running_operation(answer.error());
        if (id.empty() || session.line().has("--no-wait")) {
            return std::unexpected(answer.error());
        }
        session.say("That import runs already; following it.");
    }
    if (session.line().has("--no-wait") && answer) {
        return print_object(session, resource_of("operation"), answer->get_object());
    }
    SW_TRY(const auto operation, follow_operation(session, id, timeout));
    return finish_operation(session, operation);
}

Result<int> operation_wait(Session& session) {
    SW_CHECK(session.format());
    SW_TRY(const auto timeout, timeout_of(session));
    SW_TRY(const auto operation, follow_operation(session, session.line().argument(0), timeout));
    return finish_operation(session, operation);
}

Result<int> operation_cancel(Session& session) {
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->send("POST", "/sagemaker-service/api/operations/" + percent_encode(session.line().argument(0)) + "/cancel", {}));
    return print_object(session, resource_of("operation"), answer.is_object() ? answer.get_object() : json::object{});
}

Result<int> model_browse(Session& session) {
    SW_TRY(const auto format, session.format());
    SW_TRY(auto* api, session.api());
    Query query;
    for (const auto& [flag, name] : {std::pair{"--credential", "credentialId"}, {"--region", "region"}, {"--search", "q"}}) {
        if (session.line().has(flag)) {
            query.emplace_back(name, session.line().get(flag));
        }
    }
    SW_TRY(const auto answer, api->get("/sagemaker-service/api/models", query));
    session.out(render_list(session.world(), resource_of("account-model"), items_of(answer), format));
    const auto* truncated = answer.is_object() ? answer.get_object().if_contains("truncated") : nullptr;
    if (truncated != nullptr && truncated->is_bool() && truncated->get_bool()) {
        session.say("There are more; --search TEXT narrows the list.");
    }
    return kDone;
}

}  // namespace slipway::cli
