#pragma once

#include <gtest/gtest.h>

#include "fakes/fake_sagemaker.hpp"
#include "fakes/test_store.hpp"
#include "registry/tables.hpp"
#include "sagemaker/service.hpp"

namespace slipway::fakes {

inline constexpr double kT0 = 1795633204.25;

/// A server in small: everything but HTTP.
class ImportFixture : public ::testing::Test {
protected:
    ImportFixture() {
        settings_.credentials.configured.push_back(
            {.id = "configured-1", .group = "risk", .path = {}, .region = "eu-west-1", .access_key_id = "AKIA", .secret_access_key = Secret{"s3cret-canary"}});
        start();
    }
    ~ImportFixture() override { service_.reset(); }

    /// A new process over the same database.
    void start() {
        service_.reset();
        pool_ = std::make_unique<WorkerPool>("outbound", 2, 64);
        service_ = std::make_unique<sagemaker::SageMakerService>(registry_, gateway_, settings_, *pool_);
    }
    /// A new process whose configured keys belong to another AWS account now, of which they see `other_`.
    void start_with_foreign_keys() {
        settings_.credentials.configured.at(0).access_key_id = "AKIAFOREIGN";
        gateway_.accounts["AKIAFOREIGN"] = kForeign;
        gateway_.views["AKIAFOREIGN"] = other_;
        start();
    }
    /// A new process with the keys of before.
    void start_with_own_keys() {
        settings_.credentials.configured.at(0).access_key_id = "AKIA";
        start();
    }
    Result<registry::Operation> import(json::object body) {
        SW_TRY(auto request, sagemaker::parse_import_request(body));
        SW_TRY(const auto prepared, service_->prepare_import(ana_, std::move(request)));
        std::optional<registry::Operation> operation;
        const auto written = store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(operation, service_->start_import(unit, ana_, prepared));
            return {};
        });
        SW_CHECK(written);
        return *operation;
    }
    /// Imports to the end.
    registry::Operation run(json::object body) {
        const auto operation = import(std::move(body));
        EXPECT_TRUE(operation) << (operation ? "" : operation.error().message);
        if (!operation) {
            return {};
        }
        service_->run(operation->id);
        settle();
        return stored(operation->id);
    }
    registry::Operation run(const std::string& model) { return run(json::object{{"modelName", model}}); }
    /// Lets all posted work end.
    void settle() { service_->wait_idle(); }
    registry::Operation stored(const std::string& id) {
        const auto found = store::read<registry::Operation>(*database_, [&](store::Session& sql) { return registry_.operations().get(sql, ana_, id); });
        EXPECT_TRUE(found);
        return found ? *found : registry::Operation{};
    }
    std::int64_t count(const std::string& sql) {
        const auto found = store::read<std::int64_t>(*database_, [&](store::Session& session) -> Result<std::int64_t> {
            SW_TRY(const auto rows, session.query(sql));
            return rows.at(0).integer(0);
        });
        EXPECT_TRUE(found) << sql;
        return found ? *found : -1;
    }
    std::vector<store::Entity> all(const store::EntityTable& table) {
        const auto found =
            store::read<std::vector<store::Entity>>(*database_, [&](store::Session& sql) { return store::find_by(sql, table, {}, store::Scope::all()); });
        EXPECT_TRUE(found);
        return found ? *found : std::vector<store::Entity>{};
    }
    /// What the notifications say that are open.
    std::vector<std::string> told() {
        std::vector<std::string> out;
        for (const auto& one : all(registry::notifications_table())) {
            if (one.document.at("open").as_bool()) {
                out.emplace_back(json::text_of(one.document, "message"));
            }
        }
        return out;
    }
    /// What a re-import of an unchanged account must not touch.
    std::vector<std::int64_t> everything() {
        std::vector<std::int64_t> numbers;
        for (const auto* table : {"stored_models", "deployable_models", "deployed_models", "runtimes", "jobs"}) {
            numbers.push_back(count(std::string{"SELECT COUNT(*) FROM "} + table));
            numbers.push_back(count(std::string{"SELECT COALESCE(SUM(version), 0) FROM "} + table));
        }
        numbers.push_back(count("SELECT COUNT(*) FROM audit_records"));
        numbers.push_back(count("SELECT COUNT(*) FROM outbox WHERE type <> 'Operation'"));
        return numbers;
    }
    /// No text and no blob of any table holds `text`.
    void expect_nowhere(std::string_view text) {
        const auto read = database_->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(const auto tables, sql.query("SELECT name FROM sqlite_master WHERE type = 'table'"));
            EXPECT_GT(tables.size(), 15U);
            for (const auto& table : tables) {
                SW_TRY(const auto rows, sql.query("SELECT * FROM " + table.text(0)));
                for (const auto& row : rows) {
                    for (std::size_t i = 0; i < row.size(); ++i) {
                        const auto* words = std::get_if<std::string>(&row.at(i));
                        const auto* blob = std::get_if<store::Blob>(&row.at(i));
                        const std::string_view bytes = words != nullptr ? *words : blob != nullptr ? std::string_view{blob->bytes} : std::string_view{};
                        EXPECT_EQ(bytes.find(text), std::string_view::npos) << table.text(0) << ": " << bytes.substr(0, 300);
                    }
                }
            }
            return {};
        });
        EXPECT_TRUE(read);
    }
    void small_account() {
        aws_->model("fraud", kT0, "s3://b/models/train-1/output/model.tar.gz");
        aws_->model("other", kT0 + 1, "s3://b/models/train-2/output/model.tar.gz");
        aws_->tag(aws_->arn("model", "fraud"), "team", "risk");
        aws_->training("train-1", kT0 - 100, "s3://b/models/train-1/output/model.tar.gz");
        aws_->training("train-2", kT0 - 90, "s3://b/models/train-2/output/model.tar.gz");
        for (int i = 0; i < 10; ++i) {
            aws_->transform("batch-" + std::to_string(i), kT0 + 10 + i, i % 2 == 0 ? "fraud" : "other");
        }
        aws_->config("shared", kT0 + 20, {"fraud", "other"})["DataCaptureConfig"] = json::object{{"EnableCapture", true}};
        aws_->config("own", kT0 + 21, {"fraud"});
        aws_->config("foreign", kT0 + 22, {"other"});
        aws_->endpoint("live", kT0 + 30, "shared");
        aws_->endpoint("elsewhere", kT0 + 31, "foreign");
        aws_->tag(aws_->arn("endpoint-config", "own"), "aws:cloudformation:stack-name", "s");
    }

    static constexpr const char* kForeign = "999900001111";

    TestStore database_and_store_;
    FakeClock& clock_ = database_and_store_.clock();
    store::Store& store_ = *database_and_store_;
    store::Database* database_ = &store_.database();
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Registry registry_{registry::Foundation{.store = store_, .access = access_, .sealer = sealer_, .default_group = "modelop"}};
    std::shared_ptr<FakeSageMaker> aws_ = std::make_shared<FakeSageMaker>();
    std::shared_ptr<FakeSageMaker> other_ = std::make_shared<FakeSageMaker>();  ///< what keys of another account see
    FakeGateway gateway_{aws_};
    sagemaker::Settings settings_;
    std::unique_ptr<WorkerPool> pool_;
    std::unique_ptr<sagemaker::SageMakerService> service_;
    identity::Principal ana_{.kind = identity::Principal::Kind::user, .name = "ana", .groups = {"risk"}, .admin = false};
};

}  // namespace slipway::fakes
