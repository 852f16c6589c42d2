#include "contract/cluster_client_contract.hpp"

#include "adapters/http_client/http_client.hpp"
#include "adapters/spark_cluster/cluster.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/scripted_clusters.hpp"
#include "fakes/spark_peers.hpp"

namespace slipway::contract {
namespace {

/// An adapter of adapters/spark_cluster over HTTP, on a scripted peer where there is one.
class Adapted : public ClusterUnderContract {
public:
    spark::ClusterClient& client() override { return *client_; }

protected:
    void make(spark_cluster::ClusterAddresses addresses) {
        auto made = spark_cluster::make_cluster_client(std::move(addresses), transport_, clock_);
        SW_ASSERT(made.has_value(), "no client");
        client_ = std::move(*made);
    }

private:
    fakes::FakeClock clock_;
    std::unique_ptr<HttpTransport> http_{make_http_client({.proxy_from_environment = false})};
    fakes::ImpatientTransport transport_{*http_};
    std::unique_ptr<spark::ClusterClient> client_;
};

class Local final : public Adapted {
public:
    Local() { make({.master = "local[2]"}); }
    std::string put(const std::string& name, const std::string&, ApplicationState) override { return "local-" + name; }
    void forget(const std::string&) override {}
    void say(const std::string&, LogStream, const std::string&) override {}
    void misbehave(fakes::Fault) override {}
    std::size_t requests() const override { return 0; }
    int kills(const std::string&) const override { return 0; }
    bool has_server() const override { return false; }
    bool carries_tags() const override { return false; }
    bool keeps_logs() const override { return false; }
    bool kills_there() const override { return false; }
    std::vector<fakes::Fault> faults() const override { return {}; }
};

/// The words of either manager for our states, in the order of kStates.
using Words = std::array<std::string_view, kStates.size()>;

template <class Peer>
class Scripted : public Adapted {
public:
    void forget(const std::string& id) override { peer_.known.erase(id); }
    void say(const std::string& id, LogStream stream, const std::string& bytes) override { peer_.known.say(id, stream, bytes); }
    void misbehave(fakes::Fault fault) override { peer_.peer.misbehave(fault); }
    std::size_t requests() const override { return peer_.peer.requests(); }
    int kills(const std::string& id) const override { return peer_.known.all().at(id).kills; }

protected:
    std::string keep(const std::string& id, const std::string& tag, std::string_view word) {
        const auto slash = word.find('/');
        const auto all = peer_.known.all();
        const auto known = all.find(id);
        fakes::KnownApplications::One one;
        if (known != all.end()) {
            one = known->second;
        }
        one.tag = tag;
        one.state = word.substr(0, slash);
        one.final_status = slash == std::string_view::npos ? "" : word.substr(slash + 1);
        peer_.known.put(id, std::move(one));
        return id;
    }
    static std::string_view word_of(const Words& words, ApplicationState state) { return words[static_cast<std::size_t>(state)]; }

    Peer peer_;
};

class Standalone : public Scripted<fakes::StandalonePeer> {
public:
    explicit Standalone(std::string mode) : cluster_{mode == "cluster"} {
        make({.master = "spark://127.0.0.1:7077",
              .deploy_mode = std::move(mode),
              .status_urls = {peer_.peer.url()},
              .history_url = peer_.peer.url(),
              .rest_url = peer_.peer.url()});
    }
    std::string put(const std::string& name, const std::string& tag, ApplicationState state) override {
        static constexpr Words kWords{"WAITING", "RUNNING", "FINISHED", "FAILED", "KILLED", "A-WORD-OF-TOMORROW"};
        return keep((cluster_ ? "driver-" : "app-") + name, tag, word_of(kWords, state));
    }
    bool carries_tags() const override { return false; }
    bool keeps_logs() const override { return cluster_; }
    bool kills_there() const override { return cluster_; }

private:
    const bool cluster_;
};

class Yarn : public Scripted<fakes::YarnPeer> {
public:
    explicit Yarn(std::string mode) { make({.master = "yarn", .deploy_mode = std::move(mode), .status_urls = {peer_.peer.url()}, .user = "svc"}); }
    std::string put(const std::string& name, const std::string& tag, ApplicationState state) override {
        // The ResourceManager lists by state, so that a word of tomorrow is only seen by id.
        static constexpr Words kWords{"ACCEPTED/UNDEFINED", "RUNNING/UNDEFINED", "FINISHED/SUCCEEDED",
                                      "FINISHED/FAILED",    "KILLED/KILLED",     "RUNNING?/UNDEFINED"};
        return keep("application_" + name, tag, word_of(kWords, state));
    }
};

/// The fake that the unit tests of src/spark stand on.
class Fake final : public ClusterUnderContract {
public:
    spark::ClusterClient& client() override { return fake_; }
    std::string put(const std::string& name, const std::string& tag, ApplicationState state) override {
        forget("fake-" + name);
        fake_.applications.push_back({.id = "fake-" + name, .tag = tag, .state = state, .word = "W"});
        return "fake-" + name;
    }
    void forget(const std::string& id) override {
        std::erase_if(fake_.applications, [&](const auto& one) { return one.id == id; });
    }
    void say(const std::string& id, LogStream stream, const std::string& bytes) override { fake_.logs[{id, stream}] += bytes; }
    void misbehave(fakes::Fault fault) override { fake_.away = fault != fakes::Fault::none; }
    std::size_t requests() const override { return fake_.reports + fake_.finds; }
    int kills(const std::string& id) const override {
        for (const auto& one : fake_.applications) {
            if (one.id == id) {
                return static_cast<int>(std::ranges::count(fake_.kills, one.tag));
            }
        }
        return 0;
    }
    std::vector<fakes::Fault> faults() const override { return {fakes::Fault::status_500}; }

    Fake() { fake_.tags = true; }

private:
    fakes::FakeCluster fake_;
};

template <class T>
std::unique_ptr<ClusterUnderContract> make() {
    return std::make_unique<T>();
}
template <class T>
std::unique_ptr<ClusterUnderContract> make_client() {
    return std::make_unique<T>("client");
}
template <class T>
std::unique_ptr<ClusterUnderContract> make_cluster() {
    return std::make_unique<T>("cluster");
}

INSTANTIATE_TEST_SUITE_P(Local, ClusterClientContract, testing::Values(&make<Local>));
INSTANTIATE_TEST_SUITE_P(StandaloneClient, ClusterClientContract, testing::Values(&make_client<Standalone>));
INSTANTIATE_TEST_SUITE_P(StandaloneCluster, ClusterClientContract, testing::Values(&make_cluster<Standalone>));
INSTANTIATE_TEST_SUITE_P(YarnClient, ClusterClientContract, testing::Values(&make_client<Yarn>));
INSTANTIATE_TEST_SUITE_P(YarnCluster, ClusterClientContract, testing::Values(&make_cluster<Yarn>));
INSTANTIATE_TEST_SUITE_P(Fake, ClusterClientContract, testing::Values(&make<Fake>));

/// What only a submission over REST has.
TEST(SubmissionOverRest, AnAnswerThatSaysNothingIsAnUnknownOutcome) {
    Standalone cluster{"cluster"};
    ASSERT_EQ(*cluster.client().create_driver({.application_name = "n", .arguments = {"--master", "spark://x", "f.py"}, .environment = {}}), "driver-1");
    for (const auto fault : fakes::kFaults) {
        cluster.misbehave(fault);
        const auto made = cluster.client().create_driver({.application_name = "n", .arguments = {}, .environment = {}});
        ASSERT_FALSE(made) << static_cast<int>(fault);
        EXPECT_TRUE(made.error().code == ErrorCode::unavailable || made.error().code == ErrorCode::timeout) << static_cast<int>(fault) << made.error().message;
    }
}

TEST(SubmissionOverRest, TheMasterThatIsActiveGetsIt) {
    fakes::StandalonePeer first;
    fakes::StandalonePeer second;
    fakes::FakeClock clock;
    const auto http = make_http_client({.proxy_from_environment = false});
    auto client = *spark_cluster::make_cluster_client(
        {.master = "spark://a:1,b:1", .deploy_mode = "cluster", .status_urls = {first.peer.url()}, .rest_url = first.peer.url() + "," + second.peer.url()},
        *http, clock);
    const auto submit = [&] { return client->create_driver({.application_name = "n", .arguments = {}, .environment = {}}); };
    first.standby = true;
    ASSERT_EQ(submit(), "driver-1");
    EXPECT_TRUE(first.known.all().empty());
    ASSERT_TRUE(client->kill({.tag = "", .id = "driver-1"}));
    EXPECT_EQ(second.known.all().at("driver-1").kills, 1);

    second.standby = true;  // nobody is active: nothing was sent, and a kill has not ended anything
    const auto unsent = submit();
    ASSERT_FALSE(unsent);
    EXPECT_EQ(unsent.error().reason, spark::kNotSent);
    EXPECT_FALSE(client->kill({.tag = "", .id = "driver-1"}));
    EXPECT_FALSE(client->find({.tag = "", .id = "driver-1"}));  // which is no word that it is unknown

    first.standby = false;
    EXPECT_TRUE(submit());
    EXPECT_EQ(first.known.all().size(), 1U);
}

TEST(LogOverHttp, AHeadOfMoreBytesThanWereAskedForIsNoAnswer) {
    fakes::StandalonePeer peer;
    const auto http = make_http_client({.proxy_from_environment = false});
    const fakes::FakeClock clock;
    const auto client = *spark_cluster::make_cluster_client(
        {.master = "spark://a:1", .deploy_mode = "cluster", .status_urls = {peer.peer.url()}, .rest_url = peer.peer.url()}, *http, clock);
    peer.known.put("driver-1", {.tag = "", .state = "RUNNING", .final_status = "", .log = {"text", ""}});
    for (const auto* range : {"0-18446744073709551615 of 1", "0-99999999999 of 99999999999", "0-1048577 of 1048577"}) {
        peer.log_head = fmt::format("==== Bytes {} of /work/driver-1 ====\n", range);
        const auto piece = client->read_log({.tag = "", .id = "driver-1"}, LogStream::stdout_log, 0);
        ASSERT_FALSE(piece) << range;
        EXPECT_EQ(piece.error().code, ErrorCode::unavailable) << range;
    }
    peer.log_head.clear();
    const auto piece = client->read_log({.tag = "", .id = "driver-1"}, LogStream::stdout_log, 0);
    ASSERT_TRUE(piece) << piece.error().message;
    EXPECT_EQ(piece->bytes, "text");
}

/// A word of a manager, what it says of the end, and what both are to us.
struct WordCase {
    std::string_view word;
    std::string_view final_word;
    ApplicationState state;
};

/// All pairs that YARN has, and one that it has not. Until FINISHED nothing has ended, whatever the final status says by then.
TEST(WordsOfYarn, AreEachShownAsWhatTheyAre) {
    using enum ApplicationState;
    constexpr auto kCases = std::to_array<WordCase>({
        {"NEW", "UNDEFINED", pending},       {"NEW_SAVING", "UNDEFINED", pending}, {"SUBMITTED", "UNDEFINED", pending},
        {"ACCEPTED", "UNDEFINED", pending},  {"RUNNING", "UNDEFINED", running},    {"RUNNING", "SUCCEEDED", running},
        {"RUNNING", "FAILED", running},      {"RUNNING", "KILLED", running},       {"FINISHING", "UNDEFINED", running},
        {"FINISHING", "SUCCEEDED", running}, {"FINISHING", "FAILED", running},     {"FINISHING", "KILLED", running},
        {"FINISHED", "SUCCEEDED", finished}, {"FINISHED", "FAILED", failed},       {"FINISHED", "KILLED", killed},
        {"FAILED", "UNDEFINED", failed},     {"FAILED", "FAILED", failed},         {"FAILED", "SUCCEEDED", failed},
        {"FAILED", "KILLED", failed},        {"KILLED", "UNDEFINED", killed},      {"KILLED", "KILLED", killed},
        {"KILLED", "SUCCEEDED", killed},     {"KILLED", "FAILED", killed},         {"A-WORD-OF-TOMORROW", "UNDEFINED", uncertain},
    });
    fakes::YarnPeer peer;
    const auto http = make_http_client({.proxy_from_environment = false});
    const fakes::FakeClock clock;
    const auto client = *spark_cluster::make_cluster_client({.master = "yarn", .deploy_mode = "cluster", .status_urls = {peer.peer.url()}}, *http, clock);
    for (const auto& one : kCases) {
        peer.known.put("application_1", {.tag = "mmj-of-a-1", .state = std::string{one.word}, .final_status = std::string{one.final_word}});
        const auto found = client->find({.tag = "", .id = "application_1"});
        ASSERT_TRUE(found && *found) << one.word;
        EXPECT_EQ((*found)->state, one.state) << one.word << '/' << one.final_word;
        EXPECT_EQ((*found)->word, fmt::format("{}/{}", one.word, one.final_word));
    }
}

/// Of applications (client mode) and of drivers (cluster mode).
TEST(WordsOfStandalone, AreEachShownAsWhatTheyAre) {
    using enum ApplicationState;
    constexpr auto kCases = std::to_array<WordCase>({
        {"WAITING", "", pending},
        {"SUBMITTED", "", pending},
        {"RELAUNCHING", "", pending},
        {"RUNNING", "", running},
        {"FINISHED", "", finished},
        {"FAILED", "", failed},
        {"ERROR", "", failed},
        {"KILLED", "", killed},
        {"UNKNOWN", "", uncertain},
        {"A-WORD-OF-TOMORROW", "", uncertain},
    });
    fakes::StandalonePeer peer;
    const auto http = make_http_client({.proxy_from_environment = false});
    const fakes::FakeClock clock;
    for (const auto* mode : {"client", "cluster"}) {
        const auto client = *spark_cluster::make_cluster_client(
            {.master = "spark://a:1", .deploy_mode = mode, .status_urls = {peer.peer.url()}, .rest_url = peer.peer.url()}, *http, clock);
        const std::string id = mode == std::string_view{"client"} ? "app-1" : "driver-1";
        for (const auto& one : kCases) {
            peer.known.put(id, {.tag = "", .state = std::string{one.word}, .final_status = ""});
            const auto reports = client->report("", {});
            ASSERT_TRUE(reports) << reports.error().message;
            ASSERT_EQ(reports->size(), 1U);
            EXPECT_EQ(reports->front().state, one.state) << mode << ' ' << one.word;
        }
    }
}

TEST(TimesOfYarn, AnApplicationSaysWhenItHasEnded) {
    fakes::YarnPeer peer;
    const auto http = make_http_client({.proxy_from_environment = false});
    const fakes::FakeClock clock;
    const auto client = *spark_cluster::make_cluster_client({.master = "yarn", .deploy_mode = "cluster", .status_urls = {peer.peer.url()}}, *http, clock);
    for (const auto* state : {"RUNNING", "KILLED"}) {
        peer.known.put("application_1", {.tag = "mmj-a", .state = state, .final_status = "UNDEFINED"});
        const auto all = client->report("mms-service", Timestamp{});
        const auto one = client->find({.tag = "mmj-a", .id = "application_1"});
        ASSERT_TRUE(all && one && *one && all->size() == 1);
        EXPECT_EQ((*one)->finished_ms, std::string_view{state} == "KILLED" ? 1'795'633'200'000 : 0);
        EXPECT_EQ(all->front().finished_ms, (*one)->finished_ms);
    }
}

/// Whoever writes a tag of another job beside his own (a model can, in its own settings) shows neither as his.
TEST(TagsOfYarn, TwoTagsOfOursNameNobody) {
    fakes::YarnPeer peer;
    const auto http = make_http_client({.proxy_from_environment = false});
    const fakes::FakeClock clock;
    const auto client = *spark_cluster::make_cluster_client({.master = "yarn", .deploy_mode = "cluster", .status_urls = {peer.peer.url()}}, *http, clock);
    peer.known.put("application_1", {.tag = "a-team,mmj-of-a-1", .state = "RUNNING", .final_status = "UNDEFINED"});
    peer.known.put("application_2", {.tag = "mmj-of-a-1,mmj-of-b-1", .state = "RUNNING", .final_status = "UNDEFINED"});
    const auto reports = client->report("mms-service", {});
    ASSERT_TRUE(reports) << reports.error().message;
    ASSERT_EQ(reports->size(), 2U);
    EXPECT_EQ(reports->at(0).tag, "mmj-of-a-1");
    EXPECT_EQ(reports->at(1).tag, "");
    EXPECT_EQ(client->find({.tag = "mmj-of-b-1", .id = ""}).value(), std::nullopt);
    EXPECT_TRUE(client->kill({.tag = "mmj-of-b-1", .id = ""}));
    EXPECT_EQ(peer.known.all().at("application_2").kills, 0) << "it is the run of another job";
}

/// A result that cannot be read is not a result that is not there: the function may have returned.
TEST(WebHdfs, NoFaultIsTakenForAMissingFile) {
    fakes::ScriptedPeer peer{
        [](const auto&) { return fakes::http_answer(404, R"({"RemoteException":{"exception":"FileNotFoundException","message":"File does not exist"}})"); },
        R"({"FileStatuses":[],"Location":7})"};
    const auto http = make_http_client({.proxy_from_environment = false});
    fakes::ImpatientTransport transport{*http};
    const auto store = spark_cluster::make_webhdfs_store({peer.url()}, "svc", transport);
    const auto take = [](std::string_view) { return true; };
    EXPECT_EQ(store->list("hdfs:///a").error().code, ErrorCode::not_found);
    EXPECT_EQ(store->read("hdfs:///a", 0, take).error().code, ErrorCode::not_found);
    for (const auto fault : fakes::kFaults) {
        if (fault == fakes::Fault::half_json) {
            continue;  // half of a 404 is no case of its own
        }
        peer.misbehave(fault);
        const auto listed = store->list("hdfs:///a");
        ASSERT_FALSE(listed) << static_cast<int>(fault);
        EXPECT_TRUE(listed.error().code == ErrorCode::unavailable || listed.error().code == ErrorCode::timeout) << static_cast<int>(fault);
        const auto read = store->read("hdfs:///a", 0, take);
        ASSERT_FALSE(read) << static_cast<int>(fault);
        EXPECT_TRUE(read.error().code == ErrorCode::unavailable || read.error().code == ErrorCode::timeout) << static_cast<int>(fault);
    }
}

/// It has no name with a colon, for example, and never will.
TEST(WebHdfs, WhatItRefusesIsNotAskedForAgain) {
    fakes::ScriptedPeer peer{[](const auto&) {
                                 return fakes::http_answer(
                                     400,
                                     R"({"RemoteException":{"exception":"InvalidPathException","message":"Invalid path name Invalid file name: /s/a:b"}})");
                             },
                             "{}"};
    const auto http = make_http_client({.proxy_from_environment = false});
    const auto store = spark_cluster::make_webhdfs_store({peer.url()}, "svc", *http);
    const auto written = store->write("hdfs:///s/a:b", "text");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::failed_precondition);
    EXPECT_TRUE(written.error().message.contains("Invalid file name: /s/a:b")) << written.error().message;
}

}  // namespace
}  // namespace slipway::contract
