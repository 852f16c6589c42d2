#pragma once

#include <memory>
#include <string>

#include "adapters/eureka/client.hpp"
#include "apps/config/config.hpp"
#include "base/health.hpp"

/// How our programs are members of an Eureka.
namespace slipway::membership {

/// Tokens of `oauth2.client`; nullptr where it is not configured.
std::unique_ptr<TokenSource> make_tokens(const config::Config& config, HttpTransport& transport, const Clock& clock);

/// A client of the servers of the configuration; nullptr without any. Nothing is asked before it starts. @param tokens nullptr: none; they are
/// not used where their own address is one that Eureka is asked for. @param memory_file keeps what a later life must know; empty: nothing is kept.
std::unique_ptr<eureka::Client> make_client(const config::Config& config, HttpTransport& transport, TokenSource* tokens, const Clock& clock, Metrics& metrics,
                                            std::string memory_file);

/// What we register: the configuration's words, else what this host and `server` say. @param app default application. @param port that is listened on.
eureka::Instance describe_instance(const config::Config& config, const std::string& app, int port);

/// What is missing where others do not see us harms nothing here: it is shown, and makes the service no worse, unless `counts`.
Health health_of(const eureka::Client& client, bool counts);

}  // namespace slipway::membership
