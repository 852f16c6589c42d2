#pragma once

#include "fakes/fake_endpoints.hpp"
#include "fakes/import_fixture.hpp"
#include "sagemaker/deployer.hpp"

namespace slipway::sagemaker {

using fakes::kT0;

/// A deployer on the server in small, with the model `fraud` and its configuration `own` imported.
class DeployerTest : public fakes::ImportFixture {
protected:
    DeployerTest() {
        aws_->model("fraud", kT0);
        aws_->config("own", kT0 + 21, {"fraud"});
        gateway_.views["AKIA"] = endpoints_;
        run("fraud");
        start_deployer(false);
    }
    ~DeployerTest() override { deployer_.reset(); }

    void start_deployer(bool approvals) {
        deployer_.reset();
        approvals_ = std::make_unique<registry::Approvals>(registry::ApprovalSettings{.for_all = approvals});
        deployer_ = std::make_unique<Deployer>(registry_, *service_, *approvals_, Deployer::Settings{.defaults = {}, .instance = "here"}, *pool_);
    }
    std::string snapshot() { return all(registry::deployable_models_table()).at(0).id; }
    Result<DeployAnswer> ask(json::object more = {}) {
        more["deployableModelId"] = snapshot();
        SW_TRY(const auto request, parse_deploy_request(more));
        DeployAnswer answer;
        SW_CHECK(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(answer, deployer_->deploy(unit, ana_, request));
            return {};
        }));
        return answer;
    }
    /// Of the first deployment.
    Result<void> undeploy() {
        return store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(deployer_->undeploy(unit, ana_, all_in(unit).at(0).id, ""));
            return {};
        });
    }
    /// Lets the deployer do what is due now.
    void step() {
        ASSERT_TRUE(deployer_->advance());
        deployer_->wait_idle();
    }
    /// Lets the clock run and the deployer work until nothing is due within `time`.
    void pass(Milliseconds time) {
        for (Milliseconds passed{0}; passed <= time; passed += Milliseconds{1000}) {
            step();
            clock_.advance(Milliseconds{1000});
        }
    }
    DeployRun only_run() {
        const auto id = store::read<std::string>(*database_, [](store::Session& sql) -> Result<std::string> {
            SW_TRY(const auto rows, sql.query("SELECT operation_id FROM deploy_runs ORDER BY row_id DESC LIMIT 1"));
            return rows.at(0).text(0);
        });
        return *store::read<DeployRun>(*database_, [&](store::Session& sql) { return run_of_operation(sql, *id); });
    }
    static std::vector<store::Entity> all_in(store::Unit& unit) {
        return *store::find_by(unit.sql, registry::deployed_models_table(), {}, store::Scope::all());
    }
    json::object deployment() { return all(registry::deployed_models_table()).back().document; }
    std::string state() { return std::string{json::text_of(deployment(), "state")}; }

    std::shared_ptr<fakes::FakeEndpoints> endpoints_ = std::make_shared<fakes::FakeEndpoints>(aws_, clock_);
    std::unique_ptr<registry::Approvals> approvals_;
    std::unique_ptr<Deployer> deployer_;
};

}  // namespace slipway::sagemaker
