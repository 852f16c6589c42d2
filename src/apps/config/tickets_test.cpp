#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/config/load.hpp"

namespace slipway::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Loaded load_text(std::string_view text, const Environment& environment = {}) {
    Loaded loaded;
    std::vector<ConfigFault> faults;
    read_file_settings(text, "slipway.yaml", loaded.settings, faults);
    read_environment_settings(environment, loaded.settings, faults);
    loaded.config = make_config(loaded.settings, environment, faults, loaded.warnings);
    for (const auto& fault : faults) {
        loaded.faults.push_back(fault.text);
    }
    return loaded;
}

constexpr std::string_view kCloud =
    "tickets: {system: jira, fourEyes: true, remindEvery: P1D, jira: {baseUrl: 'https://example.atlassian.net/', email: a@example.com, project: MRM, "
    "webhookSecret: w}}\n";

TEST(TicketSettings, AreDecidedHereByDefault) {
    const auto loaded = load_text("");
    EXPECT_FALSE(loaded.config.jira);
    EXPECT_EQ(loaded.config.approvals.assignment, "BUILTIN_NOTIFICATION_ASSIGNMENT");
    EXPECT_EQ(loaded.config.approvals.remind_every, std::chrono::days{3});
}

TEST(TicketSettings, OfTheCloud) {
    const auto loaded = load_text(kCloud, {{"SLIPWAY_TICKETS__JIRA__APITOKEN", "t0ken"}});
    EXPECT_THAT(loaded.faults, IsEmpty());
    ASSERT_TRUE(loaded.config.jira);
    EXPECT_EQ(loaded.config.jira->base_url, "https://example.atlassian.net");
    EXPECT_EQ(loaded.config.jira->token.reveal(), "t0ken");
    EXPECT_EQ(loaded.config.jira->issue_type, "Task");
    EXPECT_EQ(loaded.config.approvals.assignment, "JIRA_NOTIFICATION_ASSIGNMENT");
    EXPECT_EQ(loaded.config.approvals.remind_every, std::chrono::days{1});
    const auto& remote = loaded.config.remote_tickets;
    EXPECT_THAT(remote.rules.approved.statuses, ElementsAre("Done", "Approved"));
    EXPECT_THAT(remote.rules.rejected.resolutions, ElementsAre("Won't Do", "Declined"));
    EXPECT_TRUE(remote.rules.four_eyes);
    EXPECT_EQ(remote.poll_interval, std::chrono::seconds{30});
    EXPECT_EQ(remote.index_delay, std::chrono::seconds{120});
    EXPECT_EQ(loaded.config.jira_webhook_secret.reveal(), "w");
    EXPECT_EQ(show(loaded, false).find("t0ken"), std::string::npos);
}

TEST(TicketSettings, NameThePeopleBehindAccountsOfTheCloud) {
    const auto bare = load_text(std::string{kCloud} + "tickets.jira.apiToken: t\n");
    EXPECT_TRUE(bare.config.remote_tickets.rules.accounts_alone);
    EXPECT_THAT(bare.warnings, Contains(HasSubstr("tickets.jira.accounts")));
    const auto named = load_text(std::string{kCloud} + "tickets.jira.apiToken: t\ntickets.jira.accounts: {'712020:ab-cd': ravi}\n");
    EXPECT_THAT(named.faults, IsEmpty());
    EXPECT_EQ(named.config.remote_tickets.rules.accounts.at("712020:ab-cd"), "ravi");
    EXPECT_THAT(named.warnings, IsEmpty());
}

TEST(TicketSettings, AListThatIsWrittenEmptyIsEmpty) {
    const auto loaded = load_text(std::string{kCloud} + "tickets.jira.apiToken: t\ntickets.jira.approved.statuses: []\n");
    EXPECT_THAT(loaded.config.remote_tickets.rules.approved.statuses, IsEmpty());
    EXPECT_THAT(loaded.config.remote_tickets.rules.approved.resolutions, ElementsAre("Done"));
}

TEST(TicketSettings, SayWhatIsMissingOrCannotBe) {
    EXPECT_THAT(load_text(kCloud).faults, ElementsAre(HasSubstr("tickets.jira.apiToken: is needed")));
    EXPECT_THAT(load_text("tickets: {system: jira, jira: {flavor: datacenter, baseUrl: 'https://j', project: M}}").faults,
                ElementsAre(HasSubstr("tickets.jira.personalAccessToken: is needed")));
    EXPECT_THAT(load_text(std::string{kCloud} + "tickets.jira.apiToken: t\ntickets.jira.rejected.statuses: [Done]\n").faults,
                Contains(HasSubstr("is among approved.statuses as well")));
    EXPECT_THAT(
        load_text("tickets: {system: jira, jira: {flavor: datacenter, baseUrl: 'http://jira.example.com', project: M, personalAccessToken: t}}").warnings,
        Contains(HasSubstr("in clear")));
    EXPECT_THAT(
        load_text("tickets: {system: jira, jira: {flavor: datacenter, baseUrl: 'http://127.example.com', project: M, personalAccessToken: t}}").warnings,
        Contains(HasSubstr("in clear")));
    EXPECT_THAT(
        load_text("tickets: {system: jira, jira: {flavor: datacenter, baseUrl: 'http://127.0.0.1:8080/jira', project: M, personalAccessToken: t}}").warnings,
        IsEmpty());
}

}  // namespace
}  // namespace slipway::config
