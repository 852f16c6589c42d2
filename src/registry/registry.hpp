#pragma once

#include <memory>
#include <vector>

#include "registry/collection.hpp"
#include "registry/operations.hpp"

namespace slipway::registry {

/// All collections of model-manage. Built once by apps/wiring; thread-safe.
class Registry {
public:
    explicit Registry(const Foundation& foundation);
    ~Registry();

    /// In the order of the API's root listing.
    const std::vector<Collection*>& collections() const { return order_; }
    /// By REST name (`storedModels`; `engines` is `runtimes`). Aborts for an unknown name.
    Collection& collection(std::string_view name) const;
    Operations& operations() { return operations_; }
    const Foundation& foundation() const { return foundation_; }

private:
    Foundation foundation_;
    std::vector<std::unique_ptr<Collection>> owned_;
    std::vector<Collection*> order_;
    Operations operations_;
};

}  // namespace slipway::registry
