#pragma once

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"
#include "http/dispatcher.hpp"
#include "http/routes_registry.hpp"
#include "identity/tokens.hpp"
#include "registry/tables.hpp"

namespace slipway::fakes {

/// A bearer says who it is: `ann:risk,fraud`, or `admin`; names that begin with `edge` are machine clients.
class SpeakingAuthenticator final : public identity::Authenticator {
public:
    Result<identity::Principal> authenticate(std::string_view bearer) override { return *known(bearer); }
    std::optional<identity::Principal> known(std::string_view bearer) const override {
        const auto colon = std::min(bearer.find(':'), bearer.size());
        identity::Principal who{.kind = identity::Principal::Kind::user, .name = std::string{bearer.substr(0, colon)}, .groups = {}, .admin = false};
        who.admin = who.name == "admin";
        if (who.name.starts_with("edge")) {
            who.kind = identity::Principal::Kind::client;
        }
        for (auto from = colon + 1; from < bearer.size();) {
            const auto comma = std::min(bearer.find(',', from), bearer.size());
            who.groups.emplace_back(bearer.substr(from, comma - from));
            from = comma + 1;
        }
        return who;
    }
};

/// The member `model` of a job, embedded whole with ids that do not exist here; and a job with it.
inline constexpr std::string_view kTitanic =
    R"("model":{"id":"feed","storedModel":{"id":"beef","modelMetaData":{"name":"titanic","type":"PYSPARK"},"modelAssets":[
    {"assetType":"SOURCE_CODE","assetId":"s","name":"t.py","primaryModelSource":true,"sourceCode":"pass"}]},"metaData":{"name":"titanic-1"}})";

inline std::string job_of(const std::string& target, const std::string& more = {}) {
    return R"({"jobType":"MODEL_BATCH_JOB",)" + std::string{kTitanic} + (target.empty() ? "" : R"(,"targetEngine":)" + target) + more + "}";
}

/// The registry behind its routes on an empty SQLite in memory.
class RegistryService {
public:
    struct Answer {
        http::Response response;
        json::object body;  ///< empty when the body is no JSON object

        int status() const { return response.status; }
        std::string header(std::string_view name) const {
            const auto found = std::ranges::find(response.headers, name, &std::pair<std::string, std::string>::first);
            return found == response.headers.end() ? std::string{} : found->second;
        }
        /// Text at an RFC 6901 pointer; other values as JSON, nothing as "absent".
        std::string at(std::string_view pointer) const {
            const json::value root(body);
            const auto* found = json::find(root, pointer);
            return found == nullptr ? "absent" : found->is_string() ? std::string{std::string_view{found->get_string()}} : json::write(*found);
        }
        std::string id() const { return at("/id"); }
        std::string code() const { return at("/code"); }
        std::string pointer() const { return at("/errors/0/pointer"); }
    };
    using Headers = std::vector<std::pair<std::string, std::string>>;

    explicit RegistryService(identity::AccessPolicy policy = {}) : access_{std::move(policy)} {}

    Answer send(const std::string& who, std::string method, const std::string& path, std::string body = {}, Headers headers = {}) {
        headers.emplace_back("host", "models.example.com");
        headers.emplace_back("authorization", "Bearer " + who);
        const auto target = path.starts_with("/") ? path : "/model-manage/api/" + path;
        Answer answer{dispatcher_.handle({.method = std::move(method), .target = target, .headers = std::move(headers), .peer = "192.0.2.7"}, std::move(body)),
                      {}};
        if (auto parsed = json::parse_object(answer.response.body)) {
            answer.body = std::move(*parsed);
        }
        return answer;
    }
    Answer post(const std::string& path, std::string body, Headers headers = {}) { return send(kAnn, "POST", path, std::move(body), std::move(headers)); }
    Answer patch(const std::string& path, std::string body, Headers headers = {}) { return send(kAnn, "PATCH", path, std::move(body), std::move(headers)); }
    Answer get(const std::string& path, Headers headers = {}) { return send(kAnn, "GET", path, {}, std::move(headers)); }
    Answer remove(const std::string& path, Headers headers = {}) { return send(kAnn, "DELETE", path, {}, std::move(headers)); }

    /// A model called `name`, and the id of it.
    std::string model(const std::string& name = "churn", const std::string& more = {}) {
        const auto made = post("storedModels", R"({"modelMetaData":{"name":")" + name + R"("})" + more + "}");
        EXPECT_EQ(made.status(), 201) << made.response.body;
        return made.id();
    }
    std::string snapshot(const std::string& model_id) {
        const auto made = post("deployableModels", R"({"storedModel":{"id":")" + model_id + R"("}})");
        EXPECT_EQ(made.status(), 201) << made.response.body;
        return made.id();
    }
    std::string runtime(const std::string& name, const std::string& type = "SPARK_RUNTIME") {
        const auto made = post("runtimes", R"({"name":")" + name + R"(","engineType":")" + type + R"(","state":"ONLINE"})");
        EXPECT_EQ(made.status(), 201) << made.response.body;
        return made.id();
    }
    /// What only the service writes.
    store::Entity write(const store::EntityTable& table, const std::string& group, std::string_view document) {
        store::Entity made;
        const auto done = store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(made, store::insert(unit, table, {.id = {}, .group = group, .document = *json::parse_object(document)}));
            return {};
        });
        EXPECT_TRUE(done) << done.error().message;
        return made;
    }
    /// A runtime of SageMaker called `churn-prod`, as the import makes it.
    store::Entity endpoint() {
        return write(registry::runtimes_table(), "risk",
                     R"({"name":"churn-prod","engineType":"SAGEMAKER_RUNTIME","state":"ONLINE","tags":[],"inputEndpoints":[],"outputEndpoints":[]})");
    }
    /// Audit rows of an object, oldest first.
    std::vector<json::object> audit_of(const std::string& id) {
        std::vector<json::object> out;
        EXPECT_TRUE(store_->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto rows, sql.query("SELECT document FROM audit_records WHERE entity_id = $1 ORDER BY row_id", {id}));
            for (const auto& row : rows) {
                out.push_back(*json::parse_object(row.text(0)));
            }
            return {};
        }));
        return out;
    }
    /// All that is stored, of every table, as bytes.
    std::string everything() {
        std::string out;
        EXPECT_TRUE(store_->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto tables, sql.query("SELECT name FROM sqlite_master WHERE type = 'table'"));
            for (const auto& table : tables) {
                SW_TRY(const auto rows, sql.query("SELECT * FROM " + table.text(0)));
                for (const auto& row : rows) {
                    for (std::size_t i = 0; i < row.size(); ++i) {
                        if (const auto* text = std::get_if<std::string>(&row.at(i))) {
                            out += *text + '\n';
                        } else if (const auto* blob = std::get_if<store::Blob>(&row.at(i))) {
                            out += blob->bytes + '\n';
                        }
                    }
                }
            }
            return {};
        }));
        return out;
    }

    static inline const std::string kAnn = "ann:risk";       ///< who the short calls are
    static inline const std::string kEve = "eve:strangers";  ///< of another group

    TestStore store_;
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Registry registry_{registry::Foundation{.store = *store_, .access = access_, .sealer = sealer_, .default_group = "modelop"}};

private:
    static http::Dispatcher::Options quiet() {
        http::Dispatcher::Options options;
        options.access_log = false;
        return options;
    }
    Metrics metrics_;
    SpeakingAuthenticator authenticator_;
    identity::Tokens tokens_{*store_};
    http::Gate gate_{authenticator_, tokens_, {}};
    http::Router router_{http::registry_routes(registry_)};
    http::Dispatcher dispatcher_{router_, gate_, *store_, metrics_, quiet()};
};

}  // namespace slipway::fakes
