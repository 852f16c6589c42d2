#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "registry/operations.hpp"
#include "sagemaker/api.hpp"

namespace slipway::sagemaker {

/// How a stage ends that meets this failure.
registry::StageOutcome outcome_of(const AwsError& error);

/// The running operation as others see it (one without an id is nobody's: it is kept in memory alone): counts, ledger, time left, problems. Saved at most once
/// a second (each save is one event), and at its end. Not thread-safe but for cancelled().
class Progress {
public:
    Progress(registry::Operations& operations, store::Store& store, registry::Operation operation, const std::atomic<bool>& stopping);

    registry::Operation& operation() { return operation_; }
    CallLedger& ledger() { return ledger_; }
    /// True when somebody cancelled, or the server stops; goes into CallOptions.
    std::atomic<bool>& halt() { return halt_; }
    bool stopping() const { return stopping_; }
    Timestamp now() const { return store_.clock().now(); }
    Steady steady() const { return store_.clock().steady(); }
    bool cancelled() const { return operation_.cancel_requested || asked_; }
    /// Somebody cancelled. From any thread.
    void ask_cancel() {
        asked_ = true;
        halt_ = true;
    }

    /// Forgets what a run before a restart counted in the stage `name`, but shows no less than it did: what this run need not look at again counts as done.
    void begin_anew(std::string_view name);
    /// Makes `name` the stage that the following calls mean.
    void enter(std::string_view name);
    /// The stage has ended: well, or as its problems say.
    void end_stage();
    /// How much there is to do in this stage cannot be told: it has no total from now on.
    void unknown_total();
    void add_total(std::int64_t count);
    void add_done(std::int64_t count = 1);
    /// Known already: done without a call.
    void add_skipped(std::int64_t count);
    void note(std::string text);
    /// Of the stage that was entered, in this run.
    const std::optional<std::int64_t>& stage_total() { return counted_[stage().name].total; }
    /// Tags of `count` objects of the stage are read from now on: the stage says so, and they count in the time left.
    void begin_tags(std::size_t count);
    void tags_read();
    void end_tags();
    /// Says how many objects of the stage are the model's, unless it has something worse to say.
    void note_own(std::size_t count);
    /// Names what is missing and why, once for each stage, operation and code; the stage ends as that says. Tags that cannot be read are the stage `tags`'s.
    void problem(const AwsError& error);
    void problem(const std::string& operation, const Error& error);

    /// Saves when a second has passed, and learns of a cancellation. @param now_ at once, for what must not be lost.
    Result<void> save(bool now_ = false);
    /// Ends the operation, and tells people what needs them (notices.hpp).
    Result<void> finish(registry::OperationState state);

private:
    struct Counts {
        std::int64_t done{0};
        std::optional<std::int64_t> total{};
    };
    registry::OperationStage& stage();
    /// Brings what this run counted, and what an earlier one did, into the stage.
    void show_counts();
    /// @return the stage that it is the trouble of.
    std::string blame(const AwsError& error);
    void update();
    Result<void> write(bool announce);

    registry::Operations& operations_;
    store::Store& store_;
    registry::Operation operation_;
    const std::atomic<bool>& stopping_;
    CallLedger ledger_;
    CallLedger::Totals before_;  ///< of earlier runs of this operation, before a restart
    std::atomic<bool> halt_{false};
    std::atomic<bool> asked_{false};
    std::size_t stage_{0};
    Counts tags_;                                                          ///< being read
    std::optional<std::string> said_;                                      ///< by the stage before that
    std::map<std::string, registry::StageOutcome, std::less<>> troubles_;  ///< by stage
    std::set<std::string, std::less<>> boundless_;                         ///< stages without a total
    std::map<std::string, Counts, std::less<>> counted_;                   ///< by stage, in this run
    std::map<std::string, Counts, std::less<>> earlier_;                   ///< by stage, before a restart
    Steady started_;
    std::optional<Steady> saved_;
    std::optional<Steady> announced_;
};

}  // namespace slipway::sagemaker
