#pragma once

#include <optional>
#include <string>

#include "base/http_transport.hpp"
#include "spark/cluster_client.hpp"

namespace slipway::spark_cluster {

/// One file of a container's log at a NodeManager or at the JobHistory server. Its service knows no offset, only `size`: the first bytes, below zero the
/// last ones. Source: LogToolUtils of Hadoop, which puts a head with `LogLength` and a foot around the bytes; Hadoop 2 gives the bare file.
class ContainerLog {
public:
    ContainerLog(HttpTransport& transport, std::string url) : transport_{transport}, url_{std::move(url)} {}

    /// The bytes from `offset` on, at most kLongestLogPiece: of a file that grows by one request for its end, of a backlog by a second one
    /// from the nearer side.
    /// @return `not_found` when the service does not have the file, `unavailable` or `timeout` when it is away.
    Result<spark::LogPiece> piece(std::uint64_t offset);

private:
    /// What came back: `bytes` begin at `begin` of a file of `size`.
    struct Part {
        std::string bytes;
        std::uint64_t begin{0};
        std::uint64_t size{0};
    };
    Result<Part> ask(std::int64_t size, std::uint64_t skip);

    HttpTransport& transport_;
    const std::string url_;
};

}  // namespace slipway::spark_cluster
