// Calls AWS as Slipway does, for tests against real peers: prints the answer as JSON.
//
//   slipway_aws_probe OPERATION [REQUEST]   a SageMaker operation with its request as JSON
//   slipway_aws_probe identify              STS GetCallerIdentity
//   slipway_aws_probe -                     lines of `OPERATION REQUEST` from standard input, one answer a line
//
// Credentials, region and addresses come from AWS's own environment variables (keys, or AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN).
// Exits 1 after a failure, which it prints too: {"error": {...}}.
#include <cstdlib>
#include <iostream>

#include "adapters/aws/gateway.hpp"
#include "adapters/http_client/http_client.hpp"

namespace {

using namespace slipway;

json::object shown(const sagemaker::AwsError& error) {
    return {{"error",
             {{"kind", to_string(error.error.code)},
              {"reason", error.error.reason},
              {"message", error.error.message},
              {"operation", error.operation},
              {"code", error.code},
              {"awsMessage", error.message},
              {"requestId", error.request_id},
              {"permission", error.permission}}}};
}

class Probe {
public:
    Probe()
        : transport_{make_http_client()},
          gateway_{aws::make_aws_gateway(*transport_, clock_, waiter_, aws::options_from_environment([](const std::string& name) {
              const char* const text = std::getenv(name.c_str());
              return text == nullptr ? std::nullopt : std::optional<std::string>{text};
          }))} {
        credential_.id = "probe";
        credential_.type = sagemaker::AuthenticationType::default_chain;
    }

    /// Prints one answer. @return whether it is one.
    bool run(const std::string& operation, const std::string& text) {
        if (operation == "identify") {
            const auto identity = gateway_->identify(credential_, "", {});
            return print(identity ? json::object{{"account", identity->account}, {"arn", identity->arn}} : shown(identity.error()), identity.has_value());
        }
        const auto request = json::parse_object(text.empty() ? "{}" : text);
        if (!request) {
            return print({{"error", {{"reason", request.error().reason}, {"message", request.error().message}}}}, false);
        }
        const auto answer = gateway_->connect(credential_, "")->call(operation, *request, {.ledger = &ledger_});
        return print(answer ? *answer : shown(answer.error()), answer.has_value());
    }

private:
    static bool print(const json::object& answer, bool good) {
        std::cout << json::write(answer) << std::endl;
        return good;
    }

    const SystemClock clock_;
    aws::SystemWaiter waiter_;
    std::unique_ptr<HttpTransport> transport_;
    std::unique_ptr<sagemaker::AwsGateway> gateway_;
    sagemaker::CallLedger ledger_;
    sagemaker::Credential credential_;
};

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments{argv + 1, argv + argc};
    if (arguments.empty() || arguments.size() > 2) {
        std::cerr << "usage: slipway_aws_probe OPERATION [REQUEST] | identify | -\n";
        return 2;
    }
    Probe probe;
    if (arguments[0] != "-") {
        return probe.run(arguments[0], arguments.size() > 1 ? arguments[1] : "") ? 0 : 1;
    }
    bool good = true;
    for (std::string line; std::getline(std::cin, line);) {
        const auto space = std::min(line.find(' '), line.size());
        good = probe.run(line.substr(0, space), line.substr(std::min(space + 1, line.size()))) && good;
    }
    return good ? 0 : 1;
}
