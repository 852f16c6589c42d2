#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "spark/registry_client.hpp"

namespace slipway::fakes {

/// model-manage in memory, with its rules for claims, attempts and statuses. `away` makes every call fail. Thread-safe.
class FakeRegistry final : public spark::RegistryClient {
public:
    struct Job {
        std::int64_t version{0};
        std::string status{"CREATED"};
        std::string owner;
        bool cancel_requested{false};
        json::object document;
        std::vector<spark::AttemptRecord> attempts;
        std::vector<std::string> messages;
        std::int64_t last_seq{0};
        std::string log[2];
    };
    std::map<std::string, Job> jobs;
    std::vector<json::object> test_results;
    std::vector<std::string> states;   ///< of heartbeats
    std::vector<std::string> reasons;  ///< with them
    bool away{false};
    bool name_in_use{false};
    bool enrolled{false};
    bool refuse_attempts{false};
    std::function<void(Job&)> before_attempt;                     ///< what happens while an attempt is on its way
    std::function<void(Job&)> before_claim;                       ///< likewise, a claim
    int lost_claims{0};                                           ///< so many are made, and their answers lost
    int lost_questions{0};                                        ///< so many for attempts are not answered
    std::set<std::string> hidden;                                 ///< jobs that we may not see
    ErrorCode hidden_as{ErrorCode::not_found};                    ///< how that is said
    std::vector<std::string> contents;                            ///< what was asked for, as `job/asset`
    std::function<std::string(const json::object&)> wrong_words;  ///< what is invalid in a patch; nothing or empty: all is well
    std::function<bool(const json::object&)> lost_patches;        ///< which patches do not arrive; may be empty
    std::optional<ErrorCode> refuse_test_results;                 ///< what the answer to a test result is
    std::optional<ErrorCode> refuse_contents;                     ///< likewise, to a question for embedded content
    std::map<std::string, Error> refused_credentials;             ///< by job
    std::map<std::string, std::map<std::string, std::map<std::string, Secret>>> kept_credentials;  ///< likewise
    std::optional<ErrorCode> refuse_documents;
    std::map<std::string, Error> refused_claims;  ///< by job
    std::size_t claims{0};
    std::size_t content_size{0};                         ///< of every embedded content; 0: a few words
    std::function<void()> before_work;                   ///< of the question for work
    std::function<void(const std::string&)> before_job;  ///< of a question for one job, or for its attempts; outside of the lock
    std::function<void()> before_release;                ///< outside of the lock
    Milliseconds longest_release{0};                     ///< the most that one had
    Milliseconds last_release{0};                        ///< what the last one had
    std::size_t pushes{0};
    std::size_t work_questions{0};
    std::size_t enrolments{0};

    Result<json::object> enrol(const spark::Enrolment& enrolment) override {
        ++enrolments;
        SW_CHECK(reachable());
        if (name_in_use) {
            return fail(ErrorCode::conflict, "NAME_IN_USE", "Another instance lives under the name.");
        }
        enrolled = true;
        return json::object{{"engineType", "SPARK_RUNTIME"}, {"name", enrolment.name}};
    }
    Result<void> heartbeat(const spark::Enrolment&, std::string_view state, const json::object&, std::string_view reason) override {
        SW_CHECK(reachable());
        if (!enrolled) {
            return fail(ErrorCode::not_found, "NOT_ENROLLED", "Enrol again.");
        }
        states.emplace_back(state);
        reasons.emplace_back(reason);
        return {};
    }
    Result<spark::WorkAnswer> work(const spark::Enrolment& enrolment) override {
        if (before_work) {
            before_work();
        }
        const std::lock_guard lock{mutex_};
        ++work_questions;
        SW_CHECK(reachable());
        std::vector<spark::WorkItem> out;
        for (const auto& [id, job] : jobs) {
            const bool free = job.status == "CREATED" && job.owner.empty();
            const bool ours = job.owner == enrolment.instance_id && !is_over(job);
            if ((free || ours) && !hidden.contains(id)) {
                out.push_back({id, job.version, job.status, job.owner, job.cancel_requested});
            }
        }
        if (!answered_ || *answered_ != out) {  // else nothing was modified: the same object
            answered_ = std::make_shared<const std::vector<spark::WorkItem>>(std::move(out));
        }
        return answered_;
    }
    Result<spark::JobDocument> job(const std::string& id) override {
        if (before_job) {
            before_job(id);
        }
        const std::lock_guard lock{mutex_};
        SW_CHECK(shown(id));
        if (refuse_documents) {
            return fail(*refuse_documents, "REFUSED", "no such document");
        }
        return spark::JobDocument{jobs.at(id).version, jobs.at(id).document};
    }
    Result<std::string> content(const std::string& job_id, const std::string& asset_id) override {
        const std::lock_guard lock{mutex_};
        contents.push_back(job_id + "/" + asset_id);
        if (refuse_contents) {
            return fail(*refuse_contents, "REFUSED", "no such content");
        }
        return content_size > 0 ? std::string(content_size, 'x') : "content of " + asset_id;
    }
    Result<std::map<std::string, std::map<std::string, Secret>>> credentials(const std::string& id) override {
        SW_CHECK(reachable());
        if (const auto refused = refused_credentials.find(id); refused != refused_credentials.end()) {
            return std::unexpected(refused->second);
        }
        return kept_credentials.contains(id) ? kept_credentials.at(id) : std::map<std::string, std::map<std::string, Secret>>{};
    }
    Result<std::int64_t> claim(const std::string& id, std::int64_t version, const std::string& instance) override {
        const std::lock_guard lock{mutex_};
        SW_CHECK(reachable());
        ++claims;
        if (const auto refused = refused_claims.find(id); refused != refused_claims.end()) {
            return std::unexpected(refused->second);
        }
        auto& job = jobs.at(id);
        if (before_claim) {
            std::exchange(before_claim, {})(job);
        }
        if (job.version != version || !job.owner.empty()) {
            return fail(ErrorCode::conflict, "CLAIMED", "Somebody was first.");
        }
        job.owner = instance;
        job.document["owner"] = instance;
        ++job.version;
        return lost_claims-- > 0 ? Result<std::int64_t>{fail(ErrorCode::timeout, "TIMEOUT", "No answer.")} : job.version;
    }
    Result<void> release(const std::string& id, Milliseconds patience) override {
        {
            const std::lock_guard lock{mutex_};
            longest_release = std::max(longest_release, patience);
            last_release = patience;
        }
        if (before_release) {
            before_release();
        }
        const std::lock_guard lock{mutex_};
        SW_CHECK(shown(id));
        auto& job = jobs.at(id);
        if (!job.attempts.empty() || job.cancel_requested || job.status != "CREATED") {
            return fail(ErrorCode::conflict, "ATTEMPT_RECORDED", "It stays with its owner.");
        }
        job.owner.clear();
        job.document.erase("owner");
        ++job.version;
        job.last_seq = 0;
        return {};
    }
    Result<void> record_attempt(const std::string& id, const spark::AttemptRecord& attempt) override {
        const std::lock_guard lock{mutex_};
        SW_CHECK(reachable());
        auto& job = jobs.at(id);
        if (before_attempt) {
            before_attempt(job);
        }
        if (refuse_attempts) {
            return fail(ErrorCode::conflict, "ALREADY_ENDED", "The job ended.");
        }
        if (job.cancel_requested) {
            return fail(ErrorCode::conflict, "CANCEL_REQUESTED", "It is to be cancelled.");
        }
        if (job.owner != attempt.owner) {
            return fail(ErrorCode::forbidden, "NOT_THE_OWNER", "It is another's.");
        }
        for (const auto& known : job.attempts) {
            if (known.attempt == attempt.attempt) {
                return fail(ErrorCode::conflict, "ATTEMPT_EXISTS", "It is recorded.");
            }
        }
        job.attempts.push_back({.attempt = attempt.attempt, .tag = attempt.tag, .owner = job.owner});
        return {};
    }
    Result<std::vector<spark::AttemptRecord>> attempts(const std::string& id) override {
        if (before_job) {
            before_job(id);
        }
        const std::lock_guard lock{mutex_};
        SW_CHECK(shown(id));
        if (lost_questions-- > 0) {
            return fail(ErrorCode::timeout, "TIMEOUT", "No answer.");
        }
        return jobs.at(id).attempts;
    }
    Result<void> push(const std::string& id, const json::object& patch) override {
        const std::lock_guard lock{mutex_};
        ++pushes;
        SW_CHECK(shown(id));
        if (lost_patches && lost_patches(patch)) {
            return fail(ErrorCode::unavailable, "AWAY", "model-manage is away.");
        }
        auto& job = jobs.at(id);
        if (const auto wrong = wrong_words ? wrong_words(patch) : ""; !wrong.empty()) {
            return fail(ErrorCode::invalid_argument, "INVALID", wrong);
        }
        const std::string status{json::text_of(patch, "jobStatus")};
        if (!status.empty() && is_over(job) && status != job.status) {
            return fail(ErrorCode::conflict, "ALREADY_ENDED", "It has ended.");
        }
        if (!status.empty()) {
            job.status = status;
        }
        for (const auto& [name, value] : patch) {
            job.document[name] = value;
        }
        ++job.version;
        return {};
    }
    Result<void> add_messages(const std::string& id, std::int64_t seq, const std::vector<std::string>& lines) override {
        const std::lock_guard lock{mutex_};
        SW_CHECK(shown(id));
        auto& job = jobs.at(id);
        if (seq > job.last_seq) {
            job.last_seq = seq;
            job.messages.insert(job.messages.end(), lines.begin(), lines.end());
        }
        return {};
    }
    Result<std::uint64_t> append_log(const std::string& id, spark::LogStream stream, std::uint64_t offset, std::string_view bytes) override {
        const std::lock_guard lock{mutex_};
        SW_CHECK(shown(id));
        auto& log = jobs.at(id).log[stream == spark::LogStream::stdout_log ? 0 : 1];
        if (offset == log.size()) {
            log += bytes;
        }
        return log.size();
    }
    Result<void> add_test_result(const std::string&, const json::object& result) override {
        const std::lock_guard lock{mutex_};
        SW_CHECK(reachable());
        if (refuse_test_results) {
            return fail(*refuse_test_results, "REFUSED", "no such result");
        }
        test_results.push_back(result);
        return {};
    }

    static bool is_over(const Job& job) { return job.status == "COMPLETE" || job.status == "ERROR" || job.status == "CANCELLED"; }

private:
    Result<void> reachable() const { return away ? Result<void>{fail(ErrorCode::unavailable, "AWAY", "model-manage is away.")} : Result<void>{}; }
    Result<void> shown(const std::string& id) const { return hidden.contains(id) ? Result<void>{fail(hidden_as, "HIDDEN", "No such job.")} : reachable(); }
    std::mutex mutex_;
    spark::WorkAnswer answered_;
};

}  // namespace slipway::fakes
