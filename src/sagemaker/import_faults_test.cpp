#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <semaphore>
#include <stdexcept>

#include "fakes/import_fixture.hpp"
#include "sagemaker/aws_time.hpp"

namespace slipway::sagemaker {
namespace {

using fakes::kT0;
using ImportFaults = fakes::ImportFixture;

std::string outcomes(const registry::Operation& operation) {
    std::string text;
    for (const auto& stage : operation.stages) {
        text += stage.name.substr(0, 4) + std::string{stage.outcome ? json::enum_name(*stage.outcome).substr(0, 1) : "-"} + " ";
    }
    return text;
}

const registry::OperationStage& stage_of(const registry::Operation& operation, std::string_view call) {
    const std::size_t at = call == "ListTags" ? 1 : call.contains("Training") ? 2 : call.contains("Transform") ? 3 : call.contains("Config") ? 4 : 5;
    return operation.stages.at(at);
}

class ImportWithoutPermission : public ImportFaults, public ::testing::WithParamInterface<const char*> {};

TEST_P(ImportWithoutPermission, KeepsTheRestAndNamesIt) {
    small_account();
    aws_->deny(GetParam());
    const auto operation = run("fraud");
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    ASSERT_EQ(operation.problems.size(), 1) << json::write(registry::to_json(operation));
    EXPECT_EQ(operation.problems[0].operation, GetParam());
    EXPECT_EQ(operation.problems[0].permission, std::string{"sagemaker:"} + GetParam());
    EXPECT_EQ(operation.problems[0].request_id, "req-1");
    for (const auto& stage : operation.stages) {
        const bool refused = &stage == &stage_of(operation, GetParam());
        EXPECT_EQ(stage.outcome, refused ? registry::StageOutcome::REFUSED : registry::StageOutcome::COMPLETE) << stage.name;
        EXPECT_EQ(stage.total.has_value(), !refused || !std::string_view{GetParam()}.starts_with("List") || stage.name == "tags" ||
                                               std::string_view{GetParam()} == "ListMonitoringSchedules")
            << stage.name << ": a list that was refused has no total";
    }
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models"), 1);
    const auto found = count("SELECT (SELECT COUNT(*) FROM jobs) + (SELECT COUNT(*) FROM deployable_models) + (SELECT COUNT(*) FROM runtimes)");
    EXPECT_GE(found, 3);
    aws_->allow(GetParam());
    clock_.advance(std::chrono::minutes{1});
    EXPECT_TRUE(run("fraud").problems.empty());
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 6);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes"), 1);
}

INSTANTIATE_TEST_SUITE_P(Each, ImportWithoutPermission,
                         ::testing::Values("ListTags", "DescribeTrainingJob", "ListTransformJobs", "DescribeTransformJob", "ListEndpointConfigs",
                                           "DescribeEndpointConfig", "ListEndpoints", "DescribeEndpoint", "ListMonitoringSchedules"));

TEST_F(ImportFaults, AListThatCannotBeReadIsAProblemAtEachImport) {
    small_account();
    run("fraud");
    const auto schedules = [&] { return json::write(all(registry::runtimes_table()).at(0).document.at("sageMaker").at("monitoringSchedules")); };
    const auto known = schedules();
    for (const auto* call : {"ListMonitoringSchedules", "ListTransformJobs"}) {
        aws_->refuse(call, "InternalFailure", "HTTP status 500", {}, ErrorCode::unavailable);
        for (int round = 0; round < 2; ++round) {
            clock_.advance(std::chrono::minutes{1});
            const auto operation = run("fraud");
            EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
            ASSERT_EQ(operation.problems.size(), 1U);
            EXPECT_EQ(operation.problems[0].operation, call);
            EXPECT_EQ(stage_of(operation, call).outcome, registry::StageOutcome::INCOMPLETE);
            EXPECT_EQ(schedules(), known) << "what could not be read is not gone";
        }
        aws_->allow(call);
    }
}

TEST_F(ImportFaults, AStopGivesUpWhatPeopleWaitFor) {
    small_account();
    service_->halt();
    EXPECT_EQ(service_->browse(ana_, {}).error().reason, "STOPPING");
    EXPECT_EQ(import({{"modelName", "fraud"}}).error().reason, "STOPPING");
    EXPECT_EQ(aws_->total(), 0);
    start();
    aws_->before_call = [&](std::string_view name) {
        if (name == "ListTags") {
            service_->halt();
        }
    };
    EXPECT_EQ(import({{"modelName", "fraud"}}).error().reason, "STOPPING");
    aws_->before_call = nullptr;
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models"), 0);
}

TEST_F(ImportFaults, GoesOnAfterACrashWithoutDescribingTwice) {
    small_account();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    std::atomic<int> seen{0};
    // The process "dies" in the middle: stop() halts between two calls and the operation stays RUNNING.
    aws_->before_call = [&](std::string_view name) {
        if (name == "DescribeEndpointConfig" && ++seen == 2) {
            service_->halt();
        }
    };
    service_->run(operation->id);
    settle();
    EXPECT_EQ(stored(operation->id).state, registry::OperationState::RUNNING);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 0);
    aws_->before_call = nullptr;
    start();
    ASSERT_TRUE(service_->resume_running());
    settle();
    const auto ended = stored(operation->id);
    EXPECT_EQ(ended.state, registry::OperationState::COMPLETE);
    EXPECT_EQ(aws_->calls().at("DescribeTransformJob"), 10);
    EXPECT_EQ(aws_->calls().at("DescribeModel"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 6);
    EXPECT_EQ(ended.aws_calls.total, aws_->total());
}

TEST_F(ImportFaults, CountsDoNotShrinkWithARestart) {
    small_account();
    for (int i = 0; i < 20; ++i) {
        aws_->transform("hourly-" + std::to_string(i), kT0 + 3600 * (i + 1), "fraud");
    }
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    aws_->before_call = [&](std::string_view name) {
        if (name == "ListEndpointConfigs") {
            service_->halt();
        }
    };
    service_->run(operation->id);
    settle();
    EXPECT_EQ(stage_of(stored(operation->id), "ListTransformJobs").total, 30);
    aws_->before_call = nullptr;
    start();
    ASSERT_TRUE(service_->resume_running());
    settle();
    const auto ended = stage_of(stored(operation->id), "ListTransformJobs");
    EXPECT_EQ(ended.total, 30) << "the second run's listing begins late in the account's life";
    EXPECT_EQ(ended.done, 30);
    EXPECT_EQ(aws_->calls().at("DescribeTransformJob"), 30);
    EXPECT_TRUE(ended.note && ended.note->starts_with("25 of this model, ")) << ended.note.value_or("");
}

TEST_F(ImportFaults, WhatFailedBeforeACrashIsNotToldAfterACleanRun) {
    aws_->model("lonely", kT0);
    aws_->deny("ListTags");
    const auto operation = import({{"modelName", "lonely"}});
    ASSERT_TRUE(operation);
    aws_->allow("ListTags");
    aws_->deny("ListEndpointConfigs");
    aws_->before_call = [&](std::string_view name) {
        if (name == "ListEndpoints") {
            service_->halt();
        }
    };
    service_->run(operation->id);
    settle();
    EXPECT_EQ(stored(operation->id).problems.size(), 2U);
    aws_->before_call = nullptr;
    aws_->allow("ListEndpointConfigs");
    start();
    ASSERT_TRUE(service_->resume_running());
    settle();
    const auto ended = stored(operation->id);
    EXPECT_EQ(ended.state, registry::OperationState::COMPLETE);
    ASSERT_EQ(ended.problems.size(), 1U);
    EXPECT_EQ(ended.problems[0].operation, "ListTags");
    EXPECT_EQ(outcomes(ended), "modeC tagsR traiC tranC endpC endpC regiC ");
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE generated = 1"), 1);
}

TEST_F(ImportFaults, AnImportThatThrowsHoldsNobodyUp) {
    small_account();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    aws_->before_call = [](std::string_view) { throw std::runtime_error{"broken"}; };
    service_->run(operation->id);
    settle();
    aws_->before_call = nullptr;
    ASSERT_TRUE(service_->resume_running());
    settle();
    EXPECT_EQ(stored(operation->id).state, registry::OperationState::COMPLETE);
}

TEST_F(ImportFaults, OneGroupLeavesAPlaceForOthers) {
    settings_.imports_at_once = 2;
    settings_.credentials.configured.push_back(
        {.id = "configured-2", .group = "sales", .path = {}, .region = "eu-west-1", .access_key_id = "AKIASALES", .secret_access_key = Secret{"s"}});
    start();
    std::vector<std::string> ids;
    for (const auto* name : {"a", "b", "c", "d"}) {
        aws_->model(name, kT0);
        if (std::string_view{name} == "d") {
            ana_.groups = {"sales"};
        }
        ids.push_back(import({{"modelName", name}}).value_or(registry::Operation{}).id);
    }
    gateway_.connected.clear();
    std::promise<void> all_wait;
    const auto gate = all_wait.get_future().share();
    std::counting_semaphore<> begun{0};
    gateway_.on_connect = [&] { begun.release(); };
    aws_->before_call = [&](std::string_view) { gate.wait(); };
    for (const auto& id : ids) {
        service_->run(id);
    }
    // Two run at once: both are under way before the first may end.
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(begun.try_acquire_for(std::chrono::seconds{20}));
    }
    all_wait.set_value();
    settle();
    ASSERT_EQ(gateway_.connected.size(), 4U);
    // Of the four, the one of the other group is not the last: it ran beside the first of the large one.
    EXPECT_TRUE(gateway_.connected[0].first == "AKIASALES" || gateway_.connected[1].first == "AKIASALES");
}

TEST_F(ImportFaults, CanBeCancelledAndKeepsWhatItFound) {
    small_account();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    aws_->before_call = [&](std::string_view name) {
        if (name == "ListEndpointConfigs") {
            const auto cancelled = store_.write({}, [&](store::Unit& unit) -> Result<void> {
                SW_CHECK(service_->cancel(unit, ana_, operation->id));
                return {};
            });
            EXPECT_TRUE(cancelled);
            service_->cancelled(operation->id);
        }
    };
    service_->run(operation->id);
    settle();
    const auto ended = stored(operation->id);
    EXPECT_EQ(ended.state, registry::OperationState::CANCELLED);
    EXPECT_TRUE(ended.finished);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 6);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 0);
    EXPECT_EQ(outcomes(ended), "modeC tagsC traiC tranC endp- endp- regi- ") << "what was not reached has not ended";
}

TEST_F(ImportFaults, WhatWasDescribedUntilACancelIsKept) {
    small_account();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    std::atomic<int> seen{0};
    aws_->before_call = [&](std::string_view name) {
        if (name == "DescribeTransformJob" && ++seen == 6) {
            EXPECT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
                SW_CHECK(service_->cancel(unit, ana_, operation->id));
                return {};
            }));
            service_->cancelled(operation->id);
        }
    };
    service_->run(operation->id);
    settle();
    aws_->before_call = nullptr;
    EXPECT_EQ(stored(operation->id).state, registry::OperationState::CANCELLED);
    const auto described = aws_->calls().at("DescribeTransformJob");
    EXPECT_LT(described, 10);
    EXPECT_GE(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_JOB'"), described / 2 - 1) << "every other one is of this model";
    run("fraud");
    EXPECT_EQ(aws_->calls().at("DescribeTransformJob"), 10) << "none is asked for twice";
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 6);
}

TEST_F(ImportFaults, WhatWasDescribedIsKeptWithinASecond) {
    settings_.calls_at_once = 1;
    start();
    small_account();
    std::int64_t described = 0;
    aws_->before_call = [&](std::string_view name) {
        if (name == "DescribeTransformJob") {
            // Another process would find so many after a kill at this moment.
            const auto kept = count("SELECT COUNT(*) FROM sagemaker_objects WHERE kind = 'TRANSFORM_JOB' AND final = 1");
            EXPECT_GE(kept, described - 2) << "a second is less than two calls";
            ++described;
            clock_.advance(std::chrono::milliseconds{600});
        }
    };
    run("fraud");
    EXPECT_EQ(described, 10);
}

TEST_F(ImportFaults, EmptyPagesAreNoEndAndRepeatedTokensAre) {
    small_account();
    aws_->empty_first_page = true;
    EXPECT_TRUE(run("fraud").problems.empty());
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 6);
    aws_->empty_first_page = false;
    aws_->repeat_token = true;
    clock_.advance(std::chrono::minutes{1});
    const auto operation = run("other");
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    EXPECT_FALSE(operation.problems.empty());
    EXPECT_EQ(operation.problems[0].code, "PagingLoop");
}

TEST_F(ImportFaults, FindsEndpointsThatServeTheModelAsAComponent) {
    aws_->model("llm", kT0);
    aws_->model("other", kT0);
    const json::array bare{json::object{{"VariantName", "all"}}};
    for (const auto* name : {"host", "shared"}) {
        // Older than the model, and without a model of its own.
        aws_->config(std::string{name} + "-config", kT0 - 5000, {});
        aws_->endpoint(name, kT0 - 4000, std::string{name} + "-config")["ProductionVariants"] = bare;
    }
    aws_->component("llm-copy", kT0 + 10, "host", "llm");
    aws_->component("other-copy", kT0 + 11, "shared", "other");
    EXPECT_TRUE(run("llm").problems.empty());
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE aws_name = 'host-config'"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes WHERE name = 'host'"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models WHERE state = 'DEPLOYED'"), 1);
    const auto before = everything();
    clock_.advance(std::chrono::minutes{1});
    aws_->reset_calls();
    run("llm");
    EXPECT_EQ(everything(), before);
    EXPECT_FALSE(aws_->calls().contains("DescribeInferenceComponent"));
    run("other");
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes WHERE name = 'shared'"), 1);
}

TEST_F(ImportFaults, WithoutSuchEndpointsNobodyAsksForComponents) {
    small_account();
    run("fraud");
    EXPECT_FALSE(aws_->calls().contains("ListInferenceComponents"));
}

TEST_F(ImportFaults, OnlyADeepImportGoesBehindTheModelsBirth) {
    aws_->model("again", kT0);
    aws_->transform("old", kT0 - 5000, "again");
    aws_->transform("new", kT0 + 5, "again");
    aws_->config("old-config", kT0 - 4000, {"again"});
    run("again");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 1);
    clock_.advance(std::chrono::minutes{1});
    EXPECT_EQ(run(json::object{{"modelName", "again"}, {"deep", true}}).state, registry::OperationState::COMPLETE);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE aws_name = 'old-config'"), 1);
    EXPECT_EQ(parse_import_request({{"modelName", "m"}, {"deep", 1}}).error().faults.at(0).pointer, "/deep");
}

TEST_F(ImportFaults, FindsTrainingJobsByListWhereSearchFails) {
    aws_->model("odd", kT0, "https://b.s3.eu-west-1.amazonaws.com/elsewhere/model.tar.gz");
    aws_->training("made-it", kT0 - 50, "s3://b/elsewhere/model.tar.gz");
    aws_->training("did-not", kT0 - 40, "s3://b/models/did-not/output/model.tar.gz");
    run("odd");
    const auto jobs = all(registry::jobs_table());
    ASSERT_EQ(jobs.size(), 1);
    EXPECT_EQ(jobs[0].document.at("sageMaker").at("name").as_string(), "made-it");
}

TEST_F(ImportFaults, DoesNotBelieveASearchThatLies) {
    aws_->search_fails = false;
    aws_->search_lies = true;
    aws_->model("odd", kT0, "s3://b/elsewhere/model.tar.gz");
    aws_->training("made-it", kT0 - 50, "s3://b/elsewhere/model.tar.gz");
    aws_->training("another", kT0 - 40, "s3://b/models/another/output/model.tar.gz");
    run("odd");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 1);
    EXPECT_EQ(aws_->calls().at("ListTrainingJobs"), 2);
}

TEST_F(ImportFaults, BelievesASearchThatTellsTheTruth) {
    aws_->search_fails = false;
    aws_->model("trained", kT0, "s3://b/elsewhere/model.tar.gz");
    aws_->model("bought", kT0, "s3://vendor/model.tar.gz");
    aws_->training("made-it", kT0 - 50, "s3://b/elsewhere/model.tar.gz");
    for (int i = 0; i < 30; ++i) {
        aws_->training("x" + std::to_string(i), kT0 - 40, "s3://b/x/" + std::to_string(i));
    }
    run("trained");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 1);
    EXPECT_FALSE(aws_->calls().contains("ListTrainingJobs"));
    run("bought");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 1);
    EXPECT_LE(aws_->calls().at("DescribeTrainingJob"), 1);
}

}  // namespace
}  // namespace slipway::sagemaker
