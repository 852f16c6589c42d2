#include "base/secret.hpp"

#include <sodium.h>

namespace slipway {

void Secret::wipe() {
    if (!value_.empty()) {
        sodium_memzero(value_.data(), value_.size());
    }
}

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) {
        wipe();
        value_ = other.value_;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        value_ = std::move(other.value_);
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace slipway
