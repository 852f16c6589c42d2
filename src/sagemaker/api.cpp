#include "sagemaker/api.hpp"

namespace slipway::sagemaker {

void CallLedger::called(std::string_view operation) {
    const std::lock_guard lock{mutex_};
    ++totals_.total;
    ++totals_.by_operation[std::string{operation}];
}

void CallLedger::retried() {
    const std::lock_guard lock{mutex_};
    ++totals_.retried;
}

void CallLedger::throttled() {
    const std::lock_guard lock{mutex_};
    ++totals_.throttled;
}

void CallLedger::saved(std::int64_t calls) {
    const std::lock_guard lock{mutex_};
    totals_.saved += calls;
}

CallLedger::Totals CallLedger::totals() const {
    const std::lock_guard lock{mutex_};
    return totals_;
}

}  // namespace slipway::sagemaker
