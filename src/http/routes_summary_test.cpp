#include "fakes/registry_service.hpp"
#include "registry/model_summary.hpp"

/// `projection=summary` of business models, through the routes.
namespace slipway::http {
namespace {

using fakes::RegistryService;

/// Counts the statements of a session.
class CountingSession final : public store::Session {
public:
    explicit CountingSession(store::Session& inner) : inner_{inner} {}
    Result<store::Rows> query(std::string_view sql, const store::Values& parameters) override {
        ++count;
        return inner_.query(sql, parameters);
    }
    Result<std::int64_t> execute(std::string_view sql, const store::Values& parameters) override {
        ++count;
        return inner_.execute(sql, parameters);
    }
    store::Dialect dialect() const override { return inner_.dialect(); }
    int count{0};

private:
    store::Session& inner_;
};

std::string job(const std::string& model, const std::string& status, const std::string& more = {}) {
    return R"({"jobType":"MODEL_BATCH_JOB","jobStatus":")" + status + R"(","model":{"storedModel":{"id":")" + model + R"("}},"targetEngine":{})" + more + "}";
}

std::string ticket(const std::string& model, const std::string& open, const std::string& type = "MODEL_APPROVAL_NOTIFICATION") {
    return R"({"notificationType":")" + type + R"(","severity":"INFO","message":"m","open":)" + open + R"(,"storedModelId":")" + model + R"("})";
}

class Summary : public testing::Test {
protected:
    RegistryService::Answer list(const std::string& who = RegistryService::kAnn, const std::string& more = {}) {
        return service_.send(who, "GET", "storedModels?projection=summary" + more);
    }
    RegistryService service_;
    /// Names of the models that ann's list has under `filter`.
    std::string names_of(const std::string& filter) {
        const auto shown = list(RegistryService::kAnn, "&sort=name&filter=" + filter);
        std::string out;
        for (int i = 0; shown.at("/_embedded/storedModels/" + std::to_string(i) + "/id") != "absent"; ++i) {
            out += (i == 0 ? "" : " ") + shown.at("/_embedded/storedModels/" + std::to_string(i) + "/modelMetaData/name");
        }
        return out;
    }
};

TEST_F(Summary, AModelWithoutAnythingSaysSo) {
    service_.model();
    const auto shown = list();
    ASSERT_EQ(shown.status(), 200) << shown.response.body;
    EXPECT_EQ(shown.at("/_embedded/storedModels/0/summary"), R"({"snapshots":0,"deployments":[],"lastJob":null,"openTickets":0,"openProblems":0})");
    EXPECT_EQ(service_.get("storedModels").at("/_embedded/storedModels/0/summary"), "absent");
}

TEST_F(Summary, WhatBelongsToAModelIsCountedForItAlone) {
    const auto other = service_.model("other");
    const auto model = service_.model("churn");
    const auto snapshot = service_.snapshot(model);
    service_.snapshot(model);
    const auto runtime = service_.runtime("spark-1");
    const std::string body = R"({"deployableModel":{"id":")" + snapshot + R"("},"engine":{"id":")" + runtime + R"("}})";
    const auto gone = service_.post("deployedModels", body).id();
    for (const auto* state : {"DEPLOYED", "UNDEPLOYING", "UNDEPLOYED"}) {
        ASSERT_EQ(service_.patch("deployedModels/" + gone, std::string{R"({"state":")"} + state + R"("})").status(), 200);
    }
    const auto live = service_.post("deployedModels", body).id();
    for (const auto* open : {"true", "true", "false"}) {
        service_.write(registry::notifications_table(), "risk", ticket(model, open));
    }
    service_.write(registry::notifications_table(), "risk", ticket(model, "true", "JOB_NOTIFICATION"));
    const auto last = service_.write(registry::jobs_table(), "risk", job(model, "ERROR", R"(,"jobEndTime":1795633209000)"));

    const auto shown = list(RegistryService::kAnn, "&sort=name");
    const std::string at = "/_embedded/storedModels/0/summary";
    EXPECT_EQ(shown.at(at + "/snapshots"), "2");
    EXPECT_EQ(shown.at(at + "/deployments"), R"([{"deployedModelId":")" + live + R"(","deployableModelId":")" + snapshot + R"(","runtimeId":")" + runtime +
                                                 R"(","runtimeName":"spark-1","state":"DEPLOYING"}])");
    EXPECT_EQ(shown.at(at + "/openTickets"), "2") << "open approvals, nothing else";
    EXPECT_EQ(shown.at(at + "/lastJob/id"), last.id);
    EXPECT_EQ(shown.at(at + "/lastJob/jobStatus"), "ERROR");
    EXPECT_EQ(shown.at(at + "/lastJob/jobEndTime"), "1795633209000");
    EXPECT_EQ(shown.at(at + "/lastJob/createdDate"), service_.get("jobs/" + last.id).at("/createdDate"));
    EXPECT_EQ(shown.at("/_embedded/storedModels/1/id"), other);
    EXPECT_EQ(shown.at("/_embedded/storedModels/1/summary/snapshots"), "0");
    EXPECT_EQ(shown.at("/_embedded/storedModels/1/summary/lastJob"), "null");
}

TEST_F(Summary, TheLastJobIsTheOneThatBeganLastWhateverWasWrittenFirst) {
    const auto model = service_.model();
    const auto of_aws = [&](const std::string& created) {
        return service_.write(registry::jobs_table(), "risk",
                              job(model, "COMPLETE", R"(,"sageMaker":{"arn":"a-)" + created + R"(","creationTime":")" + created + R"("})"));
    };
    const auto newest = of_aws("2026-11-20T08:00:00.000Z");
    of_aws("2026-11-19T08:00:00.000Z");
    auto shown = list();
    EXPECT_EQ(shown.at("/_embedded/storedModels/0/summary/lastJob/id"), newest.id);
    EXPECT_EQ(shown.at("/_embedded/storedModels/0/summary/lastJob/awsCreationTime"), "2026-11-20T08:00:00.000Z");
    const auto ours = service_.write(registry::jobs_table(), "risk", job(model, "CREATED"));
    EXPECT_EQ(list().at("/_embedded/storedModels/0/summary/lastJob/id"), ours.id);
}

TEST_F(Summary, RowsOfOtherGroupsAreNeverCounted) {
    const auto model = service_.model();
    for (const auto* group : {"risk", "strangers"}) {
        service_.write(registry::deployable_models_table(), group,
                       std::string{R"({"metaData":{"name":"s-)"} + group + R"("},"storedModel":{"id":")" + model + R"("}})");
        service_.write(registry::deployed_models_table(), group,
                       std::string{R"({"state":"DEPLOYED","deployableModel":{"id":"s","storedModel":{"id":")"} + model + R"("}},"engine":{"id":"r","name":")" +
                           group + R"("}})");
        service_.write(registry::notifications_table(), group, ticket(model, "true"));
        service_.write(registry::jobs_table(), group, job(model, group == std::string_view{"risk"} ? "COMPLETE" : "ERROR"));
    }
    const std::string at = "/_embedded/storedModels/0/summary";
    const auto ann = list();
    EXPECT_EQ(ann.at(at + "/snapshots"), "1");
    EXPECT_EQ(ann.at(at + "/deployments/0/runtimeName"), "risk");
    EXPECT_EQ(ann.at(at + "/deployments/1"), "absent");
    EXPECT_EQ(ann.at(at + "/lastJob/jobStatus"), "COMPLETE");
    EXPECT_EQ(ann.at(at + "/openTickets"), "1");
    EXPECT_EQ(list(RegistryService::kEve).at("/page/totalElements"), "0");
    const auto both = list("bob:risk,strangers");
    EXPECT_EQ(both.at(at + "/snapshots"), "2");
    EXPECT_EQ(both.at(at + "/lastJob/jobStatus"), "ERROR");
    EXPECT_EQ(list("admin").at(at + "/openTickets"), "2");
}

TEST_F(Summary, ModelsAreFilteredByWhatIsToldOfThem) {
    const auto calm = service_.model("calm");
    const auto live = service_.model("live");
    const auto broken = service_.model("broken");
    const auto warned = service_.model("warned");
    const auto asked = service_.model("asked");
    const auto critical = service_.model("critical");
    const auto deployment = [&](const std::string& model, const std::string& state, const std::string& group) {
        service_.write(registry::deployed_models_table(), group,
                       R"({"state":")" + state + R"(","deployableModel":{"id":"s","storedModel":{"id":")" + model + R"("}},"engine":{"id":"r","name":"r"}})");
    };
    deployment(live, "DEPLOYED", "risk");
    deployment(broken, "FAILED", "risk");
    deployment(calm, "UNDEPLOYED", "risk");
    deployment(calm, "DEPLOYED", "strangers");
    service_.write(registry::notifications_table(), "risk",
                   R"({"notificationType":"MODEL_NOTIFICATION","severity":"WARNING","message":"m","open":true,"storedModelId":")" + warned + R"("})");
    service_.write(registry::notifications_table(), "risk",
                   R"({"notificationType":"MODEL_NOTIFICATION","severity":"ERROR","message":"m","open":false,"storedModelId":")" + calm + R"("})");
    service_.write(registry::notifications_table(), "risk",
                   R"({"notificationType":"MODEL_NOTIFICATION","severity":"CRITICAL","message":"m","open":true,"storedModelId":")" + critical + R"("})");
    service_.write(registry::notifications_table(), "risk", ticket(asked, "true"));
    service_.write(registry::jobs_table(), "risk", job(live, "ERROR"));
    service_.write(registry::jobs_table(), "risk", job(calm, "ERROR"));
    service_.write(registry::jobs_table(), "risk", job(calm, "COMPLETE"));

    EXPECT_EQ(names_of("deployed:true"), "live");
    EXPECT_EQ(names_of("deployed:false"), "asked broken calm critical warned");
    EXPECT_EQ(names_of("-deployed:true"), "asked broken calm critical warned");
    EXPECT_EQ(names_of("attention:true"), "asked broken critical live warned");
    EXPECT_EQ(names_of("attention:true%20deployed:true"), "live") << "its last job failed";
    EXPECT_EQ(names_of("attention!=true"), "calm") << "its last job did not, and what was told of it is closed";
    EXPECT_EQ(names_of("deployed:true,false"), "asked broken calm critical live warned");
    EXPECT_EQ(list(RegistryService::kAnn, "&filter=deployed:yes").status(), 400);
    EXPECT_EQ(list(RegistryService::kAnn, "&filter=deployed%3Etrue").status(), 400);
    EXPECT_EQ(list(RegistryService::kAnn, "&sort=deployed").status(), 400);
    EXPECT_EQ(list(RegistryService::kAnn, "&sort=name&filter=name:warned").at("/_embedded/storedModels/0/summary/openProblems"), "1");
    EXPECT_EQ(list(RegistryService::kAnn, "&sort=name&filter=name:critical").at("/_embedded/storedModels/0/summary/openProblems"), "1");
}

TEST_F(Summary, ACollectionThatMayNotBeReadIsNotCounted) {
    identity::AccessPolicy policy;
    policy.by_collection["jobs"]["*"] = {.read = false, .write = false, .execute = false};
    RegistryService service{policy};
    const auto model = service.model();
    service.snapshot(model);
    service.write(registry::jobs_table(), "risk", job(model, "ERROR"));
    const auto shown = service.get("storedModels?projection=summary");
    EXPECT_EQ(shown.at("/_embedded/storedModels/0/summary/lastJob"), "null");
    EXPECT_EQ(shown.at("/_embedded/storedModels/0/summary/snapshots"), "1");
}

/// A model with a deployment and a warning, both written by the system, and a failed job.
std::string troubled(RegistryService& service) {
    const auto model = service.model();
    service.write(registry::deployed_models_table(), "risk",
                  R"({"state":"DEPLOYED","deployableModel":{"id":"s","storedModel":{"id":")" + model + R"("}},"engine":{"id":"r","name":"r"}})");
    service.write(registry::notifications_table(), "risk",
                  R"({"notificationType":"MODEL_NOTIFICATION","severity":"WARNING","message":"m","open":true,"storedModelId":")" + model + R"("})");
    service.write(registry::jobs_table(), "risk", job(model, "ERROR"));
    return model;
}

std::string found_by(RegistryService& service, const std::string& filter) {
    return service.get("storedModels?filter=" + filter).at("/page/totalElements");
}

TEST_F(Summary, FiltersTellNothingOfACollectionThatMayNotBeRead) {
    identity::AccessPolicy policy;
    policy.by_collection["deployedModels"]["*"] = {.read = false, .write = false, .execute = false};
    policy.by_collection["notifications"]["*"] = {.read = false, .write = false, .execute = false};
    RegistryService service{policy};
    const auto model = troubled(service);
    EXPECT_EQ(found_by(service, "deployed:true"), "0");
    EXPECT_EQ(found_by(service, "deployed:false"), "1");
    EXPECT_EQ(found_by(service, "attention:true"), "1") << "its job failed, and jobs may be read";
    service.write(registry::jobs_table(), "risk", job(model, "COMPLETE"));
    EXPECT_EQ(found_by(service, "attention:true"), "0") << "the warning may not be read";
    EXPECT_EQ(service.send("admin", "GET", "storedModels?filter=deployed:true%20attention:true").at("/page/totalElements"), "1");
}

TEST_F(Summary, FiltersTellOfOnesOwnRowsWhereOnlyOwnersMayRead) {
    identity::AccessPolicy policy;
    policy.by_collection["jobs"]["*"] = {.read = false, .write = true, .execute = true};
    policy.by_collection["notifications"]["*"] = {.read = false, .write = false, .execute = false};
    RegistryService service{policy};
    const auto model = troubled(service);
    EXPECT_EQ(found_by(service, "attention:true"), "0") << "the failed job is the system's";
    EXPECT_EQ(found_by(service, "deployed:true"), "1");
}

TEST_F(Summary, TagsOfAModelThatMayNotBeReadFindNoJobs) {
    identity::AccessPolicy policy;
    policy.by_collection["storedModels"]["closed"] = {.read = false, .write = true, .execute = true};
    RegistryService service{policy};
    const auto tagged = [&](const std::string& group) {
        const auto model =
            service.write(registry::stored_models_table(), group, R"({"modelMetaData":{"name":"m-)" + group + R"(","type":"PYSPARK","tags":["team=x"]}})");
        service.write(registry::jobs_table(), group, job(model.id, "ERROR"));
    };
    tagged("risk");
    tagged("closed");
    const auto jobs = [&](const std::string& filter) { return service.send("ann:risk,closed", "GET", "jobs" + filter).at("/page/totalElements"); };
    EXPECT_EQ(jobs(""), "2");
    EXPECT_EQ(jobs("?filter=tag.team=x"), "1");
    EXPECT_EQ(jobs("?filter=tag.team!=x"), "1");
}

TEST_F(Summary, ManyDeploymentsAreCutAtTheNewest) {
    const auto model = service_.model();
    std::string newest;
    for (int i = 0; i < registry::kMostDeployments + 3; ++i) {
        newest = service_
                     .write(registry::deployed_models_table(), "risk",
                            R"({"state":"DEPLOYED","deployableModel":{"id":"s","storedModel":{"id":")" + model + R"("}},"engine":{"id":"r","name":"e"}})")
                     .id;
    }
    const auto shown = list();
    EXPECT_EQ(shown.at("/_embedded/storedModels/0/summary/deployments/0/deployedModelId"), newest);
    EXPECT_NE(shown.at("/_embedded/storedModels/0/summary/deployments/19"), "absent");
    EXPECT_EQ(shown.at("/_embedded/storedModels/0/summary/deployments/20"), "absent");
}

TEST_F(Summary, FindersAndPagesCarryIt) {
    service_.model("a");
    service_.model("b");
    EXPECT_EQ(service_.get("storedModels/search/findByName?name=a&projection=summary").at("/_embedded/storedModels/0/summary/snapshots"), "0");
    const auto first = list(RegistryService::kAnn, "&size=1");
    EXPECT_TRUE(first.at("/_links/next/href").contains("projection=summary"));
    const auto wrong = service_.get("storedModels?projection=everything");
    EXPECT_EQ(wrong.status(), 400);
    EXPECT_EQ(wrong.pointer(), "?projection");
    EXPECT_EQ(service_.get("jobs?projection=summary").status(), 200) << "where there is no such projection the parameter means nothing";
}

TEST_F(Summary, AsManyStatementsForHundredModelsAsForOne) {
    const auto statements = [&](std::size_t models) {
        int count = 0;
        EXPECT_TRUE(service_.store_->read([&](store::Session& sql) -> Result<void> {
            CountingSession counting{sql};
            SW_TRY(const auto rows, store::find_by(sql, registry::stored_models_table(), {}, store::Scope::all(), models));
            const identity::Principal ann{.kind = identity::Principal::Kind::user, .name = "ann", .groups = {"risk"}, .admin = false};
            SW_TRY(const auto summaries, registry::summarise(counting, service_.access_, ann, rows));
            EXPECT_EQ(summaries.size(), models);
            count = counting.count;
            return {};
        }));
        return count;
    };
    for (int i = 0; i < 100; ++i) {
        service_.model("m" + std::to_string(i));
    }
    EXPECT_EQ(statements(1), 5);
    EXPECT_EQ(statements(100), 5);
}

}  // namespace
}  // namespace slipway::http
