#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "insight/why.hpp"
#include "registry/approvals.hpp"
#include "registry/registry.hpp"
#include "sagemaker/aws_wait.hpp"

namespace slipway::insight {

using sagemaker::names_refused_key;

/// Reads what is recorded of an object and answers why it is not as people want it. Writes nothing. Thread-safe once it is built.
class Why {
public:
    /// What another part knows of a snapshot, in the same read.
    using Source = std::function<Result<MoreFacts>(store::Session& sql, const store::Entity& snapshot)>;

    /// Both must outlive it.
    Why(registry::Registry& registry, const registry::Approvals& approvals) : registry_{registry}, approvals_{approvals} {}

    /// The one place where life cycles add their facts. Before the first question only.
    void add_source(Source source) { sources_.push_back(std::move(source)); }

    /// @return `not_found` for what `who` may not see.
    Result<Answer> snapshot(store::Session& sql, const identity::Principal& who, std::string_view id) const;
    Result<Answer> job(store::Session& sql, const identity::Principal& who, std::string_view id) const;

private:
    registry::Registry& registry_;
    const registry::Approvals& approvals_;
    std::vector<Source> sources_;
};

}  // namespace slipway::insight
