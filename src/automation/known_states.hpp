#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "lifecycle/instance.hpp"

namespace slipway::automation {

/// States of instances as they were written or read last, so that the next step need not parse them again. The database stays the only truth: a state is
/// taken from here only for the very text that was read in the transaction that uses it, so nothing here can be out of date, and a rollback needs no word.
/// Bounded: the older half goes when it is full. Thread-safe.
class KnownStates {
public:
    explicit KnownStates(std::size_t most_bytes = std::size_t{4} << 20) : most_bytes_{most_bytes} {}

    /// The state whose text is `document`; it is given away.
    std::optional<lifecycle::Instance> take(const std::string& id, std::string_view document);
    void keep(const std::string& id, std::string document, lifecycle::Instance instance);

private:
    struct Known {
        std::string document;
        lifecycle::Instance instance;
    };
    using States = std::unordered_map<std::string, Known>;

    const std::size_t most_bytes_;  ///< of documents; the states themselves take some times as much
    std::mutex mutex_;
    States young_;
    States old_;
    std::size_t young_bytes_{0};
};

}  // namespace slipway::automation
