#include "sagemaker/api.hpp"

#include <gtest/gtest.h>

namespace slipway::sagemaker {
namespace {

TEST(CallLedger, CountsByOperation) {
    CallLedger ledger;
    ledger.called("ListModels");
    ledger.called("DescribeModel");
    ledger.called("DescribeModel");
    ledger.retried();
    ledger.throttled();
    ledger.saved();
    ledger.saved(40);
    const auto totals = ledger.totals();
    EXPECT_EQ(totals.total, 3);
    EXPECT_EQ(totals.by_operation, (std::map<std::string, std::int64_t>{{"DescribeModel", 2}, {"ListModels", 1}}));
    EXPECT_EQ(totals.retried, 1);
    EXPECT_EQ(totals.throttled, 1);
    EXPECT_EQ(totals.saved, 41);
}

}  // namespace
}  // namespace slipway::sagemaker
