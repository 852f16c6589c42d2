#include "fakes/registry_service.hpp"

/// What people write behind the question mark of a list.
namespace slipway::http {
namespace {

using fakes::RegistryService;

TEST(ListParameters, WhatIsNoneIsRefusedWithWhatWasExpectedAndWhatCame) {
    RegistryService service;
    struct Case {
        std::string query;
        std::string pointer;
        std::string expected;
        std::string got;
    };
    for (const auto& [query, pointer, expected, got] : std::vector<Case>{
             {"page=abc", "?page", "a whole number from 0 to 10000000", "abc"},
             {"page=-1", "?page", "a whole number from 0 to 10000000", "-1"},
             {"page=1000000000", "?page", "a whole number from 0 to 10000000", "1000000000"},
             {"page=99999999999999999999", "?page", "a whole number from 0 to 10000000", "99999999999999999999"},
             {"size=-1", "?size", "a whole number from 1 to 1000000000", "-1"},
             {"size=0", "?size", "a whole number from 1 to 1000000000", "0"},
             {"size=", "?size", "a whole number from 1 to 1000000000", "nothing"},
             {"sort=name,sideways", "?sort", "field, field,asc or field,desc", "name,sideways"},
         }) {
        const auto answer = service.get("storedModels?" + query);
        EXPECT_EQ(answer.status(), 400) << query << answer.response.body;
        EXPECT_EQ(answer.pointer(), pointer) << query;
        EXPECT_EQ(answer.at("/errors/0/expected"), expected) << query;
        EXPECT_EQ(answer.at("/errors/0/got"), got) << query;
    }
    const auto sort = service.get("storedModels?sort=bogus,sideways");
    EXPECT_EQ(sort.status(), 400);
    EXPECT_EQ(sort.at("/errors/0/got"), "bogus");
    EXPECT_EQ(service.get("storedModels?size=5000").at("/page/size"), "1000");
    EXPECT_EQ(service.get("storedModels?page=10000000").status(), 200);
}

TEST(ListParameters, AWordThatAnEnumerationHasNotIsRefused) {
    RegistryService service;
    struct Case {
        std::string path;
        std::string got;
        std::string known;
    };
    for (const auto& [path, got, known] : std::vector<Case>{
             {"jobs?filter=status:BOGUS", "BOGUS", "CREATED, WAITING, RUNNING, COMPLETE, ERROR, CANCELLED"},
             {"jobs?filter=status:ERROR,error", "error", "CREATED, WAITING, RUNNING, COMPLETE, ERROR, CANCELLED"},
             {"jobs?filter=-status:BOGUS", "BOGUS", "CREATED, WAITING, RUNNING, COMPLETE, ERROR, CANCELLED"},
             {"jobs?filter=jobType:PARTY", "PARTY", "MODEL_BATCH_JOB, MODEL_BATCH_TEST_JOB, MODEL_BATCH_TRAINING_JOB"},
             {"jobs?filter=engineType:STEAM", "STEAM", "SPARK_RUNTIME, MODEL_OP_ENGINE, SAGEMAKER_RUNTIME"},
             {"runtimes?filter=state:ASLEEP", "ASLEEP", "INIT, ONLINE, OFFLINE, ERROR, REMOVED"},
             {"engines?filter=state:ASLEEP", "ASLEEP", "INIT, ONLINE, OFFLINE, ERROR, REMOVED"},
             {"deployedModels?filter=state:GONE", "GONE", "DEPLOYING, DEPLOYED, FAILED, UNDEPLOYING, UNDEPLOYED"},
             {"notifications?filter=severity:LOUD", "LOUD", "INFO, WARNING, ERROR, CRITICAL"},
             {"jobs/search/findAllByStoredModelId?storedModelId=m&filter=status:BOGUS", "BOGUS", "CREATED, WAITING, RUNNING, COMPLETE, ERROR, CANCELLED"},
         }) {
        const auto answer = service.get(path);
        EXPECT_EQ(answer.status(), 400) << path << answer.response.body;
        EXPECT_EQ(answer.pointer(), "?filter") << path;
        EXPECT_EQ(answer.at("/errors/0/expected"), "one of " + known) << path;
        EXPECT_TRUE(answer.at("/errors/0/got").ends_with(got)) << path << answer.at("/errors/0/got");
    }
}

TEST(ListParameters, WordsThatPeopleMakeAreSearchedFor) {
    RegistryService service;
    for (const std::string path : {"jobs?filter=status:ERROR,COMPLETE", "jobs?filter=status~ERR", "jobs?filter=-status:CANCELLED",
                                   "storedModels?filter=stage:BOGUS", "notifications?filter=type:MY_OWN", "notifications?filter=severity:%22%22"}) {
        EXPECT_EQ(service.get(path).status(), 200) << path << service.get(path).response.body;
    }
}

TEST(ListParameters, JobsAreFoundByTheNameOfTheirRuntime) {
    RegistryService service;
    std::map<std::string, std::string> runtimes;
    for (const auto& [name, group] : std::vector<std::pair<std::string, std::string>>{{"spark-1", "risk"}, {"spark-2", "risk"}, {"spark-1", "fraud"}}) {
        const auto runtime = service.write(registry::runtimes_table(), group, R"({"name":")" + name + R"(","engineType":"SPARK_RUNTIME","state":"ONLINE"})");
        service.write(
            registry::jobs_table(), "risk",
            R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"CREATED","model":{},"targetEngine":{"engineType":"SPARK_RUNTIME","id":")" + runtime.id + R"("}})");
    }
    service.write(registry::jobs_table(), "risk",
                  R"({"jobType":"MODEL_BATCH_JOB","jobStatus":"CREATED","model":{},"targetEngine":{"engineType":"SPARK_RUNTIME"}})");
    const auto count = [&](const std::string& filter, const std::string& who) {
        const auto answer = service.send(who, "GET", "jobs?filter=" + filter);
        return answer.status() == 200 ? answer.at("/page/totalElements") : answer.at("/errors/0/expected");
    };
    const std::string ann = "ann:risk";
    EXPECT_EQ(count("runtime:spark-1", "admin"), "2");
    EXPECT_EQ(count("runtime:spark-1", ann), "1") << "of a runtime that she does not see she learns nothing";
    EXPECT_EQ(count("runtime:spark-1,spark-2", ann), "2");
    EXPECT_EQ(count("runtime~PARK", ann), "2");
    EXPECT_EQ(count("-runtime:spark-1", ann), "3");
    EXPECT_EQ(count("runtime:nobody", ann), "0");
    EXPECT_EQ(count("runtime>spark", ann), "compared with : = != or ~");
}

TEST(ListParameters, OnesThatAListDoesNotTakeAreNamedAndTheListIsAnswered) {
    RegistryService service;
    for (const std::string path :
         {"storedModels?page=0&size=5&sort=name&filter=stage:x&projection=summary", "jobs?cursor=&projection=inlineAll", "engines?size=3",
          "storedModels/search/findByName?name=churn&size=3", "modelMLCs/search/findAllByStoredModelIdAndGroupIn?storedModelId=m&group=a"}) {
        EXPECT_EQ(service.get(path).status(), 200) << path;
        EXPECT_EQ(service.get(path).at("/warnings"), "absent") << path;
    }
    const std::string condition = "A condition on a field is written filter=FIELD:VALUE.";
    for (const auto& [path, name, hint] : std::vector<std::array<std::string, 3>>{
             {"jobs?status=ERROR", "status", "Is filter=status:VALUE meant?"},
             {"jobs?filtr=status:ERROR", "filtr", "Is filter meant?"},
             {"engines?sise=3", "sise", "Is size meant?"},
             {"storedModels/search/findByName?name=churn&isUseCase=true", "isUseCase", condition},
             {"modelMLCs/search/findAllByStoredModelIdAndGroupIn?storedModelId=m&groups=a", "groups", "Is group meant?"},
         }) {
        const auto answer = service.get(path);
        EXPECT_EQ(answer.status(), 200) << path;
        EXPECT_EQ(answer.at("/warnings/0"), "This list takes no parameter \"" + name + "\", so it was not looked at. " + hint) << path;
        EXPECT_EQ(answer.at("/warnings/1"), "absent") << path;
    }
    std::string many;
    for (int i = 0; i < 20; ++i) {
        many += "&x=" + std::to_string(i);
    }
    EXPECT_EQ(service.get("storedModels?" + many.substr(1)).at("/warnings/8"), "absent");
}

TEST(ListParameters, IdsThatMeanNothingHereFindNothing) {
    RegistryService service;
    for (const std::string id : {"no-uuid", "%27%3B--", "%F0%9F%98%80", "0198f2a0-0000-7000-8000-00000000000g"}) {
        const auto answer = service.get("modelMLCs/search/findAllByStoredModelIdAndGroupIn?storedModelId=" + id + "&group=" + id);
        EXPECT_EQ(answer.status(), 200) << answer.response.body;
        EXPECT_EQ(answer.at("/page/totalElements"), "0");
    }
    EXPECT_EQ(service.get("jobs/search/findAllByStoredModelId?storedModelId=a%00b").status(), 400);
}

}  // namespace
}  // namespace slipway::http
