#pragma once

#include <memory>
#include <string>

namespace slipway::bench {

/// A bare Beast server that gives one answer to everything.
class BareServer {
public:
    explicit BareServer(std::string body);
    ~BareServer();
    int port() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::bench
