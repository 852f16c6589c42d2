#include <algorithm>
#include <fmt/format.h>

#include "insight/why.hpp"

namespace slipway::insight {
namespace {

std::string page(std::string_view kind, const std::string& id) {
    return fmt::format("#/{}/{}", kind, id);
}

/// `2026-11-27 07:12 UTC`
std::string minute(Timestamp time) {
    auto text = to_iso(time).substr(0, 16);
    text[10] = ' ';
    return text + " UTC";
}

class JobAnswer {
public:
    explicit JobAnswer(const JobFacts& facts) : facts_{facts} {}

    Answer make() {
        out_ = {.id = facts_.id, .kind = "job", .question = "Why has this job not started?"};
        fact({.code = "STATUS_" + facts_.status, .message = fmt::format("The job is {}.", facts_.status), .since = since()});
        if (!facts_.cancelled_by.empty()) {
            fact({.code = "CANCEL_REQUESTED", .message = fmt::format("{} asked for it to be cancelled.", facts_.cancelled_by), .since = facts_.cancel_asked});
        }
        if (!facts_.aws_trouble.empty()) {
            fact({.code = "AWS_TROUBLE", .message = facts_.aws_trouble});
        }
        if (facts_.status == "CREATED") {
            created();
        } else if (facts_.status == "WAITING") {
            waiting();
        } else if (facts_.status == "RUNNING") {
            running();
        } else {
            ended();
        }
        return std::move(out_);
    }

private:
    std::optional<Timestamp> since() const { return facts_.began ? facts_.began : facts_.submitted ? facts_.submitted : std::optional{facts_.created}; }
    void fact(Fact fact) { out_.facts.push_back(std::move(fact)); }
    void step(NextStep step) { out_.next.push_back(std::move(step)); }
    const EngineFacts& engine() const { return facts_.engine; }
    Reference runtime() const { return {.kind = "runtime", .id = engine().id}; }
    void look_at_runtime(std::string message) {
        step({.message = std::move(message), .cli = fmt::format("slipway runtime show {}", engine().id), .href = page("runtimes", engine().id)});
    }

    void created() {
        if (!facts_.owner.empty()) {
            claimed();
        } else if (engine().id.empty()) {
            no_runtime();
        } else if (engine().state.empty()) {
            unknown_runtime();
        } else if (engine().state == "REMOVED") {
            removed();
        } else if (engine().state == "OFFLINE") {
            offline();
        } else {
            in_line();
        }
    }

    void claimed() {
        out_.answer = fmt::format("The runtime {} has taken it and prepares it.", engine().name);
        fact({.code = "CLAIMED", .message = fmt::format("Claimed by the instance {}.", facts_.owner), .ref = runtime()});
        last_contact();
        if (is_owner_gone()) {
            owner_gone("Give it back, so that it can be taken again.", "");
            return;
        }
        if (told_silence("has taken it", "Where it is gone for good, give the job back, so that it can be taken again.", "")) {
            return;
        }
        if (!engine().reason.empty()) {
            out_.answer = fmt::format("The runtime {} has taken it, but launches nothing: {}", engine().name, engine().reason);
            runtime_says();
        } else if (!facts_.waits.empty()) {
            out_.answer = fmt::format("The runtime {} has taken it. {}", engine().name, facts_.waits);
            fact({.code = "RUNTIME_WAITS", .message = facts_.waits, .ref = runtime()});
        }
        step({.message = "Wait a moment, and follow it.", .cli = fmt::format("slipway job watch {}", facts_.id), .href = page("jobs", facts_.id)});
    }

    /// A runtime that was killed a moment ago is held for ONLINE still.
    void last_contact() {
        if (!facts_.sagemaker && engine().last_contact) {
            fact({.code = "LAST_CONTACT", .message = fmt::format("{} was last heard of.", engine().name), .since = engine().last_contact, .ref = runtime()});
        }
    }

    /// Of a runtime that has the job and is OFFLINE or REMOVED. One that gives a reason lives and comes back by itself; one that is silent may never do.
    bool told_silence(std::string_view did, std::string give_back, std::string_view flags) {
        if (engine().state != "OFFLINE" && engine().state != "REMOVED") {
            return false;
        }
        const auto& reason = engine().reason;
        out_.answer = reason.empty() ? fmt::format("{} {}, and is not heard of any more: since then nobody knows.", engine().name, did)
                                     : fmt::format("{} {}, but its cluster cannot be used: {}", engine().name, did, reason);
        fact({.code = "RUNTIME_" + engine().state,
              .message = reason.empty() ? fmt::format("The runtime {} says nothing.", engine().name) : reason,
              .since = engine().last_contact,
              .ref = runtime()});
        look_at_runtime(reason.empty() ? "Start the runtime: it finds the job again."
                                       : "Mend that: the runtime comes back by itself, and finds the job again.");
        if (reason.empty() && !facts_.owner.empty()) {
            reassign(std::move(give_back), flags);
        }
        return true;
    }
    static constexpr std::string_view kGiveBack = "Where it is gone for good, make sure that nothing of the job runs on the cluster, then give it back.";
    void reassign(std::string message, std::string_view flags) {
        step({.message = std::move(message), .cli = fmt::format("slipway job reassign {} {}--reason '…'", facts_.id, flags), .href = page("jobs", facts_.id)});
    }

    /// One that took itself out because of its cluster comes back by itself, and then takes what waits for it.
    void removed() {
        const auto& reason = engine().reason;
        out_.answer = reason.empty() ? fmt::format("Its runtime {} was removed: nobody takes it any more.", engine().name)
                                     : fmt::format("Its runtime {} takes no jobs: {}", engine().name, reason);
        fact({.code = "RUNTIME_REMOVED",
              .message = reason.empty() ? fmt::format("The runtime {} was removed.", engine().name) : reason,
              .since = engine().last_contact,
              .ref = runtime()});
        if (reason.empty()) {
            step({.message = "Start that runtime again. For another one, cancel this job, then make it anew.", .cli = "slipway runtime list"});
        } else {
            look_at_runtime("Where the service runs it comes back by itself once that is mended, else start it: then it takes the job.");
            step({.message = "For another runtime, cancel this job, then make it anew: else both would run it.",
                  .cli = fmt::format("slipway job cancel {}", facts_.id)});
        }
    }

    /// Its runtime is run by another instance now, which does not know of it.
    bool is_owner_gone() const { return !facts_.owner.empty() && !engine().instance.empty() && engine().instance != facts_.owner; }
    void owner_gone(std::string message, std::string_view flags) {
        out_.answer = fmt::format("It was taken by an instance of {} that runs no more{}.", engine().name, flags.empty() ? "" : ": nobody follows it");
        fact({.code = "OWNER_GONE", .message = fmt::format("The runtime is run by the instance {} now.", engine().instance), .ref = runtime()});
        reassign(std::move(message), flags);
    }
    /// What was handed to the cluster may run there still.
    bool told_owner_gone() {
        if (!is_owner_gone()) {
            return false;
        }
        owner_gone("Start that instance with its data directory again; or make sure that nothing of the job runs on the cluster, then give it back.",
                   "--force ");
        return true;
    }

    void no_runtime() {
        if (facts_.sagemaker) {
            not_in_sagemaker();
            return;
        }
        const auto type = engine().type.empty() ? std::string{"any type"} : engine().type;
        out_.answer = fmt::format("No runtime of {} that the group {} may use is enrolled.", type, facts_.group);
        fact({.code = "NO_RUNTIME", .message = fmt::format("The job is bound to no runtime; it wants {}.", type)});
        step({.message = "Start a runtime: the job is bound to the first that enrols.", .cli = "slipway spark-runtime --config FILE", .href = "#/runtimes"});
    }

    /// Jobs in SageMaker are bound to no runtime: the server itself asks AWS.
    void not_in_sagemaker() {
        if (facts_.aws_trouble.empty()) {
            out_.answer = "It has not been asked of SageMaker yet.";
            step({.message = "Wait a moment, and follow it.", .cli = fmt::format("slipway job watch {}", facts_.id), .href = page("jobs", facts_.id)});
            return;
        }
        out_.answer = fmt::format("SageMaker has not confirmed it yet: {}", facts_.aws_trouble);
        step({.message = "Mend that: it is tried again by itself.", .cli = "slipway credential list", .href = page("jobs", facts_.id)});
    }

    /// Named, but not enrolled, or not to be seen by who asks.
    void unknown_runtime() {
        const auto name = engine().name.empty() ? engine().id : engine().name;
        if (!engine().other_group.empty()) {
            of_another_group(name);
            return;
        }
        out_.answer = engine().hidden ? fmt::format("No runtime called {} is enrolled that you may see.", name)
                                      : fmt::format("No runtime called {} is enrolled for the group {}.", name, facts_.group);
        fact({.code = "RUNTIME_UNKNOWN", .message = fmt::format("The job is for {} alone: it waits until that runtime enrols.", name)});
        step({.message = "Start that runtime, or make the job anew for one that is there.", .cli = "slipway runtime list", .href = "#/runtimes"});
    }

    void of_another_group(const std::string& name) {
        out_.answer = fmt::format("The runtime {} belongs to the group {}; this job is of the group {}, for which none of that name is enrolled.", name,
                                  engine().other_group, facts_.group);
        fact({.code = "RUNTIME_OF_ANOTHER_GROUP",
              .message = fmt::format("The runtime {} of the group {} takes jobs of its own group alone.", name, engine().other_group),
              .ref = Reference{.kind = "runtime", .id = engine().other_id}});
        step({.message = fmt::format("Make the job anew in the group {}, or for a runtime of the group {}.", engine().other_group, facts_.group),
              .cli = "slipway runtime list",
              .href = "#/runtimes"});
    }

    void offline() {
        out_.answer = fmt::format("It waits for the runtime {}, which is offline{}.", engine().name,
                                  engine().offline_since ? " since " + minute(*engine().offline_since) : "");
        fact({.code = "RUNTIME_OFFLINE",
              .message = engine().reason.empty() ? fmt::format("The runtime {} says nothing.", engine().name)
                                                 : fmt::format("The runtime {} is offline: {}", engine().name, engine().reason),
              .since = engine().offline_since ? engine().offline_since : engine().last_contact,
              .ref = runtime()});
        look_at_runtime("Start the runtime, or see why it says nothing.");
    }

    void in_line() {
        out_.answer = facts_.before > 0 ? fmt::format("It waits for its turn at {}: {} before it.", engine().name,
                                                      facts_.before == 1 ? std::string{"one job is"} : fmt::format("{} jobs are", facts_.before))
                                        : fmt::format("The runtime {} is about to take it.", engine().name);
        fact({.code = "IN_LINE",
              .message = fmt::format("{} is {}; {} jobs wait before this one.", engine().name, engine().state, facts_.before),
              .ref = runtime()});
        if (!engine().reason.empty()) {
            out_.answer = fmt::format("Its runtime {} takes nothing: {}", engine().name, engine().reason);
            runtime_says();
        }
        look_at_runtime("See what the runtime does.");
    }
    void runtime_says() { fact({.code = "RUNTIME_SAYS", .message = engine().reason, .since = engine().last_contact, .ref = runtime()}); }

    void waiting() {
        out_.answer = facts_.sagemaker ? std::string{"SageMaker has taken it and prepares its instances."}
                                       : fmt::format("{} has submitted it; nothing has said yet that it runs.", engine().name);
        fact({.code = "SUBMITTED",
              .message = facts_.sagemaker ? "It was handed over and waits for resources."
                                          : "It was handed over: it waits for room on the cluster, or its program is on its way to a Spark session.",
              .since = facts_.submitted});
        last_contact();
        tell_forgotten();
        if (told_owner_gone() || told_silence("has submitted it", std::string{kGiveBack}, "--force ") || told_no_worker()) {
            return;
        }
        step({.message = facts_.tracking_url.empty() ? "Follow it." : "See what the cluster waits for.",
              .cli = fmt::format("slipway job watch {}", facts_.id),
              .href = facts_.tracking_url.empty() ? page("jobs", facts_.id) : facts_.tracking_url});
    }

    /// The cluster has lost its application, and its runtime says how long that is waited for. What it waited for earlier is over.
    bool is_forgotten() const { return facts_.waits.starts_with("Waits for the cluster to know "); }
    void tell_forgotten() {
        if (is_forgotten()) {
            out_.answer += " " + facts_.waits;
            fact({.code = "RUNTIME_WAITS", .message = facts_.waits, .ref = runtime()});
        }
    }

    /// What was submitted starts only once the cluster can be used again.
    bool told_no_worker() {
        if (engine().workers && *engine().workers == 0) {
            out_.answer = fmt::format("{} has submitted it; no worker of the cluster is alive.", engine().name);
            fact({.code = "NO_WORKER", .message = "The cluster's master counts no worker that is alive.", .since = engine().last_contact, .ref = runtime()});
            look_at_runtime("Start a worker of the cluster: then the job begins by itself.");
            return true;
        }
        return false;
    }

    void running() {
        out_.question = "Why does this job still run?";
        out_.answer = !facts_.cancelled_by.empty() ? "It runs until what runs it has confirmed that it is cancelled."
                      : is_forgotten()             ? "It has started and runs, as far as is known."
                                                   : "It has started and runs.";
        last_contact();
        tell_forgotten();
        if (told_owner_gone() || told_silence("was running it", std::string{kGiveBack}, "--force ")) {
            return;
        }
        step({.message = "Follow it.", .cli = fmt::format("slipway job watch {}", facts_.id), .href = page("jobs", facts_.id)});
    }

    void ended() {
        out_.question = "How did this job end?";
        if (facts_.status == "COMPLETE") {
            out_.answer = "It has started and ended well.";
        } else if (facts_.status == "CANCELLED") {
            out_.answer = facts_.cancelled_by.empty() ? "It was cancelled." : fmt::format("It was cancelled: {} asked for it.", facts_.cancelled_by);
        } else {
            out_.answer = facts_.failure.empty() ? "It failed, and nobody said why." : fmt::format("It failed: {}", facts_.failure);
            fact({.code = "FAILED", .message = out_.answer});
            if (!facts_.sagemaker) {
                step({.message = "Read its log.", .cli = fmt::format("slipway job logs {}", facts_.id), .href = page("jobs", facts_.id)});
                step({.message = "Mend that, and run it again.", .cli = fmt::format("slipway job retry {}", facts_.id)});
            } else if (!facts_.reached_aws) {
                fact({.code = "NEVER_IN_AWS", .message = "SageMaker has made no such job, so there is no log of it."});
                step({.message = "Mend what it says (grant the permission, choose another name), then run it again.",
                      .cli = fmt::format("slipway job retry {}", facts_.id),
                      .href = page("jobs", facts_.id)});
            } else {
                step({.message = "Read its log in AWS.", .href = facts_.logs_url.empty() ? page("jobs", facts_.id) : facts_.logs_url});
            }
        }
    }

    const JobFacts& facts_;
    Answer out_;
};

/// `2026/11/26 15:04:06 ` stands before every message.
std::string_view without_time(std::string_view message) {
    constexpr std::string_view kShape = "0000/00/00 00:00:00 ";
    const bool timed = message.size() > kShape.size() && std::ranges::equal(message.substr(0, kShape.size()), kShape, [](char found, char wanted) {
                           return wanted == '0' ? found >= '0' && found <= '9' : found == wanted;
                       });
    return timed ? message.substr(kShape.size()) : message;
}

/// The runtime's last word begins with how long it took: `Failed after 4.4 s: `.
std::string_view without_duration(std::string_view message) {
    const auto colon = message.find(": ");
    return message.starts_with("Failed after ") && colon != std::string_view::npos ? message.substr(colon + 2) : message;
}

}  // namespace

std::string waits_of(const json::object& job) {
    const auto* messages = json::array_of(job, "jobMessages");
    const auto last = messages != nullptr && !messages->empty() && messages->back().is_string() ? without_time(messages->back().get_string()) : "";
    return last.starts_with("Waits for ") ? std::string{last} : std::string{};
}

std::string failure_of(const json::object& job) {
    if (const auto* aws = json::object_of(job, "sageMaker"); aws != nullptr && !json::text_of(*aws, "failureReason").empty()) {
        return std::string{json::text_of(*aws, "failureReason")};
    }
    const auto* messages = json::array_of(job, "jobMessages");
    const auto last = messages != nullptr && !messages->empty() && messages->back().is_string() ? without_time(messages->back().get_string()) : "";
    // The runtime's word on the end is its last message as well, unless that was lost, or is about something else.
    const auto reason = json::text_of(job, "statusReason");
    if (!reason.empty() && !last.starts_with("Failed after ") && !last.starts_with("Stopped after ")) {
        return std::string{without_duration(reason)};
    }
    if (!last.empty()) {
        return std::string{without_duration(last)};
    }
    const auto result = json::text_of(job, "jobResult");
    return result == "FAILURE" ? std::string{} : std::string{result};
}

Answer why_not_started(const JobFacts& facts) {
    return JobAnswer{facts}.make();
}

}  // namespace slipway::insight
