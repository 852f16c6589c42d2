#include <algorithm>
#include <array>
#include <fmt/ranges.h>
#include <fstream>
#include <sstream>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/handlers.hpp"
#include "apps/cli/model_folder.hpp"
#include "base/encoding.hpp"

namespace slipway::cli {

Result<std::string> read_file_bytes(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    if (!file || (file.peek() != std::ifstream::traits_type::eof() && !(text << file.rdbuf()))) {
        return usage("the file " + path + " cannot be read");
    }
    return text.str();
}

Result<std::string> read_text_file(const std::string& path) {
    SW_TRY(auto content, read_file_bytes(path));
    while (content.ends_with('\n') || content.ends_with('\r')) {
        content.pop_back();
    }
    return content;
}

Result<json::object> read_document(Session& session, const std::string& path) {
    std::string text;
    if (path == "-") {
        text = session.world().terminal.read_input();
    } else {
        SW_TRY(text, read_text_file(path));
    }
    auto document = json::parse_object(text);
    if (!document) {
        return usage((path == "-" ? std::string{"standard input"} : path) + ": " + document.error().message);
    }
    return std::move(*document);
}

namespace {

/// How a secret is given where nobody can be asked.
std::string ways_of(const SecretSource& source) {
    std::vector<std::string> ways;
    if (!source.stdin_flag.empty()) {
        ways.push_back(fmt::format("give it by standard input with {}", source.stdin_flag));
    }
    if (!source.file_flag.empty()) {
        ways.push_back(fmt::format("name a file with {} FILE", source.file_flag));
    }
    if (!source.variable.empty()) {
        ways.push_back(fmt::format("set {}", source.variable));
    }
    return fmt::format("{}", fmt::join(ways, ", or "));
}

}  // namespace

Result<Secret> read_secret(Session& session, const SecretSource& source) {
    const auto& line = session.line();
    std::string text;
    if (!source.file_flag.empty() && line.has(source.file_flag)) {
        SW_TRY(text, read_text_file(line.get(source.file_flag)));
    } else if (!source.stdin_flag.empty() && line.has(source.stdin_flag)) {
        text = session.world().terminal.read_input();
        while (text.ends_with('\n') || text.ends_with('\r')) {
            text.pop_back();
        }
    } else if (auto value = source.variable.empty() ? std::string{} : session.world().env(source.variable); !value.empty()) {
        text = std::move(value);
    } else {
        auto asked = session.world().terminal.ask_secret(source.prompt);
        return asked || asked.error().reason != "USAGE" ? std::move(asked) : usage("there is no terminal to ask on: " + ways_of(source));
    }
    if (text.empty()) {
        return usage("the secret is empty");
    }
    return Secret{std::move(text)};
}

namespace {

/// The document that file, folder and flags say together. @param folder what was read, where there is one.
Result<json::object> model_document(Session& session, ModelFolder& folder) {
    const auto& line = session.line();
    json::object body;
    if (line.has("--file") && !line.argument(0).empty()) {
        return usage("a folder or program, or --file: not both");
    }
    if (line.has("--file")) {
        SW_TRY(body, read_document(session, line.get("--file")));
    } else if (!line.argument(0).empty()) {
        SW_TRY(folder, read_model_folder(line.argument(0), line.get("--primary")));
        body = folder.document;
        for (const auto& doubt : doubts_about(body)) {
            session.say(harmless("slipway: " + doubt));
        }
    }
    json::object meta = json::object_of(body, "modelMetaData") != nullptr ? *json::object_of(body, "modelMetaData") : json::object{};
    for (const auto& [flag, member] : {std::pair{"--name", "name"}, {"--type", "type"}, {"--description", "description"}}) {
        if (line.has(flag)) {
            meta[member] = line.get(flag);
        }
    }
    if (line.has("--tag")) {
        json::array tags;
        for (const auto& tag : line.all("--tag")) {
            tags.push_back(json::value(tag));
        }
        meta["tags"] = std::move(tags);
    }
    if (json::text_of(meta, "name").empty()) {
        return usage("the model needs a name: --name NAME, or modelMetaData.name in the file of --file");
    }
    body["modelMetaData"] = std::move(meta);
    if (line.has("--group")) {
        body["group"] = line.get("--group");
    }
    return body;
}

/// The models of that name, in the group when one is said.
Result<json::array> models_of_name(ApiClient& api, const json::object& body) {
    const auto* meta = json::object_of(body, "modelMetaData");
    SW_TRY(const auto answer, api.get("/model-manage/api/storedModels/search/findByName", {{"name", std::string{json::text_of(*meta, "name")}}}));
    const auto group = json::text_of(body, "group");
    json::array found;
    for (const auto& item : items_of(answer)) {
        if (item.is_object() && (group.empty() || json::text_of(item.get_object(), "group") == group)) {
            found.push_back(item);
        }
    }
    return found;
}

/// The model as it is now, and what became of each file of its folder: for programs in the object, for people beside it.
Result<int> print_added(Session& session, json::object model, const ModelFolder& folder) {
    SW_TRY(const auto format, session.format());
    if (folder.document.empty()) {
        return print_object(session, resource_of("model"), model);
    }
    if (format == Format::json || format == Format::yaml) {
        model["files"] = account_document(folder);
        return print_object(session, resource_of("model"), model);
    }
    SW_TRY(const auto code, print_object(session, resource_of("model"), model));
    for (const auto& line : account_of(folder)) {
        session.say(harmless("slipway: " + line));
    }
    return code;
}

}  // namespace

Result<int> model_add(Session& session) {
    const auto& line = session.line();
    ModelFolder folder;
    SW_TRY(auto body, model_document(session, folder));
    SW_TRY(auto* api, session.api());
    const bool from_folder = !line.argument(0).empty();
    json::array existing;
    if (from_folder || line.has("--update")) {
        SW_TRY(existing, models_of_name(*api, body));
    }
    if (!existing.empty() && !line.has("--update")) {
        return fail(ErrorCode::conflict, "ALREADY_EXISTS",
                    "There is a model of that name already (" + std::string{json::text_of(existing[0].get_object(), "id")} +
                        "): --update brings it up to date, --name NAME adds another.");
    }
    if (existing.size() > 1) {
        return fail(ErrorCode::conflict, "AMBIGUOUS", "Several models have that name; say which with --group GROUP.");
    }
    json::value made;
    if (existing.empty()) {
        SW_TRY(made, api->send("POST", "/model-manage/api/storedModels", json::value(std::move(body))));
    } else {
        const auto path = "/model-manage/api/storedModels/" + std::string{json::text_of(existing[0].get_object(), "id")};
        SW_TRY(const auto whole, api->get(path));
        if (body.contains("modelAssets")) {
            body = over_existing(std::move(body), whole.is_object() ? whole.get_object() : json::object{});
        }
        SW_TRY(made, api->send("PATCH", path, json::value(std::move(body))));
    }
    return print_added(session, made.is_object() ? made.get_object() : json::object{}, folder);
}

Result<int> snapshot_create(Session& session) {
    const auto& line = session.line();
    SW_TRY(const auto id, find_id(session, resource_of("model"), line.argument(0)));
    json::object body{{"storedModel", json::object{{"id", id}}}};
    json::object meta;
    for (const auto& [flag, member] : {std::pair{"--name", "name"}, {"--description", "description"}}) {
        if (line.has(flag)) {
            meta[member] = line.get(flag);
        }
    }
    if (line.has("--tag")) {
        json::array tags;
        for (const auto& tag : line.all("--tag")) {
            tags.push_back(json::value(tag));
        }
        meta["tags"] = std::move(tags);
    }
    if (!meta.empty()) {
        body["metaData"] = std::move(meta);
    }
    if (line.has("--runtime")) {
        SW_TRY(const auto runtime, find_object(session, resource_of("runtime"), line.get("--runtime")));
        json::object target;
        for (const auto* member : {"id", "engineType", "name"}) {
            target[member] = json::text_of(runtime, member);
        }
        body["targetRuntimes"] = json::array{std::move(target)};
    }
    if (line.has("--instance-type")) {
        SW_TRY(const auto count, session.number("--instance-count", 1, 1, 100));
        json::object facts{{"productionVariants", json::array{json::object{{"InstanceType", line.get("--instance-type")}, {"InitialInstanceCount", count}}}}};
        if (line.has("--configuration")) {
            facts["name"] = line.get("--configuration");
        }
        body["sageMaker"] = std::move(facts);
    } else if (line.has("--configuration") || line.has("--instance-count")) {
        return usage("--configuration and --instance-count go with --instance-type");
    }
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto made, api->send("POST", "/model-manage/api/deployableModels", json::value(std::move(body))));
    return print_object(session, resource_of("snapshot"), made.is_object() ? made.get_object() : json::object{});
}

Result<int> credential_replace(Session& session) {
    const auto& line = session.line();
    if (!line.has("--access-key-id") || !line.has("--region")) {
        return usage("--access-key-id and --region say what the credential becomes");
    }
    SW_TRY(const auto secret,
           read_secret(session, {"--secret-access-key-file", "--secret-access-key-stdin", "SLIPWAY_SECRET_ACCESS_KEY", "AWS secret access key: "}));
    json::object body{{"region", line.get("--region")}, {"accessKeyId", line.get("--access-key-id")}, {"secretAccessKey", secret.reveal()}};
    if (line.has("--session-token-file") || !session.world().env("SLIPWAY_SESSION_TOKEN").empty()) {
        SW_TRY(const auto token, read_secret(session, {"--session-token-file", "", "SLIPWAY_SESSION_TOKEN", ""}));
        body["sessionToken"] = token.reveal();
    }
    SW_TRY(auto* api, session.api());
    SW_TRY(const auto answer, api->send("PUT", "/sagemaker-service/api/credentials/" + percent_encode(line.argument(0)), json::value(std::move(body))));
    return print_object(session, resource_of("credential"), answer.is_object() ? answer.get_object() : json::object{});
}

}  // namespace slipway::cli
