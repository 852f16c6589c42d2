#pragma once

#include <map>
#include <string>
#include <vector>

#include "sagemaker/fill.hpp"
#include "sagemaker/progress.hpp"
#include "sagemaker/registrar.hpp"

namespace slipway::sagemaker {

/// An imported model that a cycle keeps up to date.
struct SyncTarget {
    std::string stored_model_id;
    std::string group;
    std::string model_name;  ///< AWS's
    std::string arn;
    std::optional<Timestamp> created;
    bool gone{false};  ///< AWS has it no more
};

/// What the syncer remembers of an account and region from cycle to cycle.
struct SyncMemory {
    bool whole{true};                   ///< register everything: the first cycle, and the one behind a failed one
    std::map<std::string, int> missed;  ///< by stored model: complete listings in a row without it
    std::size_t models_listed{0};       ///< by the last listing
    std::size_t configurations_known{0};
};

/// One look at an account and region with one credential, for the models that it serves: brings the index up to date, then writes what changed.
class SyncRun {
public:
    /// @param reconcile looks at everything, also at what seldom changes. @param reader as reader_name() of the credential.
    SyncRun(store::Store& store, Index& index, IndexScope scope, SageMakerApi& api, Progress& progress, FanOut& fan, std::string reader, SyncMemory& memory,
            bool reconcile);

    /// @return an error when the work was halted or the database failed; what AWS refuses is named in the progress.
    Result<void> run(const std::vector<SyncTarget>& targets);
    /// Rows, by group.
    const std::map<std::string, std::int64_t>& written() const { return written_; }
    bool moving() const { return moving_; }

private:
    Result<void> read(const std::vector<SyncTarget>& targets);
    Result<void> read_models(const std::vector<SyncTarget>& targets);
    Result<void> write(const SyncTarget& target);
    Result<void> find_moving(const std::vector<SyncTarget>& targets);

    store::Store& store_;
    Index& index_;
    IndexScope scope_;
    SageMakerApi& api_;
    Progress& progress_;
    FanOut& fan_;
    std::string credential_;
    SyncMemory& memory_;
    const bool reconcile_;
    Reader reader_;
    Filler filler_;
    std::map<std::string, std::int64_t> written_;
    bool moving_{false};
};

}  // namespace slipway::sagemaker
