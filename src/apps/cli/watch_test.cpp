#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/cli/exit_codes.hpp"
#include "fakes/fake_terminal.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;

/// A server with one model, whose stream of events stands at a number.
class WatchTest : public testing::Test {
protected:
    WatchTest() {
        t.world.environment["SLIPWAY_TOKEN"] = "token-1";
        t.server.otherwise([this](const HttpRequest& request) -> Result<HttpResponse> {
            if (request.url.contains("/events")) {
                return events(request);
            }
            ++lists;
            auto answer = FakeTerminal::answer(
                200, R"({"_embedded":{"storedModels":[{"id":"1","modelMetaData":{"name":")" + name + R"("}}]},"page":{"totalElements":1}})");
            after_list();
            return answer;
        });
    }
    Result<HttpResponse> events(const HttpRequest& request) {
        const auto asked = std::stoll(fakes::header_of(request, "Last-Event-ID"));
        if (asked > newest) {
            request.on_body("event: reset\nid: " + std::to_string(newest) + "\ndata: {}\n\n");
            return FakeTerminal::answer(200, "");
        }
        if (asked == newest) {
            on_quiet();
        }
        for (auto seq = asked + 1; seq <= newest; ++seq) {
            if (!request.on_body("id: " + std::to_string(seq) + "\ndata: {\"seq\":" + std::to_string(seq) + ",\"type\":\"StoredModel\"}\n\n")) {
                break;
            }
        }
        return FakeTerminal::answer(200, "");
    }

    FakeTerminal t;
    std::int64_t newest{41};
    std::string name{"a"};
    int lists{0};
    std::function<void()> after_list{[] {}};
    std::function<void()> on_quiet{[this] { t.interrupted = true; }};
};

TEST_F(WatchTest, WhatChangesWhileTheListIsReadIsShown) {
    after_list = [this] {
        if (lists == 1) {
            name = "b";
            ++newest;
        }
    };
    EXPECT_EQ(t.run({"model", "list", "--watch", "-o", "name"}), kInterrupted);
    EXPECT_EQ(t.out, "a\nb\n");
}

TEST_F(WatchTest, ManyChangesAreShownByOneList) {
    after_list = [this] {
        if (lists == 1) {
            name = "b";
            newest += 1000;
        }
    };
    t.run({"model", "list", "--watch", "-o", "name"});
    EXPECT_EQ(t.out, "a\nb\n");
    EXPECT_EQ(lists, 2);
}

TEST_F(WatchTest, AnUnchangedListIsShownOnce) {
    on_quiet = [this] { t.interrupted = ++newest > 43; };
    t.run({"model", "list", "--watch", "-o", "name"});
    EXPECT_EQ(t.out, "a\n");
}

TEST_F(WatchTest, GoesOnByLookingWhereTheStreamIsRefused) {
    t.server
        .then(fail(ErrorCode::unavailable, "NO_ANSWER", "broken"))  // where the stream stands
        .then(FakeTerminal::answer(200, R"({"_embedded":{"storedModels":[]},"page":{"totalElements":0}})"))
        .then(fail(ErrorCode::unavailable, "NO_ANSWER", "broken"));  // the stream
    t.run({"model", "list", "--watch", "-o", "name"});
    EXPECT_EQ(t.waits, 1);
    EXPECT_EQ(t.out, "a\n");
}

}  // namespace
}  // namespace slipway::cli
