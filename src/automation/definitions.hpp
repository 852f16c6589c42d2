#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "automation/filters.hpp"
#include "identity/access.hpp"
#include "lifecycle/decision.hpp"
#include "lifecycle/graph.hpp"
#include "lifecycle/zone.hpp"

/// The outer layer of the engine of life cycles (docs/adr/0019-automation.md): definitions, instances and what they wait for, in the database; who carries
/// steps out, when, and what signals and messages the registry throws. Rights are those of the collection `modelMLCs`.
namespace slipway::automation {

inline constexpr std::string_view kCollection = "modelMLCs";

/// Something of a file that a person should know of, though it runs.
struct Remark {
    std::string resource;  ///< name of the file
    std::string element;   ///< id, or empty for the file
    std::string rule;      ///< UPPER_SNAKE_CASE
    std::string message;
    int line{0};
};

/// How files are read; apps hands in adapters/bpmn. Errors as read_processes() and read_decisions() there: a fault for each element.
struct FileReaders {
    template <typename T>
    struct Read {
        std::vector<T> found;
        std::vector<Remark> remarks;
    };
    std::function<Result<Read<lifecycle::Process>>(std::string_view)> processes;
    std::function<Result<Read<lifecycle::DecisionTable>>(std::string_view)> decisions;
};

/// One version of a process or a decision.
struct Definition {
    std::string id;
    std::string key;
    std::int64_t version{0};
    std::string version_tag;
    std::string name;
    std::string deployment_id;
    std::string resource;  ///< name of the file
    std::string group;     ///< empty: everybody may use it
    bool decision{false};
    Timestamp deployed{};
    std::string deployed_by;
    std::optional<std::int64_t> days_kept{};  ///< instances after their end; absent: for ever
};

/// A file, byte for byte.
struct Resource {
    std::string name;  ///< `.bpmn` or `.bpmn20.xml` holds processes, `.dmn` or `.dmn11.xml` decisions, others are only kept
    std::string content;
};

struct DeployRequest {
    std::string name{};
    std::string source{};
    std::string group{};  ///< empty: the caller's first group; of the service and administrators: for everybody
    std::vector<Resource> resources{};
    bool filter_duplicates{false};  ///< the same files under the same name as last time: that deployment is answered, and nothing is written
};

struct Deployment {
    std::string id;
    std::string name;
    std::string source;
    std::string group;
    Timestamp at{};
    std::string by;
    std::vector<Definition> definitions{};
    std::vector<Remark> remarks{};  ///< of deploy() and check() only
    bool existing{false};           ///< of deploy(): it was there
};

/// One file that cannot run here; the pointers of its faults are ids of elements.
struct RefusedFile {
    std::string resource;
    Error error;
};

/// Deployed files and the definitions in them. Versions count by group and key. Thread-safe; compiled definitions are kept in memory.
class Definitions {
public:
    /// How the first times of start timers are told, and which zones there are.
    struct Clocks {
        std::string time_zone{"UTC"};  ///< of processes that name none
        const lifecycle::ZoneRules* zones{&lifecycle::fixed_zones()};
        std::string unstarted{};  ///< key of a process of everybody's that nothing starts when it is the newest again
    };
    Definitions(const identity::Access& access, FileReaders readers) : Definitions{access, std::move(readers), Clocks{}} {}
    Definitions(const identity::Access& access, FileReaders readers, Clocks clocks)
        : access_{access}, readers_{std::move(readers)}, clocks_{std::move(clocks)} {}

    /// Stores the files and makes a version of each definition in them; the newest version alone is started by signals, messages and timers.
    /// @return `invalid_argument` with reason `BPMN`, `DMN`, `PROCESS`, `DECISION`, `DUPLICATE_KEY` or `CYCLE`: a fault for each element that cannot run here
    /// (`pointer` is its id, of several files `FILE#ID`); `forbidden`. @param refused the files that such a fault is in, each with what is wrong in it.
    Result<Deployment> deploy(store::Unit& unit, const identity::Principal& who, const DeployRequest& request, std::vector<RefusedFile>* refused = nullptr);
    /// What the files of a request hold, or what is wrong in each.
    struct ReadFiles;
    /// Reads the files for deploy(), which takes seconds where they are large: before the transaction, as everybody's writes wait for that.
    /// @return as deploy() for a request that it does not take, whatever is in the files.
    Result<std::shared_ptr<const ReadFiles>> read(const identity::Principal& who, const DeployRequest& request);
    /// The same with files that read() has read.
    Result<Deployment> deploy(store::Unit& unit, const identity::Principal& who, const DeployRequest& request, const ReadFiles& files,
                              std::vector<RefusedFile>* refused = nullptr);
    /// Takes the files and their definitions away: the version before each is the newest again, and starts by itself as at its deployment. Knows nothing of
    /// rights and instances: remove_deployment() does. @return `internal` where the version before can no longer be read.
    Result<void> remove(store::Unit& unit, const Deployment& deployment);
    /// What deploy() would say of the file, with nothing written.
    Result<std::vector<Remark>> check(const Resource& resource);

    struct Query {
        std::string key{};
        std::string name{};           ///< whole
        std::string deployment_id{};  ///< of definitions
        bool latest_only{false};
        bool decisions{false};  ///< instead of processes
        Filters filters{};      ///< of definition_rules()
        std::int64_t first{0};
        std::int64_t most{1000};
    };
    /// Ordered by key, group, then newest first.
    Result<std::vector<Definition>> list(store::Session& sql, const identity::Principal& who, const Query& query);
    Result<std::int64_t> count(store::Session& sql, const identity::Principal& who, const Query& query);
    /// @return `not_found`.
    Result<Definition> get(store::Session& sql, const identity::Principal& who, const std::string& id);
    /// The newest version of the process, of the caller's groups before what everybody may use. @return `not_found`.
    Result<Definition> latest(store::Session& sql, const identity::Principal& who, const std::string& key);
    Result<Definition> version(store::Session& sql, const identity::Principal& who, const std::string& key, std::int64_t version);
    /// The file that the definition stands in. @return `not_found`.
    Result<Resource> resource(store::Session& sql, const identity::Principal& who, const std::string& definition_id);

    /// Newest first; without definitions. @param filters of deployment_rules().
    Result<std::vector<Deployment>> deployments(store::Session& sql, const identity::Principal& who, const Filters& filters, std::int64_t first,
                                                std::int64_t most);
    /// With its definitions. @return `not_found`.
    Result<Deployment> deployment(store::Session& sql, const identity::Principal& who, const std::string& id);
    /// The files of a deployment, with their content. @return `not_found`.
    Result<std::vector<Resource>> resources(store::Session& sql, const identity::Principal& who, const std::string& deployment_id);

    /// For the engine: compiled, from memory where it was asked for before. @return `not_found`; `internal` where what was deployed can no longer be read.
    Result<std::shared_ptr<const lifecycle::Graph>> graph(store::Session& sql, const std::string& definition_id);
    /// What a business rule task or a call activity names, as a definition of `group` or of everybody.
    /// @param of the definition that names it; `binding` `latest` (or empty), `deployment`, `version`, `versionTag`.
    Result<std::optional<Definition>> bound(store::Session& sql, const Definition& of, const std::string& group, bool decision, const std::string& key,
                                            const std::string& binding, const std::string& version);
    Result<std::shared_ptr<const lifecycle::Decision>> decision(store::Session& sql, const std::string& definition_id);
    /// The tables of a DMN file that is not deployed, compiled, by their names. @return errors as deploy().
    Result<std::vector<std::pair<std::string, lifecycle::Decision>>> tables(std::string_view content);
    /// For the engine: without a look at rights. @return `not_found`.
    static Result<Definition> row(store::Session& sql, const std::string& id);

private:
    struct Parsed;
    Result<Parsed> parse(const Resource& resource);
    Result<std::string> group_for(const identity::Principal& who, const DeployRequest& request) const;
    Result<void> store_files(store::Unit& unit, Deployment& out, const std::vector<Resource>& resources, const ReadFiles& files,
                             std::vector<RefusedFile>& refused);
    Result<void> bring_back(store::Unit& unit, const Definition& gone);
    Result<void> write_starts(store::Unit& unit, const Definition& definition, const lifecycle::Graph& graph) const;
    lifecycle::Zone zone_of(const lifecycle::Graph& graph) const;
    Result<void> check_zone(const lifecycle::Graph& graph) const;
    Result<std::optional<Deployment>> same_as_last(store::Session& sql, const std::string& group, const DeployRequest& request, const std::string& hash);
    // call_cycles.cpp
    using Graphs = std::map<std::string, std::shared_ptr<const lifecycle::Graph>, std::less<>>;
    Result<std::vector<std::pair<std::string, Definition>>> calls_of(store::Session& sql, const Definition& of, const std::string& group, const Graphs& fresh);
    /// @param fresh graphs of the deployment, by the ids of their definitions.
    Result<void> check_cycles(store::Session& sql, const Deployment& deployment, const Graphs& fresh, std::vector<RefusedFile>& refused);
    Result<void> name_missing_calls(store::Session& sql, Deployment& deployment, const Graphs& fresh);
    Result<void> add_definition(store::Unit& unit, Deployment& deployment, Definition definition, std::vector<RefusedFile>& refused);

    const identity::Access& access_;
    FileReaders readers_;
    Clocks clocks_;
    std::mutex mutex_;
    Graphs graphs_;
    std::map<std::string, std::shared_ptr<const lifecycle::Decision>, std::less<>> decisions_;
};

/// How long instances are kept after their end: for ever where nothing, or nothing that can be read, is said. Days as Camunda writes them (`180`), or a
/// duration (`P180D`).
std::optional<Milliseconds> time_to_live(const lifecycle::Graph& graph);

/// SQL after WHERE that lets only rows of groups pass in which `who` may do `action`; rows of everybody (`''`) may be read and executed by all.
store::Scope scope_of(const identity::Access& access, const identity::Principal& who, identity::Action action);

}  // namespace slipway::automation
