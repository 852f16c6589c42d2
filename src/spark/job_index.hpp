#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "spark/live_job.hpp"

namespace slipway::spark {

/// The jobs in memory, and the lists in which each stands: a cycle costs what has changed, not what runs. Whoever changes a job calls settle() before others
/// go by the lists. Not thread-safe: everything here is guarded by the monitor's lock.
class JobIndex {
public:
    using Job = std::shared_ptr<LiveJob>;

    explicit JobIndex(const ClusterClient& cluster) : cluster_{cluster} {}

    /// @return false when there is one of that id.
    bool add(const std::string& id, Job job);
    void remove(const std::string& id);
    /// nullptr where there is none.
    Job find(const std::string& id) const;
    /// Brings the lists in line with what the job is now. One that is busy stands in none of them, and counts as what it was when it was given away.
    void settle(const Job& job);

    /// Jobs whose next work follows from what is known, the first that may be worked on before the others. nullptr: none before `now`.
    Job next_due(Steady now) const;
    /// The oldest job that waits for a slot alone. nullptr: none.
    Job next_waiting() const { return waiting_.empty() ? nullptr : *waiting_.begin(); }
    /// The job whose log on the cluster was read the longest ago. nullptr: none before `now`.
    Job next_tail(Steady now) const;
    /// The job on the cluster whose result was looked for the longest ago. nullptr: none before `now`.
    Job next_return(Steady now) const;
    /// True when glances between two cycles have something to do.
    bool is_restless() const { return !due_.empty() || !waiting_.empty() || !processes_.empty(); }

    struct ById {
        bool operator()(const Job& one, const Job& other) const { return one->standing.id < other->standing.id; }
    };
    using Jobs = std::set<Job, ById>;
    /// Every job.
    const std::unordered_map<std::string, Job>& all() const { return all_; }
    /// The journal is behind.
    const Jobs& noted() const { return noted_; }
    /// They may have a process on this host that changes something.
    const Jobs& processes() const { return processes_; }
    /// They run, and only their application on the cluster, which is known, can change anything.
    const Jobs& firm() const { return firm_; }
    /// They run otherwise: each cycle looks at them.
    const Jobs& loose() const { return loose_; }
    /// The firm one with an application. nullptr: none.
    Job firm_with(const std::string& application_id) const;
    /// True when a job other than `job` has that application.
    bool is_of_another(const LiveJob& job, const std::string& application_id) const;

    std::size_t slots() const { return slots_; }
    /// Drivers that live on this host, or are about to.
    std::size_t drivers() const { return drivers_; }
    /// Of the jobs that wait for a slot alone, those to which nobody has said so.
    const Jobs& unexplained() const { return unexplained_; }
    const std::map<JobPhase, std::size_t>& by_phase() const { return by_phase_; }
    /// How many are claimed or about to be, and wait for nothing but a slot.
    std::size_t ahead() const;
    /// How many may be running somewhere.
    std::size_t in_flight() const { return launches_.size(); }
    /// When the first of those was launched (epoch ms); only while there are any.
    std::int64_t oldest_launch() const { return *launches_.begin(); }
    /// Jobs that model-manage must name as ours, when it was asked after the claim.
    std::size_t claimed() const { return claimed_; }

private:
    struct Earlier {
        bool operator()(const Job& one, const Job& other) const {
            return std::tie(one->standing.not_before, one->standing.id) < std::tie(other->standing.not_before, other->standing.id);
        }
    };
    /// By when it is its turn.
    template <Steady JobStanding::* Turn>
    struct LongerAgo {
        bool operator()(const Job& one, const Job& other) const {
            return std::tie(one->standing.*Turn, one->standing.id) < std::tie(other->standing.*Turn, other->standing.id);
        }
    };
    JobStanding standing_of(const LiveJob& job) const;
    void enter(const Job& job);
    void leave(const Job& job);

    const ClusterClient& cluster_;
    std::unordered_map<std::string, Job> all_;
    std::unordered_multimap<std::string, Job> by_application_;
    std::set<Job, Earlier> due_;
    std::set<Job, LongerAgo<&JobStanding::next_tail>> tails_;
    std::set<Job, LongerAgo<&JobStanding::next_return>> returns_;
    Jobs waiting_;
    Jobs unexplained_;
    Jobs noted_;
    Jobs processes_;
    Jobs firm_;
    Jobs loose_;
    std::multiset<std::int64_t> launches_;
    std::map<JobPhase, std::size_t> by_phase_;
    std::size_t slots_{0};
    std::size_t drivers_{0};
    std::size_t claimed_{0};
};

}  // namespace slipway::spark
