#pragma once

#include "fakes/fake_endpoints.hpp"
#include "fakes/import_fixture.hpp"
#include "registry/documents.hpp"
#include "registry/jobs.hpp"
#include "sagemaker/maker.hpp"

namespace slipway::sagemaker {

using fakes::kT0;

/// What makes jobs and configurations, on the server in small, with the model `fraud`, its configuration `own` and one job of each kind imported.
class MakerTest : public fakes::ImportFixture {
protected:
    MakerTest() {
        aws_->model("fraud", kT0, "s3://b/models/train-1/output/model.tar.gz");
        aws_->training("train-1", kT0 - 100, "s3://b/models/train-1/output/model.tar.gz");
        auto& last = aws_->transform("batch-1", kT0 + 10, "fraud");
        last["TransformResources"] = json::object{{"InstanceType", "ml.c5.xlarge"}, {"InstanceCount", 2}};
        last["Environment"] = json::object{{"PASSWORD", "environment-canary"}};
        aws_->config("own", kT0 + 21, {"fraud"});
        gateway_.views["AKIA"] = account_;
        run("fraud");
        start_maker();
    }
    ~MakerTest() override { maker_.reset(); }

    void start_maker(Limits limits = {}) {
        maker_.reset();
        maker_ = std::make_unique<Maker>(registry_, *service_, Maker::Settings{.limits = std::move(limits), .instance = "here"}, *pool_);
        registry_.make_in_aws_with(*maker_);
    }
    Result<store::Entity> post(json::object job) {
        if (!job.contains("model")) {
            job["model"] = json::object{{"id", all(registry::deployable_models_table()).at(0).id}};
        }
        if (!job.contains("jobType")) {
            job["jobType"] = "MODEL_BATCH_JOB";
        }
        std::optional<registry::Changed> made;
        SW_CHECK(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(made, registry_.jobs().create(unit, ana_, job));
            return {};
        }));
        return made->entity;
    }
    Result<store::Entity> create_snapshot(const json::object& facts) {
        const auto model = all(registry::stored_models_table()).at(0).id;
        std::optional<registry::Changed> made;
        SW_CHECK(store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(made, registry_.collection("deployableModels").create(unit, ana_, {{"storedModel", {{"id", model}}}, {"sageMaker", facts}}));
            return {};
        }));
        return made->entity;
    }
    void pass(Milliseconds time) {
        for (Milliseconds step{0}; step <= time; step += Milliseconds{1000}) {
            ASSERT_TRUE(maker_->advance());
            maker_->wait_idle();
            clock_.advance(Milliseconds{1000});
        }
    }
    json::object job(const std::string& id) {
        const auto found = store::read<store::Entity>(*database_, [&](store::Session& sql) { return registry_.jobs().get(sql, ana_, id); });
        return found ? found->document : json::object{};
    }
    std::string status(const std::string& id) { return std::string{json::text_of(job(id), "jobStatus")}; }
    void end(const std::string& prefix, const std::string& name, const std::string& status, const std::string& reason = {}) {
        auto& object = aws_->object(prefix, name);
        object[prefix + "Status"] = status;
        object["FailureReason"] = reason;
    }
    void cancel(const std::string& id) {
        const auto asked = store_.write({.subject = "ana", .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(registry_.jobs().cancel(unit, ana_, id));
            return {};
        });
        ASSERT_TRUE(asked) << asked.error().message;
    }
    static const json::object& parameters(const store::Entity& job) { return job.document.at("jobParameters").as_object(); }

    std::shared_ptr<fakes::FakeEndpoints> account_ = std::make_shared<fakes::FakeEndpoints>(aws_, clock_);
    std::unique_ptr<Maker> maker_;
};

}  // namespace slipway::sagemaker
