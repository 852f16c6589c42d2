#include "base/back_off.hpp"

#include <random>

namespace slipway {

double any_fraction() {
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_real_distribution<>{}(random);
}

}  // namespace slipway
