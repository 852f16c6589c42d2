#include <fmt/format.h>
#include <iterator>
#include <utility>

#include "insight/why.hpp"

namespace slipway::insight {
namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words) {
        (out += out.empty() ? "" : ", ") += word;
    }
    return out;
}

std::string page(std::string_view kind, const std::string& id) {
    return fmt::format("#/{}/{}", kind, id);
}

/// Asks one question after the other; the first that something stands in the way of is the answer, the others are facts beside it.
class SnapshotAnswer {
public:
    explicit SnapshotAnswer(const SnapshotFacts& facts) : facts_{facts} {}

    Answer make() {
        out_ = {.id = facts_.id,
                .kind = "deployableModel",
                .question = facts_.deployed ? fmt::format("Is {} deployed?", facts_.name) : fmt::format("Why is {} not deployed?", facts_.name)};
        if (facts_.deployed) {
            deployed(*facts_.deployed);
            another_run(*facts_.deployed);
            return std::move(out_);
        }
        if (!facts_.sagemaker) {
            say("Only snapshots of SageMaker models are put on endpoints; this one is run as jobs.");
            fact({.code = "NOT_SAGEMAKER", .message = "The snapshot is of no SageMaker model."});
            step({.message = "Run it as a job.", .cli = fmt::format("slipway job create --snapshot {} --from ADDRESS --to ADDRESS", facts_.name)});
            return std::move(out_);
        }
        const bool ticket_is_news =
            facts_.ticket && (!facts_.run || (facts_.ticket->decided ? *facts_.ticket->decided : facts_.ticket->asked) >= facts_.run->since);
        run_under_way();
        gone();
        sibling();
        const bool life_cycle_is_news = is_newest(facts_.more);
        if (life_cycle_is_news) {
            life_cycle();
        }
        if (ticket_is_news) {
            ticket();
            ended_run();
        } else {
            ended_run();
            ticket();
        }
        if (!life_cycle_is_news) {
            life_cycle();
        }
        missing_assets();
        nobody_asked();
        return std::move(out_);
    }

private:
    /// Whether the life cycle came to what it says after the last decision and the last deployment, as after a start anew. An open ticket and a deployment
    /// under way are now.
    bool is_newest(const MoreFacts& more) const {
        const bool before_ticket = facts_.ticket && (!facts_.ticket->decided || *facts_.ticket->decided >= more.since);
        const bool before_run = facts_.run && (facts_.run->live || facts_.run->since >= more.since);
        return more.since && !before_ticket && !before_run;
    }

    void say(std::string answer) {
        if (out_.answer.empty()) {
            out_.answer = std::move(answer);
            leads_ = true;
        } else {
            leads_ = false;
        }
    }
    void fact(Fact fact) { out_.facts.push_back(std::move(fact)); }
    /// Only what leads has a next step: two ways at once lead nowhere.
    void step(NextStep step) {
        if (leads_) {
            out_.next.push_back(std::move(step));
        }
    }

    void deployed(const DeployedFacts& deployed) {
        const bool online = deployed.runtime_state == "ONLINE" || deployed.runtime_state.empty();
        const bool changes = online && (deployed.aws_status == "Updating" || deployed.aws_status == "RollingBack");
        say(changes ? fmt::format("It is deployed: the endpoint {} serves it until AWS, which changes the endpoint right now ({}), is done.", deployed.endpoint,
                                  deployed.aws_status)
            : online ? fmt::format("It is deployed: the endpoint {} serves it.", deployed.endpoint)
                     : fmt::format("It is deployed on the endpoint {}, which is {}.", deployed.endpoint, deployed.runtime_state));
        fact({.code = "DEPLOYED",
              .message = fmt::format("Deployed on {}.", deployed.endpoint),
              .since = deployed.since,
              .ref = Reference{.kind = "deployedModel", .id = deployed.id}});
        if (!online || changes) {
            fact({.code = changes ? "ENDPOINT_CHANGES" : "RUNTIME_" + deployed.runtime_state,
                  .message = fmt::format("The endpoint {} is {}.", deployed.endpoint, changes ? deployed.aws_status : deployed.runtime_state),
                  .ref = Reference{.kind = "runtime", .id = deployed.runtime_id}});
            step({.message = "Look at the endpoint.",
                  .cli = fmt::format("slipway runtime show {}", deployed.runtime_id),
                  .href = page("runtimes", deployed.runtime_id)});
        }
    }

    /// A second deployment that is under way, or came to no endpoint since, is told beside the one in service. What failed before that is past.
    void another_run(const DeployedFacts& deployed) {
        if (!facts_.run || facts_.run->deployed_model_id == deployed.id) {
            return;
        }
        if (!facts_.run->live && facts_.run->since <= deployed.since) {  // one whose time is not known is older than anything
            return;
        }
        const auto served = std::exchange(out_.answer, {});
        run_under_way();
        const auto& state = facts_.run->state;
        if (state == "FAILED" || state == "CONFLICT" || state == "TIMED_OUT") {
            ended_run();
            if (state == "FAILED" && !facts_.run->undeploys) {
                out_.answer = fmt::format("Its last deployment, to {}, failed: {}", facts_.run->endpoint, reason_of(*facts_.run));
            }
        }
        out_.answer = out_.answer.empty() ? served : fmt::format("{} {}", served, out_.answer);
    }

    std::string deploy_to(const std::string& endpoint) const {
        return endpoint.empty() ? fmt::format("slipway deploy {}", facts_.id) : fmt::format("slipway deploy {} --endpoint {}", facts_.id, endpoint);
    }

    void run_under_way() {
        if (!facts_.run || !facts_.run->live) {
            return;
        }
        const auto& run = *facts_.run;
        const auto doing = run.undeploys ? "removed" : "made";
        say(run.why.empty() ? fmt::format("The endpoint {} is being {} right now ({}).", run.endpoint, doing, run.aws_state.empty() ? run.state : run.aws_state)
                            : fmt::format("The endpoint {} is being {}, and waits: {}", run.endpoint, doing, run.why));
        fact({.code = "UNDER_WAY",
              .message = fmt::format("The deployment is {}{}.", run.state, run.aws_state.empty() ? "" : ", AWS says " + run.aws_state),
              .since = run.since,
              .ref = Reference{.kind = "operation", .id = run.operation_id}});
        if (run.key_refused) {
            fact({.code = "CREDENTIAL_REFUSED", .message = "AWS refuses the credential that it is asked with."});
            step({.message = "Replace the credential: it goes on by itself then.", .cli = "slipway credential list", .href = "#/credentials"});
        } else {
            step({.message = "Follow it.",
                  .cli = fmt::format("slipway operation wait {}", run.operation_id),
                  .href = page("deployments", run.deployed_model_id)});
        }
        if (!run.why.empty() && run.made_nothing) {
            step({.message = "Or give it up.",
                  .cli = fmt::format("slipway operation cancel {}", run.operation_id),
                  .href = page("deployments", run.deployed_model_id)});
        }
    }

    void gone() {
        if (facts_.gone) {
            say("Its endpoint configuration was deleted in AWS: it can be deployed no more.");
            fact({.code = "CONFIGURATION_GONE", .message = "The endpoint configuration is no more in AWS."});
            if (facts_.made_again.empty()) {
                step({.message = "Make another snapshot of the model and deploy that one."});
            } else {
                step({.message = "Deploy the snapshot of the configuration that was made under its name since.",
                      .cli = fmt::format("slipway deploy {}", facts_.made_again),
                      .href = page("snapshots", facts_.made_again)});
            }
        }
    }

    void sibling() {
        if (!facts_.rejected_sibling.empty()) {
            say(fmt::format("{}, another model of the same endpoint configuration, was rejected: deploying this one would put both on the endpoint.",
                            facts_.rejected_sibling));
            fact({.code = "SIBLING_REJECTED", .message = fmt::format("{} was rejected.", facts_.rejected_sibling)});
            step({.message = "Make a configuration without the rejected model, or have it approved."});
        }
    }

    void ended_run() {
        if (!facts_.run || facts_.run->live) {
            return;
        }
        const auto& run = *facts_.run;
        const auto why = reason_of(run);
        fact({.code = "DEPLOYMENT_" + run.state,
              .message = run.state == "UNDEPLOYED" || run.state == "DEPLOYED" ? how_it_was_served(run)
                         : run.state == "FAILED" && !run.undeploys            ? fmt::format("The last deployment, to {}, failed: {}", run.endpoint, why)
                                                                              : fmt::format("{} {}", how_it_ended(run), why),
              .since = run.since,
              .ref = Reference{.kind = "deployedModel", .id = run.deployed_model_id}});
        if (run.state == "UNDEPLOYED" || run.state == "DEPLOYED") {
            say(how_it_was_served(run));
            step({.message = "Deploy it again.", .cli = fmt::format("slipway deploy {}", facts_.id), .href = page("snapshots", facts_.id)});
            return;
        }
        say(run.state == "CANCELLED" ? how_it_ended(run) : fmt::format("{} {}", how_it_ended(run), why));
        after_failure(run);
    }

    /// Of one that served it and does no more, whoever ended that.
    static std::string how_it_was_served(const RunFacts& run) {
        if (run.state == "DEPLOYED") {
            return fmt::format("It was deployed on {}, and is no more: the endpoint was removed, or was given another configuration.", run.endpoint);
        }
        return run.why.empty() ? fmt::format("It was undeployed from {}.", run.endpoint)
                               : fmt::format("It was deployed on {} until {}. {}", run.endpoint, to_iso(run.since), run.why);
    }

    static std::string reason_of(const RunFacts& run) { return run.why.empty() ? std::string{"AWS gave no reason."} : run.why; }

    /// In the words of the deployment's own page.
    static std::string how_it_ended(const RunFacts& run) {
        if (run.state == "CANCELLED") {
            return "Its last deployment was cancelled before AWS made an endpoint.";
        }
        if (run.state == "TIMED_OUT") {
            return fmt::format("Its last deployment, to {}, was given up:", run.endpoint);
        }
        if (run.undeploys) {
            return run.state == "CONFLICT" ? fmt::format("{} was left alone: what is in AWS under its name is not what was deployed.", run.endpoint)
                                           : fmt::format("Undeploying {} failed:", run.endpoint);
        }
        return run.state == "CONFLICT" ? "Its last deployment was stopped: AWS holds something else than what was asked for." : "Its last deployment failed:";
    }

    /// The endpoint that failed keeps its name in AWS until it is removed; one that is somebody else's is left alone.
    void after_failure(const RunFacts& run) {
        if (!run.permission.empty()) {
            fact({.code = "PERMISSION_MISSING", .message = fmt::format("AWS refused {}.", run.permission)});
        }
        if ((run.state == "CONFLICT" || run.taken) && run.named) {
            step({.message = "Deploy it under another name.",
                  .cli = fmt::format("slipway deploy {} --endpoint NAME", facts_.id),
                  .href = page("deployments", run.deployed_model_id)});
            return;
        }
        if (run.left && run.named) {
            step({.message = fmt::format("Remove what is left of {} in AWS: its name is taken until then.", run.endpoint),
                  .cli = fmt::format("slipway undeploy {}", run.deployed_model_id),
                  .href = page("deployments", run.deployed_model_id)});
        }
        if (run.key_refused) {
            fact({.code = "CREDENTIAL_REFUSED", .message = "AWS refuses the credential that it is asked with."});
        }
        step({.message = run.key_refused            ? std::string{"Replace the credential, then deploy it again."}
                         : !run.permission.empty()  ? fmt::format("Grant {} to the credential, then deploy again.", run.permission)
                         : run.state == "CANCELLED" ? std::string{"Deploy it again."}
                                                    : std::string{"Mend that, then deploy it again."},
              .cli = run.named ? deploy_to(run.endpoint) : deploy_to({}),
              .href = page("deployments", run.deployed_model_id)});
    }

    void ticket() {
        if (!facts_.ticket) {
            return;
        }
        const auto& ticket = *facts_.ticket;
        const Reference ref{.kind = "notification", .id = ticket.id};
        if (ticket.decision.empty()) {
            open_ticket(ticket, ref);
            return;
        }
        const auto comment = ticket.comment.empty() ? std::string{} : fmt::format(" “{}”", ticket.comment);
        fact({.code = "TICKET_" + ticket.decision,
              .message = fmt::format("{} by {}.{}", ticket.decision, ticket.decided_by, comment),
              .since = ticket.decided,
              .ref = ref});
        if (ticket.decision == "APPROVED") {
            say(fmt::format("It is approved by {}, but nobody has deployed it since.", ticket.decided_by));
            step({.message = "Deploy exactly what was approved.", .cli = deploy_to(ticket.endpoint), .href = page("tickets", ticket.id)});
        } else {
            say(ticket.decision == "REJECTED"  ? fmt::format("It was rejected by {}.{}", ticket.decided_by, comment)
                : ticket.decision == "EXPIRED" ? std::string{"Nobody decided on it in time: its ticket expired."}
                                               : std::string{"Its ticket was cancelled."});
            step({.message = ticket.decision == "REJECTED" ? "Mend what was found, then ask for it again." : "Ask for it again.",
                  .cli = deploy_to(ticket.endpoint),
                  .href = page("tickets", ticket.id)});
        }
    }

    void open_ticket(const TicketFacts& ticket, const Reference& ref) {
        fact({.code = "TICKET_OPEN",
              .message = ticket.elsewhere
                             ? fmt::format("The ticket is decided in {}.", ticket.issue_key.empty() ? "Jira, where its issue is being made" : ticket.issue_key)
                             : std::string{"The ticket waits for its decision here."},
              .since = ticket.asked,
              .ref = ref});
        if (!ticket.problem.empty()) {
            say(ticket.problem);
            fact({.code = "TICKET_PROBLEM", .message = ticket.problem, .ref = ref});
            step({.message = "Mend that, then it goes on by itself.",
                  .cli = fmt::format("slipway ticket {} {}", ticket.asks_again ? "recheck" : "show", ticket.id),
                  .href = page("tickets", ticket.id)});
        } else if (ticket.elsewhere) {
            say(ticket.issue_key.empty() ? std::string{"It waits for an approval, whose issue in Jira is being made."}
                                         : fmt::format("It waits for an approval in {}.", ticket.issue_key));
            step({.message = ticket.issue_key.empty() ? "Wait for the issue." : fmt::format("Have {} decided.", ticket.issue_key),
                  .href = ticket.issue_link.empty() ? page("tickets", ticket.id) : ticket.issue_link});
        } else {
            const auto who = ticket.approvers.empty() ? fmt::format("whoever may execute in {}", facts_.group) : "members of " + joined(ticket.approvers);
            say("It waits for an approval.");
            step({.message = fmt::format("Have it decided by {}.", who),
                  .cli = fmt::format("slipway ticket approve {}", ticket.id),
                  .href = page("tickets", ticket.id)});
        }
        if (ticket.earlier) {
            earlier_approval(*ticket.earlier);
        }
    }

    void earlier_approval(const EarlierApproval& earlier) {
        const auto where = earlier.endpoint.empty() ? std::string{"an endpoint that Slipway names"} : "the endpoint " + earlier.endpoint;
        fact({.code = "APPROVED_BEFORE",
              .message = fmt::format("{} approved it for {}.", earlier.decided_by, where),
              .since = earlier.decided,
              .ref = Reference{.kind = "notification", .id = earlier.id}});
        step({.message = fmt::format("Or deploy what was approved before, on {}: that waits for nobody while nothing in it has changed.", where),
              .cli = deploy_to(earlier.endpoint),
              .href = page("tickets", earlier.id)});
    }

    void life_cycle() {
        std::ranges::copy(facts_.more.facts, std::back_inserter(out_.facts));
        if (!facts_.more.answer.empty()) {
            say(facts_.more.answer);
            for (const auto& next : facts_.more.next) {
                step(next);
            }
        }
    }

    void missing_assets() {
        if (!facts_.missing_assets.empty()) {
            fact({.code = "ASSETS_MISSING", .message = fmt::format("Missing: {}.", joined(facts_.missing_assets))});
        }
    }

    void nobody_asked() {
        if (!out_.answer.empty()) {
            return;
        }
        say(facts_.approval_required ? "Nobody has asked for it yet, and it needs an approval." : "Nobody has asked for it yet.");
        fact({.code = "NOT_ASKED_FOR", .message = "There is no deployment and no ticket of this snapshot."});
        step({.message = facts_.approval_required ? "Ask for it: that opens the ticket." : "Deploy it.",
              .cli = fmt::format("slipway deploy {}", facts_.id),
              .href = page("snapshots", facts_.id)});
    }

    const SnapshotFacts& facts_;
    Answer out_;
    bool leads_{false};
};

}  // namespace

Answer why_not_deployed(const SnapshotFacts& facts) {
    return SnapshotAnswer{facts}.make();
}

}  // namespace slipway::insight
