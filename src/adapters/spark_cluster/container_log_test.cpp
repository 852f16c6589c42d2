#include "adapters/spark_cluster/container_log.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <gtest/gtest.h>

#include "fakes/fake_transport.hpp"

namespace slipway::spark_cluster {
namespace {

/// A NodeManager with one log: its first bytes, or its last ones, with a head and a foot around them.
class ContainerLogTest : public testing::Test {
protected:
    ContainerLogTest() {
        transport_.otherwise([this](const HttpRequest& request) -> Result<HttpResponse> {
            const std::string_view size{request.url.data() + request.url.find("size=") + 5};
            std::int64_t wanted = 0;
            std::from_chars(size.data(), size.data() + size.size(), wanted);
            const auto count = std::min(log_.size(), static_cast<std::size_t>(std::abs(wanted)));
            const auto bytes = std::string_view{log_}.substr(wanted < 0 ? log_.size() - count : 0, count);
            const auto answer = fmt::format("LogType:stdout\nLogLength:{}\nLogContents:\n{}\nEnd of LogType:stdout\n", log_.size(), bytes);
            for (std::size_t at = 0; at < answer.size(); at += kPiece) {
                sent_ += std::min(kPiece, answer.size() - at);
                if (!request.on_body(std::string_view{answer}.substr(at, kPiece))) {
                    break;
                }
            }
            return HttpResponse{.status = 200, .headers = {{"content-type", "text/plain"}}, .body = {}};
        });
        for (std::size_t i = 0; log_.size() < (20U << 20); ++i) {
            log_ += fmt::format("line {:0>60}\n", i);
        }
    }

    static constexpr std::size_t kPiece = 64U << 10;
    std::string log_;
    std::size_t sent_{0};
    fakes::FakeTransport transport_;
    ContainerLog file_{transport_, "http://node/logs/stdout"};
};

TEST_F(ContainerLogTest, GivesAnyPieceFromTheNearerSide) {
    for (const std::size_t offset : {std::size_t{0}, std::size_t{5} << 20, log_.size() - (3U << 20), log_.size() - 7, log_.size()}) {
        sent_ = 0;
        const auto piece = file_.piece(offset);
        ASSERT_TRUE(piece) << offset;
        EXPECT_EQ(piece->bytes, log_.substr(offset, spark::kLongestLogPiece)) << offset;
        EXPECT_EQ(piece->offset, offset);
        EXPECT_EQ(piece->size, log_.size());
        EXPECT_EQ(piece->end, log_.size() - offset <= spark::kLongestLogPiece) << offset;
        EXPECT_LT(sent_, 7U << 20) << offset;
    }
}

}  // namespace
}  // namespace slipway::spark_cluster
