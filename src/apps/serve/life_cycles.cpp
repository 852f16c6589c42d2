#include "apps/serve/life_cycles.hpp"

#include "adapters/bpmn/reader.hpp"
#include "adapters/zones/zone_files.hpp"
#include "base/embedded.hpp"

namespace slipway::embedded {
std::span<const EmbeddedFile> lifecycles();
}

namespace slipway::serve {
namespace {

constexpr std::size_t kHandlersAtOnce = 4;
constexpr std::size_t kHandlersWaiting = 256;

std::vector<automation::Remark> remarks_of(const std::vector<bpmn::Remark>& found) {
    std::vector<automation::Remark> out;
    for (const auto& one : found) {
        out.push_back({.element = one.element, .rule = one.rule, .message = one.message, .line = one.line});
    }
    return out;
}

automation::FileReaders file_readers() {
    return {.processes = [](std::string_view xml) -> Result<automation::FileReaders::Read<lifecycle::Process>> {
                SW_TRY(auto file, bpmn::read_processes(xml));
                return automation::FileReaders::Read<lifecycle::Process>{std::move(file.processes), remarks_of(file.warnings)};
            },
            .decisions = [](std::string_view xml) -> Result<automation::FileReaders::Read<lifecycle::DecisionTable>> {
                SW_TRY(auto file, bpmn::read_decisions(xml));
                return automation::FileReaders::Read<lifecycle::DecisionTable>{std::move(file.decisions), remarks_of(file.warnings)};
            }};
}

automation::Handlers joined(automation::Handlers own, automation::Handlers vendor) {
    own.merge(vendor);
    return own;
}

std::set<std::string, std::less<>> names_of(const automation::Handlers& handlers) {
    std::set<std::string, std::less<>> out;
    for (const auto& [topic, handler] : handlers) {
        out.insert(topic);
    }
    return out;
}

}  // namespace

LifeCycles::LifeCycles(registry::Registry& registry, const registry::Approvals& approvals, sagemaker::Deployer& deployer, sagemaker::JobOutputs& outputs,
                       Settings settings, std::function<void()> deploying)
    : zones{zones::make_zone_files(zones::kSystemFolder)},
      definitions{registry.foundation().access,
                  file_readers(),
                  {.time_zone = settings.time_zone,
                   .zones = zones.get(),
                   .unstarted = settings.deploy_model.enabled ? std::string{} : std::string{automation::kDeployModel}}},
      engine{definitions, {.time_zone = settings.time_zone, .zones = zones.get()}},
      instances{engine, definitions, registry.foundation().access},
      topics{engine, registry, approvals, deployer, outputs, settings.deploy_model, std::move(deploying)},
      vendor{registry, definitions, topics.handlers(), approvals.settings().assignment},
      external_tasks{engine, registry.foundation().access, names_of(joined(topics.handlers(), vendor.handlers()))},
      user_tasks{engine, registry.foundation().access},
      registry_{registry},
      settings_{std::move(settings)},
      pool_{"lifecycles", kHandlersAtOnce, kHandlersWaiting},
      runner{engine, registry.foundation().store, joined(topics.handlers(), vendor.handlers()), pool_, {.node = settings_.node, .threads = kHandlersAtOnce}},
      bridge{engine, registry} {}

Result<void> LifeCycles::deploy_built_in(store::Unit& unit) {
    automation::DeployRequest request{.name = "built in", .source = "slipway", .filter_duplicates = true};
    for (const auto& file : embedded::lifecycles()) {
        request.resources.push_back({std::string{file.name}, std::string{file.content}});
    }
    const std::string key{automation::kDeployModel};
    // Where it was off before, nothing starts it: then it is deployed anew.
    SW_TRY(const auto starts, unit.sql.query("SELECT 1 FROM lifecycle_starts WHERE definition_key = $1 AND group_name = ''", {key}));
    request.filter_duplicates = !starts.empty() || !settings_.deploy_model.enabled;
    SW_CHECK(definitions.deploy(unit, identity::Principal::service(), request));
    if (!settings_.deploy_model.enabled) {
        SW_CHECK(unit.sql.execute("DELETE FROM lifecycle_starts WHERE definition_key = $1 AND group_name = ''", {key}));
    }
    return {};
}

Result<void> LifeCycles::begin() {
    SW_CHECK(registry_.foundation().store.write({}, [this](store::Unit& unit) { return deploy_built_in(unit); }));
    SW_CHECK(runner.recover());
    return bridge.run({});
}

}  // namespace slipway::serve
