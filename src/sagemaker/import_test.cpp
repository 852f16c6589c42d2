#include <gtest/gtest.h>
#include <set>

#include "adapters/db/db.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_sagemaker.hpp"
#include "registry/tables.hpp"
#include "sagemaker/import_run.hpp"
#include "sagemaker/service.hpp"
#include "store/migrate.hpp"

namespace slipway::sagemaker {
namespace {

constexpr double kT0 = 1795633204.25;

/// A server in small: everything but HTTP.
class Import : public ::testing::Test {
protected:
    Import() {
        EXPECT_TRUE(store::migrate(*database_, [] { return Result<void>{}; }));
        settings_.credentials.configured.push_back(
            {.id = "configured-1", .group = "risk", .path = {}, .region = "eu-west-1", .access_key_id = "AKIA", .secret_access_key = Secret{"s3cret-canary"}});
        start();
    }
    ~Import() override { service_.reset(); }

    /// A new process over the same database.
    void start() {
        service_.reset();
        pool_ = std::make_unique<WorkerPool>("outbound", 2, 64);
        service_ = std::make_unique<SageMakerService>(registry_, gateway_, settings_, *pool_);
    }
    Result<registry::Operation> import(json::object body) {
        SW_TRY(auto request, parse_import_request(body));
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

    fakes::FakeClock clock_;
    fakes::FakeIds ids_;
    std::unique_ptr<store::Database> database_ = *db::open_sqlite({.path = ":memory:", .readers = 2, .exclusive = false});
    store::Store store_{*database_, clock_, ids_};
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Registry registry_{registry::Foundation{.store = store_, .access = access_, .sealer = sealer_, .default_group = "modelop"}};
    std::shared_ptr<fakes::FakeSageMaker> aws_ = std::make_shared<fakes::FakeSageMaker>();
    fakes::FakeGateway gateway_{aws_};
    Settings settings_;
    std::unique_ptr<WorkerPool> pool_;
    std::unique_ptr<SageMakerService> service_;
    identity::Principal ana_{.kind = identity::Principal::Kind::user, .name = "ana", .groups = {"risk"}, .admin = false};
};

TEST_F(Import, BringsInWhatBelongsToTheModelAndNothingElse) {
    small_account();
    const auto operation = run("fraud");
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    EXPECT_TRUE(operation.problems.empty()) << json::write(registry::to_json(operation));
    ASSERT_EQ(operation.stages.size(), 7);
    EXPECT_EQ(operation.stages[3].done, 10);
    EXPECT_EQ(operation.aws_calls.total, aws_->total());
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_JOB'"), 5);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_TRAINING_JOB'"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models WHERE state = 'DEPLOYED'"), 1);
    const auto model = all(registry::stored_models_table()).at(0);
    EXPECT_EQ(model.group, "risk");
    EXPECT_EQ(model.created_by, "ana");
    EXPECT_EQ(model.document.at("modelMetaData").at("tags").at(0).as_string(), "team=risk");
    EXPECT_EQ(model.document.at("sageMaker").at("trainingJobs").at(0).at("name").as_string(), "train-1");
    const auto runtime = all(registry::runtimes_table()).at(0);
    EXPECT_EQ(runtime.document.at("sageMaker").at("monitoringSchedules").at(0).at("name").as_string(), "watch");
    EXPECT_EQ(runtime.document.at("sageMaker").at("dataCaptureConfig").at("EnableCapture").as_bool(), true);
}

TEST_F(Import, AgainChangesNothingAndDescribesNothing) {
    small_account();
    run("fraud");
    const auto before = everything();
    aws_->reset_calls();
    clock_.advance(std::chrono::minutes{1});
    const auto operation = run("fraud");
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    EXPECT_EQ(everything(), before);
    const auto calls = aws_->calls();
    EXPECT_FALSE(calls.contains("DescribeTransformJob"));
    EXPECT_FALSE(calls.contains("DescribeTrainingJob"));
    EXPECT_FALSE(calls.contains("DescribeEndpointConfig"));
    EXPECT_FALSE(calls.contains("DescribeEndpoint"));
    EXPECT_GT(operation.aws_calls.saved, 0);
}

TEST_F(Import, ASecondModelLivesOnTheIndexOfTheFirst) {
    small_account();
    run("fraud");
    aws_->reset_calls();
    clock_.advance(std::chrono::minutes{1});
    run("other");
    const auto calls = aws_->calls();
    EXPECT_FALSE(calls.contains("DescribeTransformJob"));
    EXPECT_FALSE(calls.contains("DescribeEndpointConfig"));
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 4);
    EXPECT_EQ(count("SELECT COUNT(*) FROM runtimes"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models"), 3);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_JOB'"), 10);
}

TEST_F(Import, NewObjectsComeInAtTheNextImport) {
    small_account();
    run("fraud");
    clock_.advance(std::chrono::minutes{1});
    aws_->transform("late", kT0 + 5000, "fraud", "InProgress");
    aws_->config("newer", kT0 + 5001, {"fraud"});
    aws_->endpoint("live", kT0 + 30, "newer")["LastModifiedTime"] = kT0 + 5100;
    run("fraud");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE status = 'RUNNING'"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 3);
    clock_.advance(std::chrono::minutes{1});
    aws_->object("TransformJob", "late")["TransformJobStatus"] = "Completed";
    for (int i = 0; i < 3; ++i) {
        aws_->transform("filler-" + std::to_string(i), kT0 + 9000 + i, "other");
    }
    run("fraud");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE status = 'RUNNING'"), 0);
}

TEST_F(Import, TimesSpeltOtherwiseChangeNothing) {
    small_account();
    run("fraud");
    const auto before = everything();
    clock_.advance(std::chrono::minutes{1});
    aws_->object("Model", "fraud")["CreationTime"] = "2026-11-25T19:00:04.250Z";
    aws_->object("TransformJob", "batch-0")["CreationTime"] = static_cast<std::int64_t>(kT0 + 10);
    aws_->object("EndpointConfig", "own")["CreationTime"] = to_iso(from_epoch_ms(std::llround((kT0 + 21) * 1000)));
    run("fraud");
    EXPECT_EQ(everything(), before);
}

TEST_F(Import, AnUnreadableTimeCostsThatMemberOnly) {
    small_account();
    aws_->object("TransformJob", "batch-0")["TransformEndTime"] = "tomorrow";
    aws_->object("TransformJob", "batch-2")["CreationTime"] = "whenever";
    EXPECT_EQ(run("fraud").state, registry::OperationState::COMPLETE);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs WHERE job_type = 'MODEL_BATCH_JOB'"), 5);
    const auto before = everything();
    run("fraud");
    EXPECT_EQ(everything(), before);
}

TEST_F(Import, AModelWithoutConfigurationGetsOneGeneratedSnapshot) {
    aws_->model("lonely", kT0);
    run("lonely");
    run("lonely");
    ASSERT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE generated = 1"), 1);
    aws_->config("first", kT0 + 50, {"lonely"});
    clock_.advance(std::chrono::minutes{1});
    run("lonely");
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models WHERE generated = 1"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
}

TEST_F(Import, AConfigurationMadeAgainUnderItsNameIsAnotherSnapshot) {
    aws_->model("m", kT0);
    aws_->config("ec", kT0 + 10, {"m"});
    aws_->endpoint("e", kT0 + 20, "ec");
    run("m");
    clock_.advance(std::chrono::minutes{1});
    aws_->remove("EndpointConfig", "ec");
    aws_->config("ec", kT0 + 400, {"m"});
    run("m");
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 2);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models d JOIN deployable_models s ON s.id = d.deployable_model_id ORDER BY 1"), 1);
}

TEST_F(Import, UnknownModelStoresNothing) {
    const auto refused = import({{"modelName", "nobody"}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::not_found);
    EXPECT_EQ(refused.error().reason, "NOT_FOUND");
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models") + count("SELECT COUNT(*) FROM operations"), 0);
}

TEST_F(Import, TheSameImportRunsOnce) {
    small_account();
    const auto first = import({{"modelName", "fraud"}});
    ASSERT_TRUE(first);
    const auto second = import({{"modelName", "fraud"}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, "ALREADY_RUNNING");
    EXPECT_TRUE(import({{"modelName", "other"}}));
}

class ImportWithoutPermission : public Import, public ::testing::WithParamInterface<const char*> {};

TEST_P(ImportWithoutPermission, KeepsTheRestAndNamesIt) {
    small_account();
    aws_->deny(GetParam());
    const auto operation = run("fraud");
    EXPECT_EQ(operation.state, registry::OperationState::COMPLETE);
    ASSERT_EQ(operation.problems.size(), 1) << json::write(registry::to_json(operation));
    EXPECT_EQ(operation.problems[0].operation, GetParam());
    EXPECT_EQ(operation.problems[0].permission, std::string{"sagemaker:"} + GetParam());
    EXPECT_EQ(operation.problems[0].request_id, "req-1");
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

TEST_F(Import, GoesOnAfterACrashWithoutDescribingTwice) {
    small_account();
    const auto operation = import({{"modelName", "fraud"}});
    ASSERT_TRUE(operation);
    int seen = 0;
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

TEST_F(Import, CanBeCancelledAndKeepsWhatItFound) {
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
}

TEST_F(Import, EmptyPagesAreNoEndAndRepeatedTokensAre) {
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

TEST_F(Import, FindsTrainingJobsByListWhereSearchFails) {
    aws_->model("odd", kT0, "https://b.s3.eu-west-1.amazonaws.com/elsewhere/model.tar.gz");
    aws_->training("made-it", kT0 - 50, "s3://b/elsewhere/model.tar.gz");
    aws_->training("did-not", kT0 - 40, "s3://b/models/did-not/output/model.tar.gz");
    run("odd");
    const auto jobs = all(registry::jobs_table());
    ASSERT_EQ(jobs.size(), 1);
    EXPECT_EQ(jobs[0].document.at("sageMaker").at("name").as_string(), "made-it");
}

TEST_F(Import, DoesNotBelieveASearchThatLies) {
    aws_->search_fails = false;
    aws_->search_lies = true;
    aws_->model("odd", kT0, "s3://b/elsewhere/model.tar.gz");
    aws_->training("made-it", kT0 - 50, "s3://b/elsewhere/model.tar.gz");
    aws_->training("another", kT0 - 40, "s3://b/models/another/output/model.tar.gz");
    run("odd");
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 1);
    EXPECT_EQ(aws_->calls().at("ListTrainingJobs"), 2);
}

TEST_F(Import, BelievesASearchThatTellsTheTruth) {
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

TEST_F(Import, AssetsAndSchemaAreThereFromTheStart) {
    small_account();
    const json::array assets{json::object{{"assetType", "EXTERNAL_FILE"}, {"assetRole", "TEST_DATA"}, {"name", "h.csv"}, {"fileUrl", "s3://b/h.csv"}}};
    const json::object body{{"modelName", "fraud"}, {"assets", assets}, {"inputSchema", json::array{json::object{{"name", "s"}}}}};
    const auto operation = import(body);
    ASSERT_TRUE(operation);
    auto model = all(registry::stored_models_table()).at(0);
    EXPECT_EQ(operation->stored_model_id, model.id);
    EXPECT_EQ(model.version, count("SELECT MIN(version) FROM stored_models"));
    EXPECT_EQ(model.document.at("modelAssets").as_array().size(), 2);
    EXPECT_EQ(model.document.at("modelMetaData").at("inputSchema").at(0).at("name").as_string(), "s");
    service_->run(operation->id);
    settle();
    const auto before = everything();
    run(body);
    EXPECT_EQ(everything(), before);
}

TEST_F(Import, EnteredKeysAreSealedAndServeLaterImports) {
    small_account();
    settings_.credentials.configured.clear();
    start();
    const auto none = import({{"modelName", "fraud"}, {"region", "eu-west-1"}});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().reason, "NO_CREDENTIALS");
    const json::object keys{{"region", "eu-west-1"}, {"accessKeyId", "AKIAENTERED"}, {"secretAccessKey", "entered-secret-canary"}};
    run(json::object{{"modelName", "fraud"}, {"credentials", keys}});
    run(json::object{{"modelName", "other"}, {"credentials", keys}});
    EXPECT_EQ(count("SELECT COUNT(*) FROM sagemaker_credentials"), 1);
    EXPECT_EQ(count("SELECT COUNT(*) FROM sagemaker_model_credentials"), 2);
    EXPECT_EQ(run(json::object{{"modelName", "fraud"}, {"region", "eu-west-1"}}).state, registry::OperationState::COMPLETE);
}

TEST_F(Import, NoSecretReachesTheDatabase) {
    small_account();
    aws_->object("Model", "fraud")["PrimaryContainer"].as_object()["Environment"] = json::object{{"MODE", "env-canary-1"}};
    aws_->object("TrainingJob", "train-1")["HyperParameters"] = json::object{{"api_key", "hyper-canary"}};
    aws_->object("TransformJob", "batch-0")["Environment"] = json::object{{"X", "env-canary-2"}};
    aws_->object("TransformJob", "batch-0")["FailureReason"] = "bad env-canary-2";
    aws_->tag(aws_->arn("model", "fraud"), "db-password", "tag-canary");
    const json::object keys{{"region", "eu-west-1"}, {"accessKeyId", "AKIAENTERED"}, {"secretAccessKey", "entered-canary"}};
    run(json::object{{"modelName", "fraud"}, {"credentials", keys}});
    const auto read = database_->read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto tables, sql.query("SELECT name FROM sqlite_master WHERE type = 'table'"));
        EXPECT_GT(tables.size(), 15U);
        for (const auto& table : tables) {
            SW_TRY(const auto rows, sql.query("SELECT * FROM " + table.text(0)));
            for (const auto& row : rows) {
                for (std::size_t i = 0; i < row.size(); ++i) {
                    const auto* text = std::get_if<std::string>(&row.at(i));
                    const auto* blob = std::get_if<store::Blob>(&row.at(i));
                    const std::string_view bytes = text != nullptr ? *text : blob != nullptr ? std::string_view{blob->bytes} : std::string_view{};
                    EXPECT_EQ(bytes.find("canary"), std::string_view::npos) << table.text(0) << ": " << bytes.substr(0, 300);
                }
            }
        }
        return {};
    });
    EXPECT_TRUE(read);
}

TEST_F(Import, TenModelsStayWithinTheirCalls) {
    for (int m = 0; m < 10; ++m) {
        const auto name = "model-" + std::to_string(m);
        aws_->model(name, kT0 + m, "s3://b/out/train-" + std::to_string(m) + "/output/model.tar.gz");
    }
    for (int i = 0; i < 1000; ++i) {
        const auto number = std::to_string(i);
        aws_->training("train-" + number, kT0 - 2000 + i, "s3://b/out/train-" + number + "/output/model.tar.gz");
        aws_->transform("transform-" + number, kT0 + 100 + i, "model-" + std::to_string(i % 10));
    }
    for (int i = 0; i < 200; ++i) {
        aws_->config("config-" + std::to_string(i), kT0 + 1200 + i, {"model-" + std::to_string(i % 10)});
    }
    for (int i = 0; i < 20; ++i) {
        aws_->endpoint("endpoint-" + std::to_string(i), kT0 + 1500 + i, "config-" + std::to_string(i));
    }
    // From the youngest to the oldest: the index must reach back without listing anew for each.
    int sum = 0;
    for (int m = 9; m >= 0; --m) {
        aws_->reset_calls();
        clock_.advance(std::chrono::minutes{1});
        const auto operation = run("model-" + std::to_string(m));
        EXPECT_TRUE(operation.problems.empty());
        EXPECT_LE(aws_->total(), m == 9 ? 1300 : 40) << m;
        EXPECT_EQ(operation.aws_calls.total, aws_->total());
        sum += aws_->total();
    }
    EXPECT_LE(sum, 1700);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 1010);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployable_models"), 200);
    EXPECT_EQ(count("SELECT COUNT(*) FROM deployed_models"), 20);
}

TEST_F(Import, TwoAtOnceShareOneFill) {
    small_account();
    const auto first = import({{"modelName", "fraud"}});
    const auto second = import({{"modelName", "other"}});
    ASSERT_TRUE(first && second);
    service_->run(first->id);
    service_->run(second->id);
    settle();
    EXPECT_EQ(stored(first->id).state, registry::OperationState::COMPLETE);
    EXPECT_EQ(stored(second->id).state, registry::OperationState::COMPLETE);
    EXPECT_EQ(aws_->calls().at("DescribeTransformJob"), 10);
    EXPECT_EQ(aws_->calls().at("DescribeEndpointConfig"), 3);
    EXPECT_EQ(count("SELECT COUNT(*) FROM jobs"), 12);
}

TEST_F(Import, BrowsingSaysWhatIsImported) {
    small_account();
    run("fraud");
    const auto browsed = service_->browse(ana_, {.credential_id = {}, .region = {}, .text = "FRA"});
    ASSERT_TRUE(browsed);
    ASSERT_EQ(browsed->models.size(), 1);
    EXPECT_EQ(browsed->account, fakes::FakeSageMaker::kAccount);
    EXPECT_TRUE(browsed->models[0].stored_model_id);
    const auto both = service_->browse(ana_, {});
    ASSERT_EQ(both->models.size(), 2);
    EXPECT_EQ(both->models[0].name, "other");
    EXPECT_FALSE(both->models[0].stored_model_id);
    const identity::Principal bob{.kind = identity::Principal::Kind::user, .name = "bob", .groups = {"sales"}, .admin = false};
    EXPECT_FALSE(service_->browse(bob, {}));
    EXPECT_EQ(service_->browse(bob, {.credential_id = "configured-1", .region = {}, .text = {}}).error().code, ErrorCode::not_found);
}

TEST_F(Import, RefusalsOfAwsAreNeverOurs) {
    small_account();
    aws_->refuse("DescribeModel", "UnrecognizedClientException", "The security token is invalid", {}, ErrorCode::unauthenticated);
    EXPECT_EQ(import({{"modelName", "fraud"}}).error().code, ErrorCode::failed_precondition);
    aws_->refuse("DescribeModel", "Network", "no answer", {}, ErrorCode::timeout);
    EXPECT_EQ(import({{"modelName", "fraud"}}).error().code, ErrorCode::unavailable);
    EXPECT_EQ(count("SELECT COUNT(*) FROM stored_models"), 0);
    for (const auto* bad :
         {R"({})", R"({"modelName":7})", R"({"modelName":"a_b"})", R"({"modelName":"m","region":"evil.example/"})", R"({"modelName":"m","assets":[1]})",
          R"({"modelName":"m","startLifecycles":"some"})", R"({"modelName":"m","nonsense":1})", R"({"modelName":"m","credentials":{"region":"eu-west-1"}})"}) {
        const auto refused = parse_import_request(*json::parse_object(bad));
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
        EXPECT_EQ(refused.error().faults.size(), 1);
    }
}

}  // namespace
}  // namespace slipway::sagemaker
