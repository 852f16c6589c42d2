#include "base/log.hpp"

#include <gtest/gtest.h>
#include <thread>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace slipway {
namespace {

std::string captured(const std::function<void()>& work) {
    testing::internal::CaptureStderr();
    work();
    return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesOneJsonObjectALine) {
    const auto text = captured([] { log::warn("job.failed", {{"job", "a\nb"}, {"attempt", 2}}); });
    ASSERT_EQ(std::ranges::count(text, '\n'), 1);
    const auto line = json::parse_object(text.substr(0, text.size() - 1));
    ASSERT_TRUE(line) << text;
    EXPECT_EQ(json::text_of(*line, "level"), "warn");
    EXPECT_EQ(json::text_of(*line, "event"), "job.failed");
    EXPECT_EQ(json::text_of(*line, "job"), "a\nb");
    EXPECT_EQ(line->at("attempt").as_int64(), 2);
    EXPECT_TRUE(from_iso(json::text_of(*line, "time")));
    EXPECT_FALSE(line->contains("requestId"));
}

TEST(Log, MasksSecretsAtEveryDepth) {
    const auto text = captured(
        [] { log::info("x", {{"password", "hunter2"}, {"body", {{"accessToken", "hunter2"}, {"list", {{{"DB_PASS", "hunter2"}}}}, {"name", "seen"}}}}); });
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
    EXPECT_NE(text.find("seen"), std::string::npos) << text;
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
    EXPECT_EQ(captured([] { log::debug("quiet"); }), "");
    log::set_level(log::Level::debug);
    EXPECT_NE(captured([] { log::debug("loud"); }), "");
    log::set_level(log::Level::info);
    EXPECT_EQ(log::level(), log::Level::info);
}

TEST(Log, CarriesTheRequestOfItsThread) {
    const auto text = captured([] {
        const log::RequestScope outer{"r1"};
        {
            const log::RequestScope inner{"r2"};
            log::info("inner");
        }
        log::info("outer");
        std::jthread{[] { log::info("other"); }}.join();
    });
    EXPECT_NE(text.find(R"("event":"inner","requestId":"r2")"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("event":"outer","requestId":"r1")"), std::string::npos) << text;
    EXPECT_NE(text.find("\"event\":\"other\"}"), std::string::npos) << text;
}

TEST(Log, WritesCollectedLinesAheadOfTheNextOne) {
    const auto text = captured([] {
        log::later("first", {{"accessToken", "hunter2"}});
        log::info("second");
    });
    const auto first = text.find("\"event\":\"first\"");
    ASSERT_NE(first, std::string::npos) << text;
    EXPECT_LT(first, text.find("\"event\":\"second\""));
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
}

TEST(Log, LosesNoCollectedLine) {
    constexpr int kThreads = 4;
    constexpr int kLines = 2000;
    const auto text = captured([] {
        {
            std::vector<std::jthread> threads;
            for (int thread = 0; thread < kThreads; ++thread) {
                threads.emplace_back([] {
                    for (int line = 0; line < kLines; ++line) {
                        log::later("request", {{"path", std::string(100, 'p')}});
                    }
                });
            }
        }
        log::info("last");
    });
    EXPECT_EQ(std::ranges::count(text, '\n'), kThreads * kLines + 1);
    EXPECT_TRUE(text.ends_with("\"event\":\"last\"}\n")) << text.substr(text.size() - 200);
}

TEST(Log, KnowsNamesThatHoldSecrets) {
    for (const auto* name : {"password", "DB_PASS", "clientSecret", "accessToken", "HF_TOKEN", "HFTOKEN", "secret-access-key", "API_KEY", "apiKey",
                             "Authorization", "credentials", "webIdentityToken", "OPENAI_APIKEY"}) {
        EXPECT_TRUE(log::looks_secret(name)) << name;
    }
    for (const auto* name : {"name", "kmsKeyId", "max_tokens", "tokenizer", "keyFile", "author", "passed", "compass", "requestId", ""}) {
        EXPECT_FALSE(log::looks_secret(name)) << name;
    }
}

}  // namespace
}  // namespace slipway
