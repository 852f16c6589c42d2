#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <thread>

#include "fakes/scripted_peer.hpp"
#include "spark/cluster_client.hpp"

/// What every ClusterClient promises, whatever stands behind it. An implementation brings a ClusterUnderContract and instantiates the suite.
namespace slipway::contract {

using spark::ApplicationRef;
using spark::ApplicationState;
using spark::LogStream;

/// A cluster whose truth the test sets.
class ClusterUnderContract {
public:
    virtual ~ClusterUnderContract() = default;
    virtual spark::ClusterClient& client() = 0;
    /// Makes an application known, or changes it. @return its id.
    virtual std::string put(const std::string& name, const std::string& tag, ApplicationState state) = 0;
    virtual void forget(const std::string& id) = 0;
    virtual void say(const std::string& id, LogStream stream, const std::string& bytes) = 0;
    /// From now on all its servers do this.
    virtual void misbehave(fakes::Fault fault) = 0;
    virtual std::size_t requests() const = 0;
    virtual int kills(const std::string& id) const = 0;
    /// False for what has no server (a local master): it knows nothing, always answers, and never errs.
    virtual bool has_server() const { return true; }
    virtual bool carries_tags() const { return true; }
    virtual bool keeps_logs() const { return true; }
    /// True when kill() reaches the cluster rather than a process of this host.
    virtual bool kills_there() const { return true; }
    /// Faults that it can show; a fake in memory knows none of HTTP.
    virtual std::vector<fakes::Fault> faults() const { return {fakes::kFaults.begin(), fakes::kFaults.end()}; }
};

using MakeCluster = std::unique_ptr<ClusterUnderContract> (*)();

inline constexpr auto kService = "mms-service";
inline constexpr std::array kStates{ApplicationState::pending, ApplicationState::running, ApplicationState::finished,
                                    ApplicationState::failed,  ApplicationState::killed,  ApplicationState::uncertain};

class ClusterClientContract : public testing::TestWithParam<MakeCluster> {
protected:
    std::unique_ptr<ClusterUnderContract> cluster_{GetParam()()};
    spark::ClusterClient& client_{cluster_->client()};

    std::string put(const std::string& name, ApplicationState state) { return cluster_->put(name, "mmj-" + name, state); }
    ApplicationRef ref(const std::string& name, const std::string& id) const { return {.tag = "mmj-" + name, .id = id}; }
    /// All of a log, as a caller reads it.
    Result<std::string> whole_log(const ApplicationRef& application, LogStream stream) {
        std::string out;
        for (bool end = false; !end;) {
            SW_TRY(const auto piece, client_.read_log(application, stream, out.size()));
            EXPECT_EQ(piece.offset, out.size());
            EXPECT_LE(piece.bytes.size(), spark::kLongestLogPiece);
            out += piece.bytes;
            end = piece.end;
            EXPECT_TRUE(end || !piece.bytes.empty()) << "a piece that neither ends nor goes on";
            end = end || piece.bytes.empty();
        }
        return out;
    }
    static bool says_try_again(const Error& error) { return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout; }
};

TEST_P(ClusterClientContract, ManyApplicationsCostTwoQuestionsAtMost) {
    for (int i = 0; i < 200; ++i) {
        put(std::to_string(i), kStates[static_cast<std::size_t>(i) % (kStates.size() - 1)]);
    }
    const auto before = cluster_->requests();
    const auto found = client_.report(kService, Timestamp{});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_LE(cluster_->requests() - before, 2U);
    EXPECT_EQ(found->size(), cluster_->has_server() ? 200U : 0U);
}

TEST_P(ClusterClientContract, EveryStateIsShownAsWhatItIs) {
    for (const auto state : kStates) {
        const auto name = std::to_string(static_cast<int>(state));
        const auto id = put(name, state);
        const auto one = client_.find(ref(name, id));
        ASSERT_TRUE(one) << one.error().message;
        ASSERT_EQ(one->has_value(), cluster_->has_server()) << name;
        if (*one) {
            EXPECT_EQ((*one)->id, id);
        }
        const auto all = client_.report(kService, Timestamp{});
        ASSERT_TRUE(all);
        for (const auto& seen : *all) {
            if (seen.id == id) {
                EXPECT_EQ(seen.state, state) << seen.word;
                EXPECT_FALSE(seen.word.empty());
                EXPECT_EQ(seen.tag, cluster_->carries_tags() ? "mmj-" + name : "");
            }
        }
    }
}

TEST_P(ClusterClientContract, AnApplicationIsFoundByItsTag) {
    const auto id = put("a", ApplicationState::running);
    put("b", ApplicationState::running);
    EXPECT_EQ(client_.carries_tags(), cluster_->carries_tags());
    const auto found = client_.find({.tag = "mmj-a", .id = ""});
    ASSERT_TRUE(found);
    ASSERT_EQ(found->has_value(), cluster_->carries_tags());
    if (*found) {
        EXPECT_EQ((*found)->id, id);
        EXPECT_EQ((*found)->state, ApplicationState::running);
    }
}

TEST_P(ClusterClientContract, AnUnknownApplicationIsNothingAndStaysNothing) {
    const auto id = put("a", ApplicationState::running);
    cluster_->forget(id);
    for (int i = 0; i < 3; ++i) {
        const auto found = client_.find(ref("a", id));
        ASSERT_TRUE(found) << found.error().message;
        EXPECT_FALSE(found->has_value());
    }
    const auto all = client_.report(kService, Timestamp{});
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_TRUE(all->empty());
}

/// A cluster that cannot say is never one that says "no such application": that would end jobs that run.
TEST_P(ClusterClientContract, NoFaultIsTakenForAnAnswer) {
    const auto id = put("a", ApplicationState::running);
    for (const auto fault : cluster_->faults()) {
        const auto name = static_cast<int>(fault);
        cluster_->misbehave(fault);
        const auto all = client_.report(kService, Timestamp{});
        ASSERT_FALSE(all) << "report under fault " << name << " gives " << all->size();
        EXPECT_TRUE(says_try_again(all.error())) << name << all.error().message;
        EXPECT_FALSE(all.error().message.empty());
        const auto one = client_.find(ref("a", id));
        ASSERT_FALSE(one) << "find under fault " << name;
        EXPECT_TRUE(says_try_again(one.error())) << name << one.error().message;
        const auto facts = client_.probe();
        ASSERT_TRUE(!facts || fault == fakes::Fault::wrong_types) << "probe under fault " << name;
        cluster_->misbehave(fakes::Fault::none);
        const auto again = client_.find(ref("a", id));
        ASSERT_TRUE(again && *again) << "after fault " << name;
    }
}

TEST_P(ClusterClientContract, AKillMayBeRepeatedAndIsNoErrorForWhatHasEnded) {
    const auto id = put("a", ApplicationState::running);
    EXPECT_TRUE(client_.kill(ref("a", id)));
    EXPECT_TRUE(client_.kill(ref("a", id)));
    EXPECT_EQ(cluster_->kills(id), cluster_->kills_there() ? 2 : 0);
    put("a", ApplicationState::killed);
    EXPECT_TRUE(client_.kill(ref("a", id)));
    cluster_->forget(id);
    EXPECT_TRUE(client_.kill(ref("a", id)));
    EXPECT_TRUE(client_.kill({.tag = "mmj-never", .id = ""}));
    for (const auto fault : cluster_->faults()) {
        cluster_->misbehave(fault);
        const auto done = client_.kill(ref("a", id));
        EXPECT_TRUE(done || says_try_again(done.error())) << static_cast<int>(fault) << done.error().message;
    }
}

TEST_P(ClusterClientContract, ALogIsReadInPiecesOfBoundedSize) {
    const auto id = put("a", ApplicationState::running);
    if (!cluster_->keeps_logs()) {
        EXPECT_EQ(client_.read_log(ref("a", id), LogStream::stdout_log, 0).error().code, ErrorCode::not_found);
        return;
    }
    EXPECT_EQ(*whole_log(ref("a", id), LogStream::stdout_log), "");
    std::string expected = "first line\nEnd of LogType:stdout\n==== Bytes 0-1 of 2 of x ====\n";
    cluster_->say(id, LogStream::stdout_log, expected);
    cluster_->say(id, LogStream::stderr_log, "err");
    EXPECT_EQ(*whole_log(ref("a", id), LogStream::stdout_log), expected);
    EXPECT_EQ(*whole_log(ref("a", id), LogStream::stderr_log), "err");
    EXPECT_EQ(client_.read_log(ref("a", id), LogStream::stdout_log, expected.size())->bytes, "");
    std::string large;
    while (large.size() < 3 * spark::kLongestLogPiece) {
        large += fmt::format("line {}\n", large.size());
    }
    cluster_->say(id, LogStream::stdout_log, large);
    const auto more = client_.read_log(ref("a", id), LogStream::stdout_log, expected.size());
    ASSERT_TRUE(more) << more.error().message;
    EXPECT_EQ(large.substr(0, more->bytes.size()), more->bytes);
    EXPECT_FALSE(more->end);
    EXPECT_EQ(*whole_log(ref("a", id), LogStream::stdout_log), expected + large);
}

TEST_P(ClusterClientContract, ALogThatIsNotThereSaysSo) {
    const auto id = put("a", ApplicationState::running);
    cluster_->forget(id);
    EXPECT_EQ(client_.read_log(ref("a", id), LogStream::stderr_log, 0).error().code, ErrorCode::not_found);
}

TEST_P(ClusterClientContract, AProbeNamesTheManagerItsMasterAndTheMode) {
    const auto facts = client_.probe();
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_EQ(json::text_of(*facts, "manager"), client_.manager());
    EXPECT_NE(json::text_of(*facts, "master"), "");
    EXPECT_EQ(json::text_of(*facts, "deployMode"), client_.driver_is_local() ? "client" : "cluster");
}

TEST_P(ClusterClientContract, ManyThreadsMayAskAtOnce) {
    const auto id = put("a", ApplicationState::running);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 25; ++round) {
                EXPECT_TRUE(client_.report(kService, Timestamp{}));
                EXPECT_TRUE(client_.find(ref("a", id)));
                EXPECT_TRUE(client_.kill(ref("a", id)));
            }
        });
    }
}

}  // namespace slipway::contract
